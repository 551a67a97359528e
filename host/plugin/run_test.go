package plugin_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

func jobOf(config string) plugin.Job {
	input := abi.AppendInput(nil, abi.Input{
		Sources: []abi.Member{{Name: "idTokenClaims", Value: abi.Raw(idToken)}}, Login: abi.Login{IdP: "corp"}, Config: abi.Raw(config),
	})
	return plugin.Job{Input: input, LoginID: "00112233aabbccdd", Received: received}
}

// The same input uses the same fuel: in a pooled instance, in a new one, in
// another host, and however memory is put back.
func TestFuelIsDeterministic(t *testing.T) {
	for module, config := range map[string]string{
		"bundled:groups-to-roles": `{"prefix":"app-"}`, "probe.wasm": `{"probe":2}`, "mark.wasm": `{"mark":3}`,
		"command.wasm": `{"status":0}`, "replay.wasm": `{}`, "fail.wasm": `{}`, "loop.wasm": `{}`,
	} {
		t.Run(module, func(t *testing.T) {
			var first plugin.Report
			begun := false
			for _, way := range plugin.Ways() {
				declared := declare(module, config)
				declared.Limits.Fuel, declared.Limits.FuelPerByte = 1_000_000, 1000
				p := open(t, newRuntime(t, plugin.By(way), cached(t)), declared)
				for n := range 30 {
					report, err := p.Run(context.Background(), jobOf(config))
					if !begun {
						begun, first = true, report
					}
					if report.Fuel != first.Fuel || string(report.Output) != string(first.Output) || report.Memory != first.Memory {
						t.Fatalf("%s, call %d: fuel %d, %s; the first used %d, %s (%v)", way, n, report.Fuel, report.Output, first.Fuel, first.Output, err)
					}
				}
			}
		})
	}
}

// A guest that cannot be put back starts from the same state all the same.
func TestTraits(t *testing.T) {
	runtime := newRuntime(t)
	for module, want := range map[string]plugin.Traits{
		"probe.wasm": plugin.Pooled, "replay.wasm": plugin.Replayed, "command.wasm": plugin.Fresh,
	} {
		if p := open(t, runtime, declare(module, `{"probe":5,"status":0}`)); p.Info().Traits != want || p.Info().Image == 0 || p.Info().Rewritten == 0 {
			t.Errorf("%s: %+v", module, p.Info())
		}
	}
	replayed := open(t, runtime, declare("replay.wasm", ""))
	for range 3 {
		report, err := replayed.Run(context.Background(), jobOf(`{}`))
		if err != nil || string(report.Output) != `{"set":{"roles":["3"]}}` { // initialised, warmed up, called
			t.Errorf("got %s, %v", report.Output, err)
		}
	}
	// Its warm-up grows a table, so calls start from the state before it.
	tables := open(t, runtime, declare("probe.wasm", `{"probe":7}`))
	if tables.Info().Traits != plugin.FreshOnImage {
		t.Errorf("it is %s", tables.Info().Traits)
	}
	for range 3 {
		if _, err := tables.Run(context.Background(), jobOf(`{"probe":7}`)); err != nil {
			t.Error(err)
		}
	}
	if pool := tables.Stats().Pool; pool.Dropped != 3 {
		t.Errorf("the pool is %+v: a touched instance was used again", pool)
	}
}

// A warm-up that trapped leaves no trace: calls start from the state before it.
func TestWarmUpThatTrapsIsNoPartOfTheImage(t *testing.T) {
	p := open(t, newRuntime(t), declare(hostile(t, "memory-grow"), ""))
	if p.Info().WarmUp == nil || p.Info().Image != 1<<16 {
		t.Errorf("the image has %d bytes after %v", p.Info().Image, p.Info().WarmUp)
	}
}

