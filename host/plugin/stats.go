// What a plugin did since it was opened.

package plugin

import (
	"maps"
	"sync"
	"time"
)

// Stats is what a plugin did since it was opened: for metrics, readiness and
// the console. A reload starts anew.
type Stats struct {
	Calls    uint64            // that ended, the failed ones included
	Failures map[string]uint64 // of them, by FailureKind
	Denied   uint64            // decisions to refuse a login; no failures

	Took      time.Duration // of all calls, without the wait for a place
	TookMax   time.Duration // of the longest
	Fuel      uint64        // of all calls
	FuelMax   int64
	Memory    int64 // bytes of linear memory of the last call
	MemoryMax int64

	Pool Pool
}

// counters keeps Stats. The zero value is ready.
type counters struct {
	mu    sync.Mutex
	stats Stats
}

// record counts a call that ended.
func (k *counters) record(r Report, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := &k.stats
	s.Calls++
	if kind := FailureKind(err); kind != "" {
		if s.Failures == nil {
			s.Failures = map[string]uint64{}
		}
		s.Failures[kind]++
	}
	s.Took, s.TookMax = s.Took+r.Took, max(s.TookMax, r.Took)
	s.Fuel, s.FuelMax = s.Fuel+uint64(r.Fuel), max(s.FuelMax, r.Fuel)
	s.Memory, s.MemoryMax = r.Memory, max(s.MemoryMax, r.Memory)
}

func (k *counters) denied() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stats.Denied++
}

// Stats is a copy of the counters. It is safe for concurrent use.
func (p *Plugin) Stats() Stats {
	p.counters.mu.Lock()
	defer p.counters.mu.Unlock()
	s := p.counters.stats
	s.Failures = maps.Clone(s.Failures)
	s.Pool = p.engine.pool.stats()
	return s
}
