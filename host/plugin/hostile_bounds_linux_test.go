package plugin_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// What guests take of the host's memory, whether they fail or not, is there
// again when sixteen logins at once are over: no linear memory, no stack, no
// table, no reference stays behind. limits.memory bounds a linear memory; what
// a guest makes the host allocate beside it stays below that too.
func TestT42_HostileMemoryReturns(t *testing.T) {
	r := newRuntime(t)
	for name, call := range map[string]hostileCall{
		"memory-grow":          {limits: plugin.Limits{Fuel: 100_000_000}, kind: "memory", wants: memorySays},
		"contained-memory":     {limits: plugin.Limits{Fuel: 100_000_000}},
		"contained-deep":       {limits: plugin.Limits{Fuel: 100_000_000}},
		"contained-table-grow": {limits: plugin.Limits{Fuel: 100_000_000}},
		"recurse":              {limits: plugin.Limits{Fuel: 100_000_000}, kind: "depth", wants: depthSays},
		"loop-references":      {limits: plugin.Limits{Fuel: 100_000_000}, kind: "fuel", wants: fuelSays},
		"loop-log":             {limits: plugin.Limits{Fuel: 100_000_000}, kind: "fuel", wants: fuelSays},
		"loop-get":             {limits: plugin.Limits{Fuel: 100_000_000}, kind: "fuel", wants: fuelSays},
		"output-big":           {limits: plugin.Limits{Memory: 128 << 20}, kind: "output", wants: outputSays},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, r, hostileConfig(hostile(t, name), call.limits))
			a := attack{name, p, call}
			login := func() {
				_, err := p.Map(context.Background(), signIn(t))
				a.holds(t, err)
			}
			login()
			var at, after runtime.MemStats
			runtime.ReadMemStats(&at)
			login()
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - at.TotalAlloc; used > 32<<20 {
				t.Errorf("one call made the host allocate %d MB", used>>20)
			}
			before := memoryNow(t)
			for range 3 {
				var group sync.WaitGroup
				for range 16 {
					group.Go(login)
				}
				group.Wait()
			}
			before.isBack(t, 40<<20) // sixteen instances may wait now, with 2 MB of stack each
		})
	}
}
