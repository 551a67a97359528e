package wasmbin_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// What would take the engine's compiler too long is refused, and the message
// says where, how much it is and how much it may be. The checks count too.
func TestCompilationIsBounded(t *testing.T) {
	const ifs, loop = "\x20\x00\x04\x40\x0b", "\x03\x40\x20\x00\x0d\x00\x0b"
	function := func(locals int, code string) string {
		return "\x01" + vector(locals, "\x7f") + code + "\x0b"
	}
	targets := func(n int) string {
		return function(1, "\x20\x00\x0e"+vector(n-1, strings.Repeat("\x00", n)))
	}
	for name, test := range map[string]struct {
		body  string
		n     int
		wants string // "" when it is taken
	}{
		"ifs":                  {function(1, strings.Repeat(ifs, 5460)), 1, ""},
		"too many ifs":         {function(1, strings.Repeat(ifs, 5461)), 1, "function 0: the number of its blocks, loops and branches is too large: the most is 16384, and this is 16386;"},
		"loops":                {function(1, strings.Repeat(loop, 1020)), 1, ""},
		"too many loops":       {function(1, strings.Repeat(loop, 1025)), 1, "and this is 16403;"},
		"targets":              {targets(32_000), 1, ""},
		"too many targets":     {targets(33_000), 1, "and this is 16503;"},
		"growth":               {function(1, strings.Repeat("\x20\x00\x40\x00\x1a", 6000)), 1, "and this is 18003;"},
		"indirect calls":       {function(1, strings.Repeat("\x20\x00\x11\x00\x00", 9000)), 1, "and this is 18007;"},
		"traps of conversions": {function(1, strings.Repeat("\x20\x00\xb2\xa8\x1a", 17_000)), 1, "and this is 17003;"},
		"values":               {function(259, strings.Repeat(ifs, 1000)), 1, ""},
		"too many values":      {function(260, strings.Repeat(ifs, 1000)), 1, "times that of its variables and operands, is too large: the most is 786432, and this is 786786;"},
		"bytes":                {function(1, strings.Repeat("\x01", 270_000)), 1, "function 0: its size in bytes is too large: the most is 262144,"},
		"ifs everywhere":       {function(1, strings.Repeat(ifs, 100)), 3461, "function 3460: with all before it, the number of its blocks, loops and branches is too large: the most is 1048576, and this is 1048683;"},
		"ifs in large ones":    {function(1, strings.Repeat(ifs, 5460)), 5, "function 4: with all before it, the sum of squares of "},
		"values everywhere":    {function(259, strings.Repeat(ifs, 1000)), 18, "function 17: with all before it, the number of its blocks, loops and branches, times"},
		"bytes everywhere":     {function(1, strings.Repeat("\x01", 260_000)), 41, "function 40: with all before it, its size in bytes is too large: the most is 10485760,"},
	} {
		code := vector(len(test.body), test.body)
		module := header + section(1, "\x01"+nothing) + big(3, vector(test.n, strings.Repeat("\x00", test.n))) +
			section(4, "\x01\x70\x00\x01") + section(5, "\x01\x00\x01") + big(10, vector(test.n, strings.Repeat(code, test.n)))
		_, err := decode(t, []byte(module)).Rewrite(roomy)
		if test.wants == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		at := fmt.Sprintf("at byte %d: ", len(module)-len(test.body)) // the last is the one that is too much
		if !errors.Is(err, wasmbin.ErrBound) || !strings.HasPrefix(err.Error(), at) || !strings.Contains(err.Error(), test.wants) {
			t.Errorf("%s: got %v, not %s%s", name, err, at, test.wants)
		}
	}
}

// A refusal names the function where the module has a name for it.
func TestRefusedFunctionsAreNamed(t *testing.T) {
	body := "\x00" + strings.Repeat("\x02\x40\x0b", 20_000) + "\x0b"
	module := program(nothing, body, 1) + section(0, "\x04name\x01\x04\x01\x00\x01f")
	if _, err := decode(t, []byte(module)).Rewrite(roomy); err == nil || !strings.Contains(err.Error(), ": function 0 (f): ") {
		t.Errorf("got %v", err)
	}
}

