package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/dop251/goja"
	extism "github.com/extism/go-sdk"
	"github.com/tetratelabs/wazero"

	"github.com/doorward/doorward/host/plugin"
)

// way is one way to run the mapper once; setup is not timed.
type way struct {
	name  string
	calls int // in one round
	run   func() ([]byte, error)
}

// BenchmarkBeside runs the mapper "staff" on the login of about 4 KB, in turn in
// each way, round by round, so that what else the machine does meets all alike.
// It reports the median time of each in µs, and of the rounds' ratios to our
// call's. All give the same result.
func BenchmarkBeside(b *testing.B) {
	for _, language := range languages(b) {
		b.Run(language, func(b *testing.B) {
			input := golden(b, "input.json")
			ways := []way{ours(b, language, input), {"json-any", 20, func() ([]byte, error) { return mapAny(input) }},
				{"json-typed", 20, func() ([]byte, error) { return mapTyped(input) }}, javascript(b, input)}
			if guest := extismGuest(b, language); guest != "" {
				ways = append(ways, extismReused(b, guest, input), extismFresh(b, guest, input))
			}
			same(b, ways)
			beside(b, ways)
		})
	}
}

func golden(b *testing.B, file string) []byte {
	b.Helper()
	text, err := os.ReadFile(filepath.Join(top, "sdk/abi/testdata/golden/4kb", file))
	if err != nil {
		b.Fatal(err)
	}
	return bytes.TrimSpace(text)
}

// same fails when the ways do not give the same result.
func same(b *testing.B, ways []way) {
	b.Helper()
	var want struct{ Result any }
	if err := json.Unmarshal(golden(b, "output.json"), &want); err != nil {
		b.Fatal(err)
	}
	text, _ := json.Marshal(want.Result)
	for _, w := range ways {
		var got any
		out, err := w.run()
		if err == nil {
			err = json.Unmarshal(out, &got)
		}
		if again, _ := json.Marshal(got); err != nil || !bytes.Equal(again, text) {
			b.Fatalf("%s: %v\n%s\nwant\n%s", w.name, err, again, text)
		}
	}
}

// beside makes b.N rounds.
func beside(b *testing.B, ways []way) {
	times, ratios := make([][]float64, len(ways)), make([][]float64, len(ways))
	for b.Loop() {
		for i, w := range ways {
			began := time.Now()
			for range w.calls {
				if _, err := w.run(); err != nil {
					b.Fatal(err)
				}
			}
			took := float64(time.Since(began).Nanoseconds()) / float64(w.calls) / 1000
			times[i] = append(times[i], took)
			ratios[i] = append(ratios[i], took/times[0][len(times[0])-1])
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, w := range ways {
		b.ReportMetric(median(times[i]), w.name+"-µs")
		if i > 0 {
			b.ReportMetric(median(ratios[i]), w.name+"/ours")
		}
	}
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

// ours is the isolated, metered call.
func ours(b *testing.B, language string, input []byte) way {
	b.Helper()
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{ReplayKey: make([]byte, 32)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = runtime.Close(ctx) })
	p, err := runtime.Open(ctx, plugin.Config{Name: "staff", Module: example(b, language), Config: json.RawMessage(`{}`)})
	if err != nil {
		b.Fatal(err)
	}
	return way{"ours", 20, func() ([]byte, error) {
		report, err := p.Run(ctx, plugin.Job{Input: input, LoginID: "00112233aabbccdd"})
		return report.Output, err
	}}
}

// javascript is the mapping in goja: compiled once, a fresh runtime for each
// call, as its isolation needs.
func javascript(b *testing.B, input []byte) way {
	b.Helper()
	source, err := os.ReadFile("testdata/staff.js")
	if err != nil {
		b.Fatal(err)
	}
	program := goja.MustCompile("staff.js", string(source), true)
	return way{"goja-fresh", 10, func() ([]byte, error) {
		vm := goja.New()
		if _, err := vm.RunProgram(program); err != nil {
			return nil, err
		}
		staff, _ := goja.AssertFunction(vm.Get("staff"))
		result, err := staff(goja.Undefined(), vm.ToValue(string(input)))
		if err != nil {
			return nil, err
		}
		return []byte(result.String()), nil
	}}
}

// extismTimeout makes Extism end a call in time, which it does by wazero's
// close-on-done: a host without it has no bound on a guest.
const extismTimeout = 250 // ms

func compiledExtism(b *testing.B, guest string) *extism.CompiledPlugin {
	b.Helper()
	ctx := context.Background()
	module, err := os.ReadFile(guest)
	if err != nil {
		b.Fatal(err)
	}
	compiled, err := extism.NewCompiledPlugin(ctx, extism.Manifest{Wasm: []extism.Wasm{extism.WasmData{Data: module}}, Timeout: extismTimeout},
		extism.PluginConfig{EnableWasi: true, RuntimeConfig: wazero.NewRuntimeConfig().WithCloseOnContextDone(true)}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = compiled.Close(ctx) })
	return compiled
}

func extismReused(b *testing.B, guest string, input []byte) way {
	b.Helper()
	ctx := context.Background()
	instance, err := compiledExtism(b, guest).Instance(ctx, extism.PluginInstanceConfig{})
	if err != nil {
		b.Fatal(err)
	}
	return way{"extism-reused", 5, func() ([]byte, error) {
		_, out, err := instance.CallWithContext(ctx, "extism_map", input)
		return out, err
	}}
}

func extismFresh(b *testing.B, guest string, input []byte) way {
	b.Helper()
	ctx := context.Background()
	compiled := compiledExtism(b, guest)
	return way{"extism-fresh", 2, func() ([]byte, error) {
		instance, err := compiled.Instance(ctx, extism.PluginInstanceConfig{})
		if err != nil {
			return nil, err
		}
		defer instance.Close(ctx)
		_, out, err := instance.CallWithContext(ctx, "extism_map", input)
		return out, err
	}}
}
