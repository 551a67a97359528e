package wasmbin_test

// Values of the specification's test suite.

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

type value struct {
	Type  string `json:"type"`
	Lane  string `json:"lane_type"`
	Value any    `json:"value"`
}

var widths = map[string]int{"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64, "externref": 64, "funcref": 64}

// lanes gives the type and the texts of a value's lanes; one for a scalar.
func (v value) lanes() (kind string, texts []string) {
	if v.Type != "v128" {
		return v.Type, []string{fmt.Sprint(v.Value)}
	}
	for _, lane := range v.Value.([]any) {
		texts = append(texts, lane.(string))
	}
	return v.Lane, texts
}

// words gives a value as wazero's stack holds it.
func (v value) words() []uint64 {
	kind, texts := v.lanes()
	words := make([]uint64, (len(texts)*widths[kind]+63)/64)
	for i, text := range texts {
		bit := i * widths[kind]
		words[bit/64] |= bits(kind, text) << (bit % 64)
	}
	return words
}

// bits reads a number. A reference is its number and one: zero is null.
func bits(kind, text string) uint64 {
	if text == "null" || text == "<nil>" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	if kind == "externref" {
		n++
	}
	return n
}

func stackOf(values []value) []uint64 {
	var stack []uint64
	for _, v := range values {
		stack = append(stack, v.words()...)
	}
	return stack
}

// compare says what differs.
func compare(want []value, got []uint64) string {
	at := 0
	for i, v := range want {
		kind, texts := v.lanes()
		width := widths[kind]
		words := (len(texts)*width + 63) / 64
		if at+words > len(got) {
			return "too few results"
		}
		for lane, text := range texts {
			word := got[at+lane*width/64] >> (lane * width % 64) & (1<<width - 1)
			if !equal(kind, text, word) {
				shown, _ := json.Marshal(want)
				return fmt.Sprintf("result %d, lane %d: got %#x, want %s", i, lane, word, shown)
			}
		}
		at += words
	}
	if at != len(got) {
		return "too many results"
	}
	return ""
}

func equal(kind, text string, got uint64) bool {
	if !strings.HasPrefix(text, "nan:") {
		return (kind == "funcref" && text == "<nil>") || bits(kind, text) == got
	}
	quiet := uint64(0x7fc00000)
	sign := uint64(1) << 31
	if kind == "f64" {
		quiet, sign = 0x7ff8<<48, 1<<63
	}
	if text == "nan:canonical" {
		return got&^sign == quiet
	}
	return got&quiet == quiet
}
