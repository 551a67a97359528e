package wasmbin_test

import (
	"context"
	"os"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// BenchmarkOverhead runs functions of testdata/bench.c as they are and
// rewritten.
func BenchmarkOverhead(b *testing.B) {
	original, err := os.ReadFile("testdata/bench.wasm")
	if err != nil {
		b.Fatal(err)
	}
	rewritten := rewrite(b, original, wasmbin.Options{TableMax: 1000, MaxDepth: 1000})
	for _, test := range []struct {
		function string
		arg      uint64
	}{
		{"crc", 4096},  // a tight loop
		{"scan", 1},    // a loop with a switch
		{"sorted", 64}, // calls through a table
		{"fibo", 16},   // recursion
	} {
		for _, way := range []struct {
			name   string
			module []byte
		}{{"original", original}, {"rewritten", rewritten.Module}} {
			b.Run(test.function+"/"+way.name, func(b *testing.B) {
				ctx := context.Background()
				r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
				defer r.Close(ctx)
				addMeter(b, r, func(fuel api.MutableGlobal) { fuel.Set(1_000_000) })
				guest, err := r.Instantiate(ctx, way.module)
				if err != nil {
					b.Fatal(err)
				}
				call := guest.ExportedFunction(test.function)
				for b.Loop() {
					if _, err := call.Call(ctx, test.arg); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func rewrite(t testing.TB, module []byte, o wasmbin.Options) wasmbin.Rewritten {
	t.Helper()
	m, err := wasmbin.Decode(module)
	if err != nil {
		t.Fatal(err)
	}
	rewritten, err := m.Rewrite(o)
	if err != nil {
		t.Fatal(err)
	}
	return rewritten
}
