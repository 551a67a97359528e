package plugin

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/plugins"
	"github.com/doorward/doorward/sdk/abi"
)

// benchGuest is a guest that is measured, with a config it understands.
type benchGuest struct{ name, module, config string }

// benchGuests are the bundled plugin, a guest of a few instructions, and those
// that DOORWARD_BENCH_GUESTS names as module=config, separated by semicolons.
func benchGuests() []benchGuest {
	guests := []benchGuest{
		{"groups-to-roles", "bundled:groups-to-roles", `{"prefix":"app-"}`},
		{"wat", "testdata/probe.wasm", `{"probe":5}`},
	}
	for _, more := range strings.FieldsFunc(os.Getenv("DOORWARD_BENCH_GUESTS"), func(r rune) bool { return r == ';' }) {
		module, config, _ := strings.Cut(more, "=")
		name, _, _ := strings.Cut(filepath.Base(module), ".")
		guests = append(guests, benchGuest{name, module, config})
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

// BenchmarkCall compares one call as the host runs it, isolated and metered,
// with what it would cost without either, and with wazero's own way to both:
// a fresh instance that ends with its context.
func BenchmarkCall(b *testing.B) {
	for _, guest := range benchGuests() {
		b.Run(guest.name+"/isolated", func(b *testing.B) { benchIsolated(b, guest, "") })
		b.Run(guest.name+"/unsafe", func(b *testing.B) { benchUnsafe(b, guest) })
		b.Run(guest.name+"/fresh", func(b *testing.B) { benchFresh(b, guest) })
	}
}

// BenchmarkSideBySide takes turns between the isolated and the unsafe call, so
// that a busy machine disturbs both alike, and gives the medians of both in
// microseconds and their ratio.
func BenchmarkSideBySide(b *testing.B) {
	for _, guest := range benchGuests() {
		b.Run(guest.name, func(b *testing.B) {
			p, other := openBench(b, guest, ""), newPlain(b, guest, wazero.NewRuntimeConfigCompiler())
			ctx, input := context.Background(), benchInput(b, guest.config)
			f := other.instance(b, other.newCall(ctx, nil)).ExportedFunction(abi.ExportMap)
			job := Job{Input: input, LoginID: "00112233aabbccdd", Received: imageTime}
			isolated := func() {
				if _, err := p.Run(ctx, job); err != nil {
					b.Fatal(err)
				}
			}
			unsafe := func() { other.answer(b, ctx, other.newCall(ctx, input), f) }
			var times [2][]float64
			for b.Loop() {
				for n, run := range []func(){isolated, unsafe} {
					run()
					began := time.Now()
					for range 4 {
						run()
					}
					times[n] = append(times[n], float64(time.Since(began).Nanoseconds())/4000)
				}
			}
			for n := range times {
				slices.Sort(times[n])
			}
			half := len(times[0]) / 2
			b.ReportMetric(times[0][half], "isolated-µs")
			b.ReportMetric(times[1][half], "unsafe-µs")
			b.ReportMetric(times[0][half]/times[1][half], "ratio")
		})
	}
}

// BenchmarkIsolation is the same call with each way to put memory back.
func BenchmarkIsolation(b *testing.B) {
	for _, guest := range benchGuests() {
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

func newPlain(b *testing.B, guest benchGuest, config wazero.RuntimeConfig) *plain {
	b.Helper()
	ctx := context.Background()
	module, err := os.ReadFile(guest.module)
	if name, ok := strings.CutPrefix(guest.module, bundledScheme); ok {
		module, _ = plugins.Bundled(name)
	} else if err != nil {
		b.Fatal(err)
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

func benchUnsafe(b *testing.B, guest benchGuest) {
	ctx := context.Background()
	p := newPlain(b, guest, wazero.NewRuntimeConfigCompiler())
	input := benchInput(b, guest.config)
	f := p.instance(b, p.newCall(ctx, nil)).ExportedFunction(abi.ExportMap)
	b.ReportAllocs()
	for b.Loop() {
		p.answer(b, ctx, p.newCall(ctx, input), f)
	}
}

func benchFresh(b *testing.B, guest benchGuest) {
	p := newPlain(b, guest, wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true))
	input := benchInput(b, guest.config)
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		c := p.newCall(ctx, input)
		i := p.instance(b, c)
		p.answer(b, ctx, c, i.ExportedFunction(abi.ExportMap))
		i.Close(ctx)
		cancel()
	}
}