// A call counts for what its frame may take: vectors twice, and long code, and
// values that differ where ways meet, as the engine keeps a place for each.
func TestDepthWeighsWhatAFrameTakes(t *testing.T) {
	for name, test := range map[string]struct {
		locals, code string
		want         uint64
	}{
		"small":            {"\x01\x01\x7f", "", 100},
		"vectors":          {"\x01\x48\x7b", "", 10}, // 72 of them
		"vectors operands": {"\x00", strings.Repeat("\x41\x00\xfd\x0f", 70) + strings.Repeat("\x1a", 70), 11},
		"numbers operands": {"\x00", strings.Repeat("\x41\x00", 70) + strings.Repeat("\x1a", 70), 20},
		"long code":        {"\x00", strings.Repeat("\x01", 9*1024), 10},
		"meeting ways":     {"\x01\x0c\x7f", strings.Repeat("\x02\x40\x0b", 300), 20}, // 15 values in 300 blocks
	} {
		// (global (export "n") (mut i32)) (func (export "f") global.get 0 i32.const 1 i32.add global.set 0 CODE call 0)
		body := test.locals + "\x23\x00\x41\x01\x6a\x24\x00" + test.code + "\x10\x00\x0b"
		module := header + section(1, "\x01"+nothing) + section(3, "\x01\x00") + section(6, "\x01\x7f\x01\x41\x00\x0b") +
			section(7, "\x02\x01f\x00\x00\x01n\x03\x00") + big(10, "\x01"+vector(len(body), body))
		g := &metered{Rewritten: rewrite(t, []byte(module), roomy), slice: plenty, budget: plenty}
		g.start(t)
		if _, _, err := g.call("f"); err == nil || g.global(wasmbin.ExportDeep) != 1 || g.global("n") != test.want {
			t.Errorf("%s: %d calls nested, not %d: %v", name, g.global("n"), test.want, cause(err))
		}
	}
}

// However they grow, all tables together stay within the bound.
func TestTablesAreBoundedTogether(t *testing.T) {
	// two tables of 1 and 4 entries; (func (export "g") (param i32) (result i32)
	//   local.get 0  if (result i32) (table.grow 1 ..) else (table.grow 0 ..) end), by one each time
	body := "\x00\x20\x00\x04\x7f\xd0\x70\x41\x01\xfc\x0f\x01\x05\xd0\x70\x41\x01\xfc\x0f\x00\x0b\x0b"
	module := header + section(1, "\x01\x60\x01\x7f\x01\x7f") + section(3, "\x01\x00") + section(4, "\x02\x70\x00\x01\x70\x00\x04") +
		section(7, "\x01\x01g\x00\x00") + section(10, "\x01"+vector(len(body), body))
	for most, want := range map[uint32]int{5: 5, 6: 5, 7: 7, 25: 25} {
		g := &metered{Rewritten: rewrite(t, []byte(module), wasmbin.Options{TableMax: most, MaxDepth: 100}), slice: plenty, budget: plenty}
		g.start(t)
		entries := 5
		for i := range uint64(100) {
			if results, _, err := g.call("g", i%2); err != nil {
				t.Fatal(err)
			} else if int32(results[0]) >= 0 {
				entries++
			}
		}
		if entries != want {
			t.Errorf("of %d: the tables grew to %d entries, not %d", most, entries, want)
		}
	}
	if _, err := decode(t, []byte(module)).Rewrite(wasmbin.Options{TableMax: 4, MaxDepth: 100}); !errors.Is(err, wasmbin.ErrBound) {
		t.Errorf("tables that begin with one entry too many: %v", err)
	}
}

// A reference to a function is dear, and the host hears of it.
func TestReferencesArePriced(t *testing.T) {
	body := "\x00\xd2\x00\x1a\x0b"
	module := header + section(1, "\x01"+nothing) + section(3, "\x01\x00") + section(7, "\x01\x01f\x00\x00") + section(10, "\x01"+vector(len(body), body))
	g := &metered{Rewritten: rewrite(t, []byte(module), roomy), slice: plenty, budget: plenty}
	g.start(t)
	if _, fuel, err := g.call("f"); err != nil || fuel != 4096+1 || g.global(wasmbin.ExportTouched) != 1 || !g.Touches {
		t.Errorf("fuel %d, touched %d, touches %v, %v", fuel, g.global(wasmbin.ExportTouched), g.Touches, err)
	}
}

// Segments without entries keep their type, in every form.
func TestEmptyElementSegmentsKeepTheirType(t *testing.T) {
	for form, flags := range map[string][]byte{"\x6f": {5, 7}, "\x70": {5, 7}, "\x00": {1, 3}} {
		for _, flag := range flags {
			kind := form
			if form == "\x00" {
				kind = "\x70"
			}
			// (table 1 KIND) (elem KIND) (func (table.init 0 0 (i32.const 0) (i32.const 0) (i32.const 0)))
			body := "\x00\x41\x00\x41\x00\x41\x00\xfc\x0c\x00\x00\x0b"
			module := header + section(1, "\x01"+nothing) + section(3, "\x01\x00") + section(4, "\x01"+kind+"\x00\x01") +
				section(9, "\x01"+string(binary.AppendUvarint(nil, uint64(flag)))+form+"\x00") + section(10, "\x01"+vector(len(body), body))
			out := rewrite(t, []byte(module), roomy).Module
			if err := check(out); err != nil {
				t.Errorf("flag %d of %q: %v", flag, form, err)
			}
			r := wazero.NewRuntime(context.Background())
			if _, err := r.CompileModule(context.Background(), out); err != nil {
				t.Errorf("flag %d of %q: %v", flag, form, err)
			}
			r.Close(context.Background())
		}
	}
}
