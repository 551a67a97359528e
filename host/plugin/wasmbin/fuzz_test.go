package wasmbin_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

var fuzzOptions = wasmbin.Options{TableMax: 1000, MaxDepth: 100, Snapshot: true}

// seeds adds the fixtures, and small modules of the specification's suite.
func seeds(f *testing.F) {
	fixtures, _ := filepath.Glob(filepath.Join("..", "testdata", "*.wasm"))
	suite, _ := filepath.Glob(filepath.Join(suites(f), "v2", "testdata", "*.wasm"))
	for i, file := range append(fixtures, suite...) {
		module, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if i < len(fixtures) || i%29 == 0 && len(module) < 2000 {
			f.Add(module)
		}
	}
	f.Add(hugeNames)
}

// hugeNames has a name section that says it names 120 million functions.
var hugeNames = []byte(header + big(0, "\x04name\x01\x0a\xb9\xb9\xb9\x39000000"))

// Whatever the bytes: a typed error with a place, or a module that encodes to
// the same bytes. What is valid compiles in the engine, and so does what
// becomes of it, which is valid again.
func FuzzModule(f *testing.F) {
	seeds(f)
	engine := newEngine(f)
	f.Fuzz(func(t *testing.T, original []byte) {
		m, err := wasmbin.Decode(original)
		if err == nil {
			if !bytes.Equal(m.Encode(), original) {
				t.Fatal("encoding gives other bytes")
			}
			err = m.Validate()
		}
		if err != nil {
			if message := typed(err, len(original)); message != "" {
				t.Fatal(message)
			}
			return
		}
		if !compiles(t, engine, plain(original)) {
			return // it is larger than the engine's bounds
		}
		rewritten, err := m.Rewrite(fuzzOptions)
		if err != nil {
			return
		}
		if err := check(rewritten.Module); err != nil {
			t.Fatalf("what was rewritten is refused: %v", err)
		}
		if !compiles(t, engine, rewritten.Module) {
			t.Fatal("what was rewritten does not compile")
		}
		if !bytes.Equal(m.Encode(), original) {
			t.Fatal("rewriting changed the module")
		}
	})
}

func newEngine(f *testing.F) wazero.Runtime {
	engine := wazero.NewRuntimeWithConfig(context.Background(), wazero.NewRuntimeConfigInterpreter())
	f.Cleanup(func() { engine.Close(context.Background()) })
	return engine
}

func compiles(t *testing.T, engine wazero.Runtime, module []byte) bool {
	compiled, err := engine.CompileModule(context.Background(), module)
	if err != nil {
		t.Logf("the engine says: %v", err)
		return false
	}
	compiled.Close(context.Background())
	return true
}

// A valid module without imports does the same when it is rewritten: results,
// traps, memory, globals.
func FuzzSame(f *testing.F) {
	seeds(f)
	engine := newEngine(f)
	f.Fuzz(func(t *testing.T, original []byte) {
		m, err := wasmbin.Decode(original)
		if err != nil || m.Validate() != nil || len(m.Imports()) > 0 || !small(m) || !compiles(t, engine, plain(original)) {
			return
		}
		rewritten, err := m.Rewrite(wasmbin.Options{TableMax: math.MaxUint32, MaxDepth: 200})
		if err != nil {
			return
		}
		metered, spent := play(t, rewritten.Module, m)
		if spent {
			return // the original may never end
		}
		if seen, _ := play(t, plain(original), m); !slices.Equal(seen, metered) {
			t.Errorf("original:  %q\nrewritten: %q", seen, metered)
		}
	})
}

func small(m *wasmbin.Module) bool {
	for _, memory := range m.Memories() {
		if memory.Min > 16 {
			return false
		}
	}
	for _, table := range m.Tables() {
		if table.Min > 1000 {
			return false
		}
	}
	return true
}

// play calls each exported function of a module with zeros, and tells what it
// saw, and whether the fuel did not suffice.
func play(t *testing.T, module []byte, m *wasmbin.Module) (seen []string, spent bool) {
	ctx := context.Background()
	config := wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(64)
	r := wazero.NewRuntimeWithConfig(ctx, config)
	defer r.Close(ctx)
	first := true
	addMeter(t, r, func(fuel api.MutableGlobal) {
		if !first {
			spent = true
			panic(errors.New("out of fuel"))
		}
		first = false
		fuel.Set(fuel.Get() + 20_000)
	})
	guest, err := r.Instantiate(ctx, module)
	if err != nil {
		return append(seen, "start: "+cause(err)), spent
	}
	for _, e := range m.Exports() {
		if e.Kind != wasmbin.Func || spent {
			continue
		}
		function := guest.ExportedFunction(e.Name)
		results, err := function.Call(ctx, make([]uint64, stackSize(function))...)
		seen = append(seen, e.Name+show(results)+cause(err))
		if deep := guest.ExportedGlobal(wasmbin.ExportDeep); deep != nil && deep.Get() == 1 {
			return seen, true
		}
	}
	if len(m.Memories()) > 0 {
		all, _ := guest.Memory().Read(0, guest.Memory().Size())
		seen = append(seen, string(bytes.TrimRight(all, "\x00")))
	}
	return seen, spent
}
