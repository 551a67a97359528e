package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/plugins"
	"github.com/doorward/doorward/sdk/abi"
)

// benchGuest is a guest that is measured, with a config it understands.
type benchGuest struct{ name, module, config string }

// benchGuests are the example mapper in each language, built as its page says
// (that in Go by TinyGo too), the bundled plugin, and a guest of a few
// instructions. A language without its toolchain is left out.
func benchGuests(b *testing.B) []benchGuest {
	b.Helper()
	guests := []benchGuest{{"wat", "testdata/probe.wasm", `{"probe":5}`}, {"groups-to-roles", "bundled:groups-to-roles", `{"prefix":"app-"}`}}
	for _, language := range []string{"c", "rust", "assemblyscript", "go", "tinygo"} {
		module := filepath.Join(b.TempDir(), language+".wasm")
		source, script := language, "/build-guest"
		if language == "tinygo" {
			source, script = "go", "/build-guest-tinygo"
		}
		text, err := exec.Command("../../sdk/"+source+script, "../../examples/plugins/"+source, module).CombinedOutput()
		var exit *exec.ExitError
		switch {
		case errors.As(err, &exit) && exit.ExitCode() == 3:
			b.Logf("without %s: %s", language, text)
		case err != nil:
			b.Fatalf("%s: %v\n%s", language, err, text)
		default:
			guests = append(guests, benchGuest{language, module, `{"prefix":"app-"}`})
		}
	}
	return guests
}

// benchInput is the golden login of about 4 KB, with another config.
func benchInput(b testing.TB, config string) []byte {
	b.Helper()
	text, err := os.ReadFile("../../sdk/abi/testdata/golden/4kb/input.json")
	if err != nil {
		b.Fatal(err)
	}
	in := abi.Input{Config: abi.Raw(config), Login: abi.Login{IdP: "corp", Protocol: "oidc", Time: 1773500966}}
	in.User, _ = abi.Raw(text).Get("/user")
	sources, _ := abi.Raw(text).Get("/sources")
	sources.Members(func(name string, value abi.Raw) bool {
		in.Sources = append(in.Sources, abi.Member{Name: name, Value: value})
		return true
	})
	return abi.AppendInput(nil, in)
}

// BenchmarkCall takes turns between four ways to make one call, so that a busy
// machine disturbs all alike, and gives the median of each in microseconds and
// of the turns' ratios: isolated and metered, as the host does it; metered
// alone; neither, in one instance that is used again; and wazero's own way to
// both, a fresh instance that ends with its context.
func BenchmarkCall(b *testing.B) {
	for _, guest := range benchGuests(b) {
		b.Run(guest.name, func(b *testing.B) {
			ways := []benchWay{isolatedWay(b, guest), reusedWay(b, guest, "metered"), reusedWay(b, guest, "reused"), freshWay(b, guest)}
			times, ratios := make([][]float64, len(ways)), make([][]float64, len(ways))
			for b.Loop() {
				for n, way := range ways {
					way.run() // what the others left in the processor's caches
					began := time.Now()
					for range way.calls {
						way.run()
					}
					times[n] = append(times[n], float64(time.Since(began).Nanoseconds())/1000/float64(way.calls))
					ratios[n] = append(ratios[n], times[n][len(times[n])-1]/times[0][len(times[0])-1])
				}
			}
			b.ReportMetric(0, "ns/op")
			for n, way := range ways {
				b.ReportMetric(median(times[n]), way.name+"-µs")
				if n > 0 {
					b.ReportMetric(median(ratios[n]), way.name+"/isolated")
				}
			}
		})
	}
}

// benchWay is one way to make a call.
type benchWay struct {
	name  string
	calls int // in one turn
	run   func()
}

func median(values []float64) float64 {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}

func isolatedWay(b *testing.B, guest benchGuest) benchWay {
	p := openBench(b, guest, "")
	ctx, job := context.Background(), Job{Input: benchInput(b, guest.config), LoginID: "00112233aabbccdd", Received: imageTime}
	return benchWay{"isolated", 4, func() {
		if _, err := p.Run(ctx, job); err != nil {
			b.Fatal(err)
		}
	}}
}

// reusedWay renews its instance now and then: a guest that never frees would
// grow without end.
func reusedWay(b *testing.B, guest benchGuest, name string) benchWay {
	p := newPlain(b, guest, wazero.NewRuntimeConfigCompiler(), name == "metered")
	ctx, input := context.Background(), benchInput(b, guest.config)
	var f api.Function
	calls := 0
	return benchWay{name, 4, func() {
		if calls++; calls%1000 == 1 {
			i := p.instance(b, p.newCall(ctx, nil))
			f = i.ExportedFunction(abi.ExportMap)
		}
		p.answer(b, ctx, p.newCall(ctx, input), f)
	}}
}

