package plugin_test

import (
	"context"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// BenchmarkMap/plugin-go is one mapping through the bundled plugin, which is
// built from Go; plugin-wat through a guest of a few instructions, which shows
// what the host itself costs.
func BenchmarkMap(b *testing.B) {
	for name, config := range map[string]plugin.Config{
		"plugin-bundled": bundled(`{"prefix":"app-"}`),
		"plugin-wat":     declare("probe.wasm", `{"probe":5}`),
	} {
		b.Run(name, func(b *testing.B) {
			p := open(b, newRuntime(b, cached(b)), config)
			in := signIn(b)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Map(context.Background(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpen is the start of a host with the bundled plugin: compiled, and
// with the code taken from the cache. Each includes one instance and one call.
func BenchmarkOpen(b *testing.B) {
	open1 := func(b *testing.B, change ...func(*plugin.RuntimeConfig)) {
		b.Helper()
		for b.Loop() {
			runtime := newRuntime(b, change...)
			open(b, runtime, bundled(""))
			if err := runtime.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("cold", func(b *testing.B) { open1(b) })
	open(b, newRuntime(b, cached(b)), bundled(""))
	b.Run("from-cache", func(b *testing.B) { open1(b, cached(b)) })
}
