package wasmbin_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// BenchmarkPlugin runs the bundled groups-to-roles as it is and rewritten, in
// one instance that is used again and again.
func BenchmarkPlugin(b *testing.B) {
	folder := filepath.Join("..", "..", "..", "plugins", "groups-to-roles")
	original, err := os.ReadFile(filepath.Join(folder, "groups-to-roles.wasm"))
	if err != nil {
		b.Fatal(err)
	}
	input, err := os.ReadFile(filepath.Join(folder, "testdata", "prefix-and-rename", "input.json"))
	if err != nil {
		b.Fatal(err)
	}
	rewritten := rewrite(b, original, wasmbin.Options{TableMax: 10_000, MaxDepth: 1000})
	for _, way := range []struct {
		name   string
		module []byte
	}{{"original", original}, {"rewritten", rewritten.Module}} {
		b.Run(way.name, func(b *testing.B) {
			ctx := context.Background()
			r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
			defer r.Close(ctx)
			addMeter(b, r, func(fuel api.MutableGlobal) { fuel.Set(1_000_000) })
			addHost(b, r, input)
			guest, err := r.Instantiate(ctx, way.module)
			if err != nil {
				b.Fatal(err)
			}
			call := guest.ExportedFunction("map")
			for b.Loop() {
				if results, err := call.Call(ctx); err != nil || results[0] != 0 {
					b.Fatal(results, err)
				}
			}
		})
	}
}

// addHost gives a runtime as much of the ABI as the plugin needs.
func addHost(b *testing.B, r wazero.Runtime, input []byte) {
	var document any
	if err := json.Unmarshal(input, &document); err != nil {
		b.Fatal(err)
	}
	found := map[string][]byte{}
	get := func(_ context.Context, guest api.Module, path, size, to, room uint32) int32 {
		pointer, _ := guest.Memory().Read(path, size)
		text, ok := found[string(pointer)]
		if !ok {
			text = lookup(document, string(pointer))
			found[string(pointer)] = text
		}
		if text == nil {
			return -1
		}
		if len(text) <= int(room) {
			guest.Memory().Write(to, text)
		}
		return int32(len(text))
	}
	text := func(_ context.Context, _ api.Module, _, _ uint32) {}
	line := func(_ context.Context, _ api.Module, _, _, _ uint32) {}
	_, err := r.NewHostModuleBuilder("doorward").
		NewFunctionBuilder().WithFunc(get).Export("get").
		NewFunctionBuilder().WithFunc(text).Export("output_write").
		NewFunctionBuilder().WithFunc(text).Export("fail").
		NewFunctionBuilder().WithFunc(line).Export("log").Instantiate(context.Background())
	if err != nil {
		b.Fatal(err)
	}
}

func lookup(document any, pointer string) []byte {
	for _, name := range strings.Split(pointer, "/")[1:] {
		object, _ := document.(map[string]any)
		member, ok := object[name]
		if !ok {
			return nil
		}
		document = member
	}
	text, _ := json.Marshal(document)
	return text
}
