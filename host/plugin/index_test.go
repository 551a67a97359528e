package plugin

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
)

// sameAsFind looks the pointers up in one index, one after the other, and
// compares each with abi.Find. Of a text that is no JSON either may find
// anything that is a part of it.
func sameAsFind(t *testing.T, text []byte, pointers []string) {
	t.Helper()
	x := index{text: text}
	for _, pointer := range append(pointers, pointers...) {
		tokens, err := abi.ParsePointer(pointer)
		if err != nil {
			continue
		}
		want, wantFound := abi.Find(text, tokens)
		got, found := x.find(tokens)
		if json.Valid(text) && (found != wantFound || !bytes.Equal(got, want)) || !bytes.Contains(text, got) {
			t.Fatalf("%q in %q: got %q, %v; want %q, %v", pointer, text, got, found, want, wantFound)
		}
	}
}

func TestIndexFindsWhatFindDoes(t *testing.T) {
	texts := []string{
		`{"a":{"b":[1,{"c":"d\"e"},[]],"\u0062":2,"":3,"a/b":4,"m~n":5},"a":6, "x" : [ 1 , 2 ] }`,
		`[[[[]]],{"a":1}]`, `"text"`, `7`, `{}`, `[]`, ``, ` `, `{"a"`, `{"a":`, "\x00", `{"a":1,}`, `[1,]`, `[,]`, `{"a" 1}`, `{"a":"\\"}`, `{"a":"\\\"","b":1}`, "[1\x00,2]", `{"\\":1}`,
	}
	pointers := []string{"", "/a", "/a/b", "/a/b/1/c", "/a/b/2", "/a/b/3", "/a/b/01", "/a/b/-", "/a/", "/a/a~1b", "/a/m~0n", "/x/1", "/x/0", "/x", "/0", "/0/0/0", "/1/a", "/b", "/\\", "/a/b/0/z"}
	for _, text := range texts {
		sameAsFind(t, []byte(text), pointers)
	}
	wide := "[" + strings.Repeat("1,", maxEntries+10) + "2]"
	sameAsFind(t, []byte(wide), []string{"/65600", "/3", "/65545", "/70000"})
}

// Nothing is read twice.
func TestIndexRemembers(t *testing.T) {
	x := index{text: []byte(`{"big":"` + strings.Repeat("x", 10_000) + `","small":1}`)}
	x.find([]string{"small"})
	first := x.work
	if first < 10_000 {
		t.Fatalf("the first look-up cost %d", first)
	}
	x.find([]string{"small"})
	if again := x.work - first; again > 10 {
		t.Errorf("the second look-up cost %d", again)
	}
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1,{"c":"d\"e"}],"\u0062":2}}`), "/a/b/1/c", "/a/b")
	f.Add([]byte(`[[1,2],"x\\",{"":0}]`), "/2/", "/0/1")
	f.Fuzz(func(t *testing.T, text []byte, a, b string) {
		sameAsFind(t, text, []string{a, b})
	})
}

// FuzzValues compares a value of a result with what encoding/json makes of it.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\u00fc",null,true,false,{"b":{}}],"c":-1.5e3}`, `[ ]`, `"x"`, `0`, ` { "a" : [ 1 , 2 ] } `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if abi.Raw(text).Check() == nil {
			sameAsJSON(t, text)
		}
	})
}
