package wasmbin_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// big writes a section of any size.
func big(id byte, content string) string {
	return string(binary.AppendUvarint([]byte{id}, uint64(len(content)))) + content
}

func vector(n int, content string) string {
	return string(binary.AppendUvarint(nil, uint64(n))) + content
}

// program is a module of functions of one type, each with the same body.
func program(signature, body string, n int) string {
	code := vector(len(body), body)
	return header + big(1, "\x01"+signature) + big(3, vector(n, strings.Repeat("\x00", n))) +
		big(10, vector(n, strings.Repeat(code, n)))
}

const nothing = "\x60\x00\x00"

// wide is a function type with a thousand parameters and results.
var wide = "\x60" + vector(1000, strings.Repeat("\x7f", 1000)) + vector(1000, strings.Repeat("\x7f", 1000))

// hostile are modules that try to cost more than their size. Each is refused,
// or rewritten in a time that its size accounts for.
var hostile = map[string]struct {
	module string
	want   error // nil: it is rewritten
}{
	"calls with a thousand parameters": {program(wide, "\x00\x00"+strings.Repeat("\x10\x00", 1<<20)+"\x0b", 1), wasmbin.ErrBound},
	"wide labels in tables":            {program(wide, "\x00\x00"+strings.Repeat("\x0e\xff\x07"+strings.Repeat("\x00", 1024), 512)+"\x0b", 1), wasmbin.ErrBound},
	"locals in each function":          {program(nothing, "\x01\xd0\x86\x03\x7f\x0b", 1<<16), wasmbin.ErrBound},
	"locals in one function":           {program(nothing, "\x01\xff\xff\xff\xff\x0f\x7f\x0b", 1), wasmbin.ErrBound},
	"runs of locals":                   {program(nothing, vector(50_000, strings.Repeat("\x01\x7f", 50_000))+"\x0b", 20), nil},
	"nested blocks":                    {program(nothing, "\x00"+strings.Repeat("\x02\x40", 1<<17)+strings.Repeat("\x0b", 1<<17)+"\x0b", 1), wasmbin.ErrBound},
	"nested loops":                     {program(nothing, "\x00"+strings.Repeat("\x03\x40", 60_000)+strings.Repeat("\x0b", 60_000)+"\x0b", 8), wasmbin.ErrBound},
	"nested loops and branches":        {program(nothing, "\x00"+strings.Repeat("\x03\x40", 60_000)+strings.Repeat("\x41\x00\x0d\x00\x0b", 60_000)+"\x0b", 1), wasmbin.ErrBound},
	"loops":                            {program(nothing, "\x00"+strings.Repeat("\x03\x40\x0c\x00\x0b", 1<<18)+"\x0b", 1), wasmbin.ErrBound},
	"functions":                        {program(nothing, "\x00\x0b", 1<<18), nil},
	"more functions":                   {program(nothing, "\x00\x0b", 1<<20+1), wasmbin.ErrBound},
	"one long function":                {program(nothing, "\x00"+strings.Repeat("\x01", 8<<20)+"\x0b", 1), wasmbin.ErrBound},
	"long functions":                   {program(nothing, "\x00"+strings.Repeat("\x01", 1<<20)+"\x0b", 2), wasmbin.ErrBound},
	"a deep stack":                     {program(nothing, "\x00"+strings.Repeat("\x41\x00", 1<<18)+strings.Repeat("\x1a", 1<<18)+"\x0b", 1), wasmbin.ErrBound},
	"a table's targets":                {program(nothing, "\x00\x41\x00\x0e"+vector(1<<16+1, strings.Repeat("\x00", 1<<16+2))+"\x0b", 1), wasmbin.ErrBound},
	"element entries": {header + big(1, "\x01"+nothing) + big(3, "\x01\x00") + big(9, "\x01\x01\x00"+vector(5<<20, strings.Repeat("\x00", 5<<20))) +
		big(10, "\x01\x02\x00\x0b"), wasmbin.ErrBound},
	"a huge count":    {header + big(1, "\xff\xff\xff\xff\x0f"), wasmbin.ErrNotModule},
	"data segments":   {header + big(5, "\x01\x00\x01") + big(11, vector(1<<16, strings.Repeat("\x00\x41\x00\x0b\x00", 1<<16))), nil},
	"a huge module":   {header + big(0, "\x01a"+strings.Repeat("\x00", 64<<20)), wasmbin.ErrBound},
	"custom sections": {header + strings.Repeat("\x00\x01\x00", 5000), wasmbin.ErrBound},
}

// Whoever makes one of these slow sees this test take minutes.
func TestHostileModulesAreBounded(t *testing.T) {
	for name, test := range hostile {
		m, err := wasmbin.Decode([]byte(test.module))
		if err == nil {
			_, err = m.Rewrite(roomy)
		}
		if !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%s: got %v, not %v", name, err, test.want)
		}
	}
}

// What came after WebAssembly 2.0 is refused by name.
func TestLaterFeaturesAreNamed(t *testing.T) {
	code := func(body string) string { return program(nothing, "\x00"+body+"\x0b", 1) }
	for module, name := range map[string]string{
		header + section(5, "\x01\x03\x01\x01"):         "threads",
		code("\xfe\x03\x00"):                            "threads",
		header + section(5, "\x01\x04\x01"):             "64-bit memory",
		header + section(5, "\x02\x00\x01\x00\x01"):     "more than one memory",
		code("\x41\x00\x28\x42\x00\x00\x1a"):            "more than one memory",
		code("\x12\x00"):                                "tail calls",
		code("\x13\x00\x00"):                            "tail calls",
		code("\x06\x40\x0b"):                            "exceptions",
		code("\x1f\x40\x00\x0b"):                        "exceptions",
		header + section(13, "\x01\x00\x00"):            "exceptions",
		header + section(1, "\x01\x5f\x00"):             "garbage collection",
		header + section(1, "\x01\x4e\x00"):             "garbage collection",
		code("\xfb\x00\x00"):                            "garbage collection",
		header + section(1, "\x01\x60\x01\x63\x00\x00"): "typed function references",
		code("\x14\x00"):                                "typed function references",
		code("\xfd\x80\x02"):                            "relaxed SIMD",
		header + section(1, "\x01\x60\x01\x6e\x00"):     "garbage collection",
		header + section(1, "\x01"+nothing) + section(2, "\x01\x01a\x01b\x04\x00\x00"): "exceptions",
	} {
		err := check([]byte(module))
		if !errors.Is(err, wasmbin.ErrUnsupported) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: got %v, not %s", module, err, name)
		}
	}
}

// A name section that says more than it holds costs nothing, and what becomes
// of the module names nothing: the engine would make room for all of it.
func TestNamesThatAreNotThere(t *testing.T) {
	m, err := wasmbin.Decode(hugeNames)
	if err != nil {
		t.Fatal(err)
	}
	if names := m.FunctionNames(); len(names) != 0 {
		t.Errorf("%d names", len(names))
	}
	rewritten, err := m.Rewrite(fuzzOptions)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(rewritten.Module, []byte("\x04name")) {
		t.Error("the rewritten module has a name section")
	}
}
