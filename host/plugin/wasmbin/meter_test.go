package wasmbin_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

const plenty = 1 << 50

var errSpent = errors.New("the fuel is spent")

// own reads a fixture of this package's.
func own(t testing.TB, name string) []byte {
	t.Helper()
	module, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// metered is testdata/meter.wat, rewritten, with the host's part of the meter.
type metered struct {
	api.Module
	wasmbin.Rewritten
	slice, budget int64 // budget is what the host may still give
	given, slices int64
}

func newMetered(t testing.TB, o wasmbin.Options, slice, budget int64) *metered {
	t.Helper()
	g := &metered{Rewritten: rewrite(t, own(t, "meter.wasm"), o), slice: slice, budget: budget}
	g.start(t)
	return g
}

func (g *metered) start(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	t.Cleanup(func() { r.Close(ctx) })
	if _, err := r.NewHostModuleBuilder("env").NewFunctionBuilder().WithFunc(func() {}).Export("host").Instantiate(ctx); err != nil {
		t.Fatal(err)
	}
	g.startIn(t, r)
}

func (g *metered) startIn(t testing.TB, r wazero.Runtime) {
	t.Helper()
	meter := addMeter(t, r, g.more)
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions()
	module, err := r.InstantiateWithConfig(context.Background(), g.Rewritten.Module, config)
	meter.Close(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	g.Module = module
}

// more gives the guest slices until its fuel is not below zero, or stops it.
func (g *metered) more(fuel api.MutableGlobal) {
	g.slices++
	for int64(fuel.Get()) < 0 {
		if g.budget < g.slice {
			panic(errSpent)
		}
		g.budget -= g.slice
		g.given += g.slice
		fuel.Set(uint64(int64(fuel.Get()) + g.slice))
	}
}

func (g *metered) global(name string) uint64 { return g.ExportedGlobal(name).Get() }

// call calls a function and tells what it used.
func (g *metered) call(name string, args ...uint64) (results []uint64, fuel int64, err error) {
	before := g.given - int64(g.global(wasmbin.ExportFuel))
	results, err = g.ExportedFunction(name).Call(context.Background(), args...)
	return results, g.given - int64(g.global(wasmbin.ExportFuel)) - before, err
}

var roomy = wasmbin.Options{TableMax: 100, MaxDepth: 100}

// The rule of doc.go, counted by hand on testdata/meter.wat.
func TestFuelFollowsTheRule(t *testing.T) {
	for _, test := range []struct {
		name string
		arg  uint64
		fuel int64
	}{
		{"leaf", 1, 0},
		{"loop", 1, 1 + 5},
		{"loop", 1000, 1 + 5*1000},
		{"calls", 1, 1 + 8 + 3},
		{"calls", 50, 1 + 50*(8+3)},
		{"arms", 0, 5},
		{"arms", 1, 5},
		{"down", 0, 9},
		{"down", 7, 8 * 9},
		{"through", 0, 3 + 3}, // the dearest function without a check is leaf
		{"fill", 0, 4},
		{"fill", 63, 4},
		{"fill", 6400, 4 + 100},
		{"copy", 65535, 4 + 1023},
		{"init", 10, 4},
		{"grow", 1, 1 + 256 + 1024},
		{"grow", 3, 1 + 256 + 3*1024},
		{"grow", 4, 1 + 256}, // refused, as the memory may have four
		{"grow", 65536, 1 + 256},
		{"grow", 1<<32 - 1, 1 + 256},
		{"tfill", 4, 4},
		{"tcopy", 4, 4},
		{"tinit", 1, 4},
		{"tgrow", 0, 2 + 256},
		{"tgrow", 90, 2 + 256 + 11},
	} {
		g := newMetered(t, roomy, plenty, 4*plenty)
		_, fuel, err := g.call(test.name, test.arg)
		if err != nil || fuel != test.fuel {
			t.Errorf("%s %d: %d, not %d (%v)", test.name, test.arg, fuel, test.fuel, err)
		}
	}
}

// What would trap is charged before it does, and no length overflows.
func TestFuelOfOperandsIsChargedFirst(t *testing.T) {
	for name, fuel := range map[string]int64{
		"fill": 4 + (1<<32-1)/64, "copy": 4 + (1<<32-1)/64, "init": 4 + (1<<32-1)/64,
		"tfill": 4 + (1<<32-1)/8, "tcopy": 4 + (1<<32-1)/8, "tinit": 4 + (1<<32-1)/8,
	} {
		g := newMetered(t, roomy, plenty, 4*plenty)
		if _, used, err := g.call(name, 1<<32-1); err == nil || used != fuel {
			t.Errorf("%s: %d, not %d (%v)", name, used, fuel, err)
		}
		g = newMetered(t, roomy, 1000, 2000)
		if _, _, err := g.call(name, 1<<32-1); !errors.Is(err, errSpent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The same call uses the same fuel, whatever the slices.
func TestFuelIsDeterministic(t *testing.T) {
	var first int64
	for i, slice := range []int64{1, 7, 1000, 1 << 20, plenty, 1000} {
		g := newMetered(t, roomy, slice, plenty)
		if slice == plenty {
			g.budget *= 4
		}
		total := int64(0)
		for _, name := range []string{"loop", "calls", "down", "fill", "leave"} {
			for range 2 {
				_, fuel, err := g.call(name, 60)
				if err != nil {
					t.Fatal(err)
				}
				total += fuel
			}
		}
		if i == 0 {
			first = total
		}
		if total != first || total == 0 {
			t.Errorf("slices of %d: %d, not %d", slice, total, first)
		}
	}
}

func TestSliceIsCalledAtTheEndOfEach(t *testing.T) {
	g := newMetered(t, roomy, 1000, plenty)
	_, fuel, err := g.call("loop", 100_000)
	if want := fuel/1000 + 1; err != nil || g.slices < want-1 || g.slices > want+1 {
		t.Errorf("%d slices for %d (%v)", g.slices, fuel, err)
	}
}

// A guest that is out of fuel stops: in a loop, in recursion, in both.
func TestNothingRunsWithoutFuel(t *testing.T) {
	for _, name := range []string{"loop", "calls", "down"} {
		g := newMetered(t, wasmbin.Options{TableMax: 100, MaxDepth: 1 << 20}, 1000, 20_000)
		if _, _, err := g.call(name, 1<<31); !errors.Is(err, errSpent) {
			t.Errorf("%s: %v", name, err)
		}
		if left := int64(g.global(wasmbin.ExportFuel)); left >= 0 || left < -100 {
			t.Errorf("%s: %d is left", name, left)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	g := newMetered(t, wasmbin.Options{TableMax: 100, MaxDepth: 50}, plenty, 4*plenty)
	if results, _, err := g.call("down", 49); err != nil || results[0] != 49 || g.global(wasmbin.ExportDeep) != 0 {
		t.Fatalf("50 calls: %v, %v", results, err)
	}
	if g.global(wasmbin.ExportDepth) != 50 {
		t.Errorf("depth is %d after it", g.global(wasmbin.ExportDepth))
	}
	_, _, err := g.call("down", 50)
	if err == nil || !strings.Contains(err.Error(), "unreachable") || g.global(wasmbin.ExportDeep) != 1 {
		t.Errorf("51 calls: %v, deep %d", err, g.global(wasmbin.ExportDeep))
	}
	g = newMetered(t, wasmbin.Options{TableMax: 100, MaxDepth: 50}, plenty, 4*plenty)
	if _, _, err := g.call("trap", 0); err == nil || g.global(wasmbin.ExportDeep) != 0 {
		t.Errorf("a trap of the guest's: %v, deep %d", err, g.global(wasmbin.ExportDeep))
	}
}

// Every way out of a function counts the call out.
func TestDepthIsGivenBack(t *testing.T) {
	g := newMetered(t, roomy, plenty, 4*plenty)
	for arg, want := range []uint64{10, 12, 13, 11} {
		results, _, err := g.call("leave", uint64(arg))
		if err != nil || results[0] != want || g.global(wasmbin.ExportDepth) != 100 {
			t.Errorf("%d: %v, depth %d, %v", arg, results, g.global(wasmbin.ExportDepth), err)
		}
	}
}

func TestTouchedIsSet(t *testing.T) {
	for name, want := range map[string]uint64{
		"init": 1, "tfill": 1, "tcopy": 1, "tinit": 1, "tgrow": 1, "tset": 1, "ddrop": 1, "edrop": 1, "gone": 1,
		"fill": 0, "copy": 0, "grow": 0, "through": 0, "down": 0, "leaf": 0,
	} {
		g := newMetered(t, roomy, plenty, 4*plenty)
		if _, _, err := g.call(name, 0); err != nil || g.global(wasmbin.ExportTouched) != want {
			t.Errorf("%s: touched %d, %v", name, g.global(wasmbin.ExportTouched), err)
		}
		if !g.Touches {
			t.Fatal("the module says that it touches nothing")
		}
	}
}

// A call with a large frame counts as several.
func TestDepthWeighsFrames(t *testing.T) {
	for locals, want := range map[string]uint64{"\x01": 100, "\x90\x01": 10} { // 1 and 144 of them
		// (global (export "n") (mut i32)) (func (export "f") global.get 0 i32.const 1 i32.add global.set 0 call 0)
		body := "\x01" + locals + "\x7f\x23\x00\x41\x01\x6a\x24\x00\x10\x00\x0b"
		module := header + section(1, "\x01"+nothing) + section(3, "\x01\x00") + section(6, "\x01\x7f\x01\x41\x00\x0b") +
			section(7, "\x02\x01f\x00\x00\x01n\x03\x00") + section(10, "\x01"+vector(len(body), body))
		g := &metered{Rewritten: rewrite(t, []byte(module), roomy), slice: plenty, budget: plenty}
		g.start(t)
		if _, _, err := g.call("f"); err == nil || g.global(wasmbin.ExportDeep) != 1 || g.global("n") != want {
			t.Errorf("%d calls nested, not %d: %v", g.global("n"), want, cause(err))
		}
	}
}
