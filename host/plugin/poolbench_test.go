package plugin

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"
)

// BenchmarkPool has 64 people log in at once through one plugin, 8 times each,
// in turn with a pool of 2 instances and one of 64: the median of the rounds'
// calls a second, and of their ratio; what half of all calls and 99 of a hundred
// took at most, the wait for a place and for a processor included; and what the
// process had of its own memory at its most, beyond that before the first round.
func BenchmarkPool(b *testing.B) {
	for _, guest := range benchGuests(b) {
		if guest.name == "wat" {
			continue
		}
		b.Run(guest.name, func(b *testing.B) {
			pools := []*underLoad{newUnderLoad(b, guest, 2), newUnderLoad(b, guest, 64)}
			debug.FreeOSMemory()
			before, most := PrivateBytes(b), int64(0)
			var ratios []float64
			for b.Loop() {
				for _, pool := range pools {
					pool.round(b)
					most = max(most, PrivateBytes(b)-before)
				}
				ratios = append(ratios, pools[1].last()/pools[0].last())
			}
			for _, pool := range pools {
				pool.report(b)
			}
			b.ReportMetric(median(ratios), "64/2")
			b.ReportMetric(float64(most)/(1<<20), "peak-MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// underLoad is a plugin with a pool of some size, and what was measured of it.
type underLoad struct {
	size         int
	plugin       *Plugin
	job          Job
	rates, times []float64 // of rounds in calls a second, of calls in microseconds
}

func newUnderLoad(b *testing.B, guest benchGuest, size int) *underLoad {
	p := openIn(b, "", guest.module, guest.config, func(c *Config) { c.Limits.Concurrent = size })
	p.engine.pool.close()
	return &underLoad{size: size, plugin: p, job: Job{Input: benchInput(b, guest.config), LoginID: "00112233aabbccdd", Received: imageTime}}
}

func (u *underLoad) round(b *testing.B) {
	began := time.Now()
	times := atOnce(b, u.plugin, u.job)
	u.rates = append(u.rates, float64(len(times))/time.Since(began).Seconds())
	u.times = append(u.times, times...)
}

func (u *underLoad) last() float64 { return u.rates[len(u.rates)-1] }

func (u *underLoad) report(b *testing.B) {
	slices.Sort(u.times)
	pool := u.plugin.Stats().Pool
	for unit, value := range map[string]float64{
		"calls/s": median(u.rates), "p50-µs": u.times[len(u.times)/2], "p99-µs": u.times[len(u.times)*99/100],
		"instances": float64(pool.Idle), "dropped": float64(pool.Dropped),
	} {
		b.ReportMetric(value, fmt.Sprintf("%s@%d", unit, u.size))
	}
}

// atOnce has 64 people log in eight times, and returns the calls' times in
// microseconds.
func atOnce(b *testing.B, p *Plugin, job Job) []float64 {
	const people, logins = 64, 8
	times := make([]float64, people*logins)
	var group sync.WaitGroup
	for person := range slices.Chunk(times, logins) {
		group.Go(func() {
			for n := range person {
				runtime.Gosched() // as a login waits for its network
				began := time.Now()
				if _, err := p.Run(context.Background(), job); err != nil {
					b.Error(err)
				}
				person[n] = float64(time.Since(began).Nanoseconds()) / 1000
			}
		})
	}
	group.Wait()
	return times
}
