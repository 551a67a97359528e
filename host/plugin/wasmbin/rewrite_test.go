package wasmbin_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// Where the assembler is at hand, the fixture is compared with its text.
func TestFixtureComesFromItsSource(t *testing.T) {
	assembler, err := exec.LookPath("wat2wasm")
	if err != nil {
		return
	}
	built := filepath.Join(t.TempDir(), "meter.wasm")
	if out, err := exec.Command(assembler, "--debug-names", "testdata/meter.wat", "-o", built).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if fresh, _ := os.ReadFile(built); !bytes.Equal(fresh, own(t, "meter.wasm")) {
		t.Error("meter.wasm is not what meter.wat assembles to")
	}
}

func TestSnapshotTakesDataAndStartOut(t *testing.T) {
	o := roomy
	o.Snapshot = true
	g := newMetered(t, o, plenty, 4*plenty)
	want := []wasmbin.DataSegment{{Offset: 8, Bytes: []byte("abcd")}, {Offset: 100, Bytes: []byte("z")}}
	if !reflect.DeepEqual(g.Data, want) {
		t.Errorf("data: %v", g.Data)
	}
	if all, _ := g.Memory().Read(0, 65536); len(bytes.TrimLeft(all, "\x00")) > 0 {
		t.Error("memory is not empty")
	}
	if g.global("plain") != 7 {
		t.Error("the start function ran")
	}
	if _, _, err := g.call(wasmbin.ExportStart); err != nil || g.global("plain") != 8 {
		t.Errorf("start: plain %d, %v", g.global("plain"), err)
	}
	if _, _, err := g.call("init", 10); err != nil {
		t.Error(err)
	}
	if text, _ := g.Memory().Read(0, 10); string(text) != "0123456789" {
		t.Errorf("the passive segment gave %q", text)
	}
	if _, _, err := g.call("gone", 0); err != nil {
		t.Errorf("nothing of an active segment: %v", err)
	}
	if _, _, err := g.call("gone", 1); err == nil || !strings.Contains(err.Error(), "out of bounds") {
		t.Errorf("one byte of an active segment: %v", err)
	}
}

func TestWithoutSnapshotNothingIsTakenOut(t *testing.T) {
	g := newMetered(t, roomy, plenty, 4*plenty)
	if text, _ := g.Memory().Read(8, 4); string(text) != "abcd" || g.Data != nil {
		t.Errorf("memory %q, data %v", text, g.Data)
	}
	if g.global("plain") != 8 || g.ExportedFunction(wasmbin.ExportStart) != nil {
		t.Error("the start function did not run by itself")
	}
}

func TestMutableGlobalsCanBeReset(t *testing.T) {
	g := newMetered(t, roomy, plenty, 4*plenty)
	want := []wasmbin.GlobalExport{{Export: "doorward.g0", Type: byte(wasmbin.I32)}, {Export: "doorward.g1", Type: byte(wasmbin.I64)}}
	if !reflect.DeepEqual(g.Globals, want) || !g.Resettable || g.MemoryMin != 1 {
		t.Fatalf("%v, %v, %d pages", g.Globals, g.Resettable, g.MemoryMin)
	}
	g.ExportedGlobal("doorward.g0").(api.MutableGlobal).Set(42)
	if results, _, err := g.call("spare"); err != nil || results[0] != 42 {
		t.Errorf("%v, %v", results, err)
	}
	for _, kind := range []string{"\x7b\x01\xfd\x0c" + strings.Repeat("\x00", 16) + "\x0b", "\x70\x01\xd0\x70\x0b", "\x6f\x01\xd0\x6f\x0b"} {
		module := header + section(6, "\x01"+kind)
		if rewrite(t, []byte(module), roomy).Resettable {
			t.Errorf("%q is said to be resettable", kind)
		}
	}
}

