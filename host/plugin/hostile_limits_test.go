package plugin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// The error of a limit says how much was used or asked for, how much there may
// be, and which key raises it. A growth that is refused is blamed on the memory,
// whatever the guest makes of it and however little fuel it has.
func TestT42_HostileLimitsSayWhichHowMuchAndWhichKey(t *testing.T) {
	runtime := newRuntime(t)
	for name, test := range map[string]struct {
		limits    plugin.Limits
		limit     string
		used, max int64
	}{
		"memory-grow":         {plugin.Limits{Memory: 4 << 20}, "memory", 65 << 16, 4 << 20},
		"memory-grow-at-once": {plugin.Limits{Fuel: 10_000}, "memory", 1 << 32, 32 << 20},
		"memory-grow-exit":    {plugin.Limits{Fuel: 10_000}, "memory", 513 << 16, 32 << 20},
		"memory-grow-trap":    {plugin.Limits{Fuel: 600_000}, "memory", 64 << 20, 32 << 20},
		"output-big":          {plugin.Limits{Memory: 128 << 20}, "output", 100_000_000, 64 << 10},
		"output-flood":        {plugin.Limits{Output: 105_000}, "output", 110_000, 105_000},
		"fail":                {plugin.Limits{Input: 1024}, "input", 0, 1024},
		"recurse":             {plugin.Limits{}, "depth", 10_001, 10_000},
		"loop":                {plugin.Limits{Fuel: 50_000, FuelPerByte: 7}, "fuel", 0, 50_000},
		"loop-host":           {plugin.Limits{Fuel: 50_000, FuelPerByte: 7}, "fuel", 0, 50_000},
		"loop-iovecs":         {plugin.Limits{Fuel: 50_000, FuelPerByte: 7}, "fuel", 0, 50_000},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, runtime, hostileConfig(hostile(t, name), test.limits))
			in := signIn(t)
			in.User.FirstName = strings.Repeat("x", 1000)
			_, step, err := traced(t, p, in)
			limit := mustFail[*plugin.LimitError](t, err)
			bytes := int64(step.In["bytes"].(int))
			switch test.limit {
			case "input":
				test.used = bytes
			case "fuel": // what it was about to do when it was stopped is not known here
				test.max += 7 * bytes
				test.used = max(limit.Used, test.max+1)
			}
			if limit.Limit != test.limit || limit.Used != test.used || limit.Max != test.max {
				t.Errorf("got %+v, want %s %d of %d", limit, test.limit, test.used, test.max)
			}
			if says := strings.Contains(err.Error(), "plugins.p.limits."+test.limit+" raises it"); says == (test.limit == "depth") {
				t.Errorf("the message is %q", err)
			}
		})
	}
}

// A login that is given up ends by its own deadline, not by the plugin's limit.
func TestT42_HostileCancelledLogin(t *testing.T) {
	config := hostileConfig(hostile(t, "loop"), plugin.Limits{Timeout: 500 * time.Millisecond, Fuel: 1e12})
	p := open(t, newRuntime(t, plugin.Grace(time.Millisecond)), config)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := p.Map(ctx, signIn(t))
	var limit *plugin.LimitError
	if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &limit) {
		t.Errorf("got %v, want the caller's own deadline", err)
	}
}

// One call of an endless guest takes the one place; the others wait within
// their time and say which key makes more.
func TestT42_HostileCallsAtOnceAreLimited(t *testing.T) {
	config := hostileConfig(hostile(t, "loop"), plugin.Limits{Timeout: 300 * time.Millisecond, Fuel: 1e12})
	config.Limits.Concurrent = 1
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