func freshWay(b *testing.B, guest benchGuest) benchWay {
	p := newPlain(b, guest, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true), false)
	input := benchInput(b, guest.config)
	return benchWay{"fresh", 1, func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c := p.newCall(ctx, input)
		i := p.instance(b, c)
		p.answer(b, ctx, c, i.ExportedFunction(abi.ExportMap))
		i.Close(ctx)
	}}
}

// BenchmarkIsolation is the same call with each way to put memory back.
func BenchmarkIsolation(b *testing.B) {
	for _, guest := range benchGuests(b) {
		for _, way := range Ways() {
			b.Run(guest.name+"/"+way, func(b *testing.B) { benchIsolated(b, guest, way) })
		}
	}
}

func benchIsolated(b *testing.B, guest benchGuest, way string) {
	p := openBench(b, guest, way)
	job := Job{Input: benchInput(b, guest.config), LoginID: "00112233aabbccdd", Received: imageTime}
	ctx := context.Background()
	var report Report
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if report, err = p.Run(ctx, job); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(report.Fuel), "fuel/op")
}

func openBench(b testing.TB, guest benchGuest, way string) *Plugin {
	b.Helper()
	ctx := context.Background()
	runtime, err := NewRuntime(ctx, RuntimeConfig{ReplayKey: make([]byte, 32), Bundled: plugins.Bundled, isolation: way})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { runtime.Close(ctx) })
	p, err := runtime.Open(ctx, Config{
		Name: "p", Module: guest.module, Config: json.RawMessage(guest.config), Limits: Limits{Fuel: 1e12, Timeout: 10 * time.Second},
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// plain is a guest on wazero as it comes: the module as its author built it,
// with the same imports.
type plain struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	config   Config
}

type endless struct{ api.MutableGlobal }

func (endless) Get() uint64 { return 0 }
func (endless) Set(uint64)  {}

func newPlain(b *testing.B, guest benchGuest, config wazero.RuntimeConfig, metered bool) *plain {
	b.Helper()
	ctx := context.Background()
	module, err := os.ReadFile(guest.module)
	if name, ok := strings.CutPrefix(guest.module, bundledScheme); ok {
		module, _ = plugins.Bundled(name)
	} else if err != nil {
		b.Fatal(err)
	}
	if metered {
		m, err := wasmbin.Decode(module)
		if err != nil {
			b.Fatal(err)
		}
		rewritten, err := m.Rewrite(wasmbin.Options{TableMax: maxTable, MaxDepth: maxDepth})
		if err != nil {
			b.Fatal(err)
		}
		module = rewritten.Module
	}
	p := &plain{runtime: wazero.NewRuntimeWithConfig(ctx, config), config: Config{Limits: DefaultLimits, Sources: defaultSources}}
	b.Cleanup(func() { p.runtime.Close(ctx) })
	if err := instantiateImports(ctx, p.runtime); err != nil {
		b.Fatal(err)
	}
	if p.compiled, err = p.runtime.CompileModule(ctx, module); err != nil {
		b.Fatal(err)
	}
	return p
}

func (p *plain) newCall(ctx context.Context, input []byte) *call {
	c := &call{config: &p.config, kind: Reactor, input: input, received: imageTime, seed: func() [32]byte { return [32]byte{} }}
	c.Context, c.random, c.files = ctx, random{seed: c.seed}, standardFiles
	c.fuel = fuel{left: 1 << 60, slice: endless{}}
	return c
}

func (p *plain) instance(b *testing.B, c *call) api.Module {
	i, err := p.runtime.InstantiateModule(c, p.compiled, asItIs)
	if err != nil {
		b.Fatal(err)
	}
	for name, value := range map[string]uint64{wasmbin.ExportFuel: 1 << 62, wasmbin.ExportDepth: maxDepth} {
		if global, ok := i.ExportedGlobal(name).(api.MutableGlobal); ok {
			global.Set(value)
		}
	}
	if f := i.ExportedFunction(abi.ExportInitialize); f != nil {
		if _, err := f.Call(c); err != nil {
			b.Fatal(err)
		}
	}
	return i
}

// answer makes c's call of map, and reads the result as the host does.
func (p *plain) answer(b *testing.B, ctx context.Context, c *call, f api.Function) {
	c.begin(ctx, time.Hour)
	c.fuel = fuel{left: 1 << 60, slice: endless{}}
	var stack [1]uint64
	if err := f.CallWithStack(c, stack[:]); err != nil || stack[0] != 0 {
		b.Fatal(err, stack[0])
	}
	if _, err := abi.DecodeResult(c.output); err != nil {
		b.Fatal(err)
	}
}