func TestTablesAreBounded(t *testing.T) {
	g := newMetered(t, wasmbin.Options{TableMax: 23, MaxDepth: 100}, plenty, 4*plenty)
	for _, test := range []struct {
		more uint64
		want int32
	}{{10, -1}, {9, 1}, {1, -1}, {0, 10}} {
		if results, _, err := g.call("tgrow", test.more); err != nil || int32(results[0]) != test.want {
			t.Errorf("%d more: %v, %v", test.more, results, err)
		}
	}
	m, err := wasmbin.Decode(own(t, "meter.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Rewrite(wasmbin.Options{TableMax: 3, MaxDepth: 100}); !errors.Is(err, wasmbin.ErrBound) {
		t.Errorf("a table that begins too large: %v", err)
	}
}

// A trap's trace has the guest's own names: they moved with their functions.
func TestNamesMoveWithTheirFunctions(t *testing.T) {
	g := newMetered(t, wasmbin.Options{TableMax: 100, MaxDepth: 5}, plenty, 4*plenty)
	_, _, err := g.call("endless")
	if err == nil || strings.Count(err.Error(), ".down(i32) i32") < 3 {
		t.Errorf("got %v", err)
	}
}

func TestReservedNamesAreRefused(t *testing.T) {
	global := section(6, "\x01\x7f\x01\x41\x00\x0b")
	for name, want := range map[string]wasmbin.ReservedError{
		"doorward.fuel":  {Name: "doorward.fuel"},
		"doorward.g0":    {Name: "doorward.g0"},
		"doorward.other": {Name: "doorward.other"},
	} {
		m, err := wasmbin.Decode([]byte(header + global + section(7, "\x01"+string(rune(len(name)))+name+"\x03\x00")))
		if err != nil {
			t.Fatal(err)
		}
		_, err = m.Rewrite(roomy)
		var reserved *wasmbin.ReservedError
		if !errors.As(err, &reserved) || *reserved != want || !errors.Is(err, wasmbin.ErrReserved) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m, err := wasmbin.Decode([]byte(header + section(1, "\x01\x60\x00\x00") + section(2, "\x01\x0edoorward.meter\x05other\x00\x00")))
	if err != nil {
		t.Fatal(err)
	}
	var reserved *wasmbin.ReservedError
	if _, err := m.Rewrite(roomy); !errors.As(err, &reserved) || !reserved.Import {
		t.Errorf("an import: %v", err)
	}
}

// The fuel counter is no global of the guest's: an index that would name it
// after the rewrite is out of range before.
func TestTheCountersCannotBeNamed(t *testing.T) {
	// one function: i64.const -1, global.set 0
	module := header + section(1, "\x01\x60\x00\x00") + section(3, "\x01\x00") + section(10, "\x01\x06\x00\x42\x7f\x24\x00\x0b")
	m, err := wasmbin.Decode([]byte(module))
	if err != nil {
		t.Fatal(err)
	}
	var invalid *wasmbin.ValidationError
	if _, err := m.Rewrite(roomy); !errors.As(err, &invalid) || invalid.Func != 0 {
		t.Errorf("got %v", err)
	}
}

// section writes a section of fewer than 128 bytes.
func section(id byte, content string) string {
	return string([]byte{id, byte(len(content))}) + content
}

// A function's fuel does not depend on what the engine calls it through.
func TestLoopsWithParametersAreCharged(t *testing.T) {
	// (func (export "f") (param i64) (result i64) local.get 0
	//   (loop (param i64) (result i64) i64.const 1 i64.sub local.tee 0 local.get 0 i64.eqz i32.eqz br_if 0))
	module := header + section(1, "\x01\x60\x01\x7e\x01\x7e") + section(3, "\x01\x00") + section(7, "\x01\x01f\x00\x00") +
		section(10, "\x01\x12\x00\x20\x00\x03\x00\x42\x01\x7d\x22\x00\x20\x00\x50\x45\x0d\x00\x0b\x0b")
	g := &metered{Rewritten: rewrite(t, []byte(module), roomy), slice: 10, budget: 1000}
	g.start(t)
	results, fuel, err := g.call("f", 100)
	if err != nil || results[0] != 0 || fuel != 1+7*100 {
		t.Errorf("%v, fuel %d, %v", results, fuel, err)
	}
	if _, _, err := g.call("f", 1<<40); !errors.Is(err, errSpent) {
		t.Errorf("without fuel: %v", err)
	}
}

// Encodings that are longer than need be are valid, and the engine misreads
// some: what it is given has none.
func TestLongEncodingsAreShortened(t *testing.T) {
	// (func (export "f") (param i64) (result i64)
	//   (memory.fill (i32.const 0) (i32.const 7) (i32.const 8))
	//   (v128.store (i32.const 8) (i8x16.splat (i32.const 1)))
	//   (select (result i64) (i64.load (i32.const 0)) (i64.load (i32.const 8)) (i32.wrap_i64 (local.get 0))))
	body := "\x00" + "\x41\x00\x41\x07\x41\x08\xfc\x8b\x80\x00\x00" +
		"\x41\x08\x41\x01\xfd\x8f\x00\xfd\x8b\x80\x80\x00\x00\x00" +
		"\x41\x00\x29\x03\x00\x41\x08\x29\x03\x00\x20\x00\xa7\x1c\x81\x80\x00\x7e\x0b"
	module := header + section(1, "\x01\x60\x01\x7e\x01\x7e") + section(3, "\x01\x00") + section(5, "\x01\x00\x01") +
		section(7, "\x01\x01f\x00\x00") + section(10, "\x01"+vector(len(body), body))
	m := decode(t, []byte(module))
	if string(m.Encode()) != module {
		t.Error("encoding gives other bytes")
	}
	g := &metered{Rewritten: rewrite(t, []byte(module), roomy), slice: plenty, budget: plenty}
	g.start(t)
	for arg, want := range []uint64{0x0101010101010101, 0x0707070707070707} {
		if results, _, err := g.call("f", uint64(arg)); err != nil || results[0] != want {
			t.Errorf("%d: %x, %v", arg, results, err)
		}
	}
}
