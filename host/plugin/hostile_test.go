package plugin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
)

// A guest that will not stop is stopped at its deadline, and a neighbour that
// shares the runtime goes on meanwhile.
func TestT42_EndlessGuests(t *testing.T) {
	runtime := newRuntime(t, plugin.Grace(200*time.Millisecond))
	neighbour := openWriting(t, runtime, `{"set":{"roles":["a"]}}`)
	for _, module := range []string{"loop.wasm", "hostloop.wasm", "iovecs.wasm"} {
		t.Run(module, func(t *testing.T) {
			config := declare(module, "")
			config.Limits = plugin.Limits{Timeout: 100 * time.Millisecond, Fuel: 1e15}
			p := open(t, runtime, config)
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() {
					began := time.Now()
					_, err := p.Map(context.Background(), signIn(t))
					limit := mustFail[*plugin.LimitError](t, err)
					if limit.Limit != "timeout" || limit.Key != "plugins.p.limits.timeout" || limit.Max != int64(100*time.Millisecond) || limit.Used < limit.Max {
						t.Errorf("got %+v", limit)
					}
					if !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("%v is no context.DeadlineExceeded", err)
					}
					if took := time.Since(began); took > 10*time.Second {
						t.Errorf("it took %s", took)
					}
				})
			}
			for range 5 {
				if result, err := neighbour.Map(context.Background(), signIn(t)); err != nil || len(result.Set) != 1 {
					t.Errorf("the neighbour got %v, %v", result, err)
				}
			}
			group.Wait()
		})
	}
}

func TestT42_CancelledLogin(t *testing.T) {
	config := declare("loop.wasm", "")
	config.Limits = plugin.Limits{Timeout: 500 * time.Millisecond, Fuel: 1e15}
	p := open(t, newRuntime(t, plugin.Grace(time.Millisecond)), config)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := p.Map(ctx, signIn(t))
	var limit *plugin.LimitError
	if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &limit) {
		t.Errorf("got %v, want the caller's own deadline, not the plugin's limit", err)
	}
}

func TestT42_LimitsSayWhichHowMuchAndWhichKey(t *testing.T) {
	runtime := newRuntime(t)
	tests := []struct {
		module string
		limits plugin.Limits
		limit  string
		used   int64 // at least
		max    int64
	}{
		{"grow.wasm", plugin.Limits{Memory: 4 << 20}, "memory", 4<<20 + 1, 4 << 20},
		{"bigoutput.wasm", plugin.Limits{Memory: 128 << 20}, "output", 100_000_000, 64 << 10},
		{"commandflood.wasm", plugin.Limits{Output: 100_000}, "output", 100_001, 100_000},
		{"fail.wasm", plugin.Limits{Input: 1024}, "input", 1025, 1024},
		{"recurse.wasm", plugin.Limits{}, "depth", 10_001, 10_000},
		{"loop.wasm", plugin.Limits{Fuel: 50_000, FuelPerByte: 7}, "fuel", 1, 0},
		{"hostloop.wasm", plugin.Limits{Fuel: 50_000, FuelPerByte: 7}, "fuel", 1, 0},
		{"iovecs.wasm", plugin.Limits{Fuel: 50_000, FuelPerByte: 7}, "fuel", 1, 0},
	}
	for _, test := range tests {
		t.Run(test.module, func(t *testing.T) {
			config := declare(test.module, "")
			test.limits.Timeout = 20 * time.Second
			config.Limits = test.limits
			p := open(t, runtime, config)
			in := signIn(t)
			in.User.FirstName = strings.Repeat("x", 1000)
			_, step, err := traced(t, p, in)
			limit := mustFail[*plugin.LimitError](t, err)
			if test.limit == "fuel" {
				test.max = 50_000 + 7*int64(step.In["bytes"].(int))
				test.used = test.max + 1
			}
			if limit.Limit != test.limit || limit.Used < test.used || limit.Max != test.max {
				t.Errorf("got %+v", limit)
			}
			if limit.Limit != "depth" && !strings.Contains(err.Error(), "plugins.p.limits."+test.limit+" raises it") {
				t.Errorf("%q does not name the key", err)
			}
		})
	}
}

func TestT42_Traps(t *testing.T) {
	runtime := newRuntime(t)
	for module, want := range map[string]string{"trapmap.wasm": "unreachable", "twice.wasm": "output_write was called a second time", "exit.wasm": "exited with status 0"} {
		t.Run(module, func(t *testing.T) {
			p := open(t, runtime, declare(module, ""))
			for range 3 { // a trapped guest does not spoil the next call
				_, err := p.Map(context.Background(), signIn(t))
				if mustFail[error](t, err); !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

func TestT42_PointersOutsideMemory(t *testing.T) {
	runtime := newRuntime(t)
	wants := []string{
		"output_write was given a range outside", "output_write was given a range outside", "output_write was given a range outside",
		"get was given a range outside", "get was given a range outside", "log was given a range outside",
		"fail was given a range outside", "input_read was given a range outside", "log was given a level", "get was given a range outside",
	}
	for i, want := range wants {
		p := open(t, runtime, declare("pointers.wasm", caseOf(i)))
		_, err := p.Map(context.Background(), signIn(t))
		if broken := mustFail[*plugin.ABIError](t, err); !strings.Contains(broken.Error(), want) {
			t.Errorf("case %d: got %v, want %q", i, broken, want)
		}
	}
}

func TestT42_TableBomb(t *testing.T) {
	p := open(t, newRuntime(t), declare("probe.wasm", `{"probe":7}`))
	if got := probe(t, p, signIn(t)); string(got) != "\xff\xff\xff\xff" {
		t.Errorf("table.grow by a million entries gave %x, want -1", got)
	}
}

// Calls that fail in every way leave the next one as it was.
func TestT42_FailuresDoNotReachOtherCalls(t *testing.T) {
	runtime := newRuntime(t)
	var bad []*plugin.Plugin
	for _, module := range []string{"trapmap.wasm", "grow.wasm", "twice.wasm", "exit.wasm", "fail.wasm"} {
		bad = append(bad, open(t, runtime, declare(module, "")))
	}
	good := open(t, runtime, declare("probe.wasm", `{"probe":5}`))
	var group sync.WaitGroup
	for _, p := range bad {
		group.Go(func() {
			for range 6 {
				if _, err := p.Map(context.Background(), signIn(t)); login.CodeOf(err) != login.CodePluginFailed {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	for range 50 {
		if got := probe(t, good, signIn(t)); string(got) != secondCall {
			t.Errorf("the counters are %x, want 2 and 2", got)
		}
	}
	group.Wait()
}

func TestConcurrentCallsAreLimited(t *testing.T) {
	config := declare("loop.wasm", "")
	config.Limits = plugin.Limits{Timeout: 300 * time.Millisecond, Concurrent: 1, Fuel: 1e15}
	p := open(t, newRuntime(t, plugin.Grace(time.Millisecond)), config)
	errs := make(chan error, 3)
	for range 3 {
		go func() {
			_, err := p.Map(context.Background(), signIn(t))
			errs <- err
		}()
	}
	counts := map[string]int{}
	for range 3 {
		limit := mustFail[*plugin.LimitError](t, <-errs)
		counts[limit.Limit]++
		if limit.Limit == "concurrent" && (limit.Max != 1 || limit.Key != "plugins.p.limits.concurrent") {
			t.Errorf("got %+v", limit)
		}
	}
	if counts["timeout"] == 0 || counts["concurrent"] == 0 {
		t.Errorf("got %v, want one that ran out of time and one that found no place", counts)
	}
}