// named gives the functions of a module names.
func named(t *testing.T, module []byte, names ...string) []byte {
	t.Helper()
	list := []byte{byte(len(names))}
	for i, name := range names {
		list = append(append(append(list, byte(i)), leb(len(name))...), name...)
	}
	payload := append(append([]byte{1}, leb(len(list))...), list...)
	module, err := wasmbin.WithCustom(module, "name", payload)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// Where a guest trapped is told by its functions' names, cleaned; the error
// holds none of them.
func TestTrapsTellWhere(t *testing.T) {
	runtime := newRuntime(t)
	tests := []struct {
		name   string
		module []byte
		want   []string
		fails  string
	}{
		{"no names", fixture(t, "trapmap.wasm"), []string{"$0"}, "trap"},
		{"named", named(t, fixture(t, "trapmap.wasm"), "app.Map[go.shape.int](...)"), []string{"app.Map[go.shape.int](...)"}, "trap"},
		{"unclean", named(t, fixture(t, "trapmap.wasm"), "a\x1b[31m\nb"), []string{"a\ufffd[31m\ufffdb"}, "trap"},
		{"in an import", named(t, fixture(t, "twice.wasm"), "write", "mapper"), []string{"doorward.output_write", "mapper"}, "abi"},
		{"fuel", named(t, fixture(t, "loop.wasm"), "spin"), []string{"spin"}, "fuel"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := declare(write(t, test.module), "")
			config.Limits.Fuel, config.Limits.FuelPerByte = 10_000, 1
			report, err := open(t, runtime, config).Run(context.Background(), jobOf(`{}`))
			if plugin.FailureKind(err) != test.fails || !reflect.DeepEqual(report.Stack, test.want) {
				t.Errorf("got %q, %v", report.Stack, err)
			}
			if strings.Contains(err.Error(), "app.Map") || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("%q holds text of the guest's", err)
			}
		})
	}
	t.Run("depth", func(t *testing.T) {
		report, err := open(t, runtime, declare(hostile(t, "recurse"), "")).Run(context.Background(), jobOf(`{}`))
		if plugin.FailureKind(err) != "depth" || len(report.Stack) == 0 || len(report.Stack) > 32 {
			t.Errorf("got %q, %v", report.Stack, err)
		}
	})
}

func TestRunReportsWhatWasUsed(t *testing.T) {
	runtime := newRuntime(t)
	p := open(t, runtime, declare("command.wasm", `{"status":3}`))
	report, err := p.Run(context.Background(), jobOf(`{"status":3}`))
	var guest *plugin.GuestError
	if !errors.As(err, &guest) || report.Reason != "last line" || len(report.Lines) != 2 || report.Lines[0].Text != "first line" || report.Output != nil {
		t.Errorf("got %+v, %v", report, err)
	}
	if report.Fuel <= 0 || report.Memory != p.Info().Image || report.Took <= 0 {
		t.Errorf("it used %d fuel, %d bytes, %s", report.Fuel, report.Memory, report.Took)
	}
	if _, err := p.Run(context.Background(), plugin.Job{Input: make([]byte, 1<<20)}); plugin.FailureKind(err) != "input" {
		t.Errorf("got %v, want the input limit", err)
	}
	if _, err := openWriting(t, runtime, `{"set":7}`).Run(context.Background(), jobOf(`{}`)); plugin.FailureKind(err) != "result" {
		t.Errorf("got %v, want the result refused", err)
	}
	s := p.Stats()
	if s.Calls != 2 || s.Failures["guest"] != 1 || s.Failures["input"] != 1 || s.FuelMax != report.Fuel || s.TookMax != report.Took || s.Pool.Made != 1 || s.Pool.Busy != 0 {
		t.Errorf("the counters are %+v", s)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(context.Background(), jobOf(`{}`)); plugin.FailureKind(err) != "closed" {
		t.Errorf("got %v, want closed", err)
	}
}

func TestFailureKinds(t *testing.T) {
	for kind, err := range map[string]error{
		"":          nil,
		"timeout":   &plugin.LimitError{Limit: "timeout"},
		"memory":    &plugin.LimitError{Limit: "memory", Err: &plugin.TrapError{}},
		"trap":      &plugin.TrapError{},
		"guest":     &plugin.GuestError{},
		"abi":       &plugin.ABIError{},
		"grant":     &plugin.GrantError{},
		"result":    &abi.ResultError{},
		"closed":    plugin.ErrClosed,
		"cancelled": context.Canceled,
		"other":     errors.New("x"),
	} {
		if got := plugin.FailureKind(err); got != kind {
			t.Errorf("%v is %q, want %q", err, got, kind)
		}
	}
}

// A guest that is busy lets Go's collector run: a collection that begins and
// ends while the guest is in its loop could not, were it not asked for its
// next slice of fuel.
func TestCollectorRunsBesideABusyGuest(t *testing.T) {
	config := declare("loop.wasm", "")
	config.Limits = plugin.Limits{Fuel: 1e12, Timeout: time.Second}
	p := open(t, newRuntime(t, plugin.Grace(time.Millisecond)), config)
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run(context.Background(), jobOf(`{}`))
		ended <- err
	}()
	for p.Stats().Pool.Busy == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 3 {
		runtime.GC()
	}
	select {
	case err := <-ended:
		t.Errorf("the guest ended before three collections did: %v", err)
	default:
	}
	if err := <-ended; plugin.FailureKind(err) != "timeout" {
		t.Errorf("got %v", err)
	}
}
