package plugin_test

import (
	"context"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// marking are the guests that leave marks: how their calls are kept apart,
// whether an instance is used again, and a share of the calls that each makes.
var marking = map[string]struct {
	traits plugin.Traits
	again  bool
	share  int
}{
	"marks":          {plugin.Pooled, true, 1},
	"marks-grown":    {plugin.Pooled, false, 5},
	"marks-tables":   {plugin.Pooled, false, 5},
	"marks-command":  {plugin.Fresh, false, 5},
	"marks-replayed": {plugin.Replayed, false, 100}, // each takes a warm-up
}

// marks is how many calls try to leave a mark.
func marks(t testing.TB) int { return plugin.Soak(t, 10_000) }

// A guest that tries every way of leaving a mark finds none in the next call:
// it traps when it does, and what it is given of randomness, time and fuel is
// the same in each call of one login. Two logins take turns.
func TestT42_HostileMarks(t *testing.T) {
	for _, way := range plugin.Ways() {
		runtime := newRuntime(t, plugin.By(way))
		if runtime.Isolation() != way {
			t.Fatalf("guests are isolated by %s, want %s", runtime.Isolation(), way)
		}
		for name, of := range marking {
			t.Run(way+"/"+name, func(t *testing.T) {
				p := open(t, runtime, hostileConfig(hostile(t, name), plugin.Limits{Fuel: 100_000_000}))
				if info := p.Info(); info.Traits != of.traits || info.WarmUp != nil {
					t.Fatalf("it is %s, want %s; warm-up %v", info.Traits, of.traits, info.WarmUp)
				}
				calls := marks(t) / of.share
				if way != plugin.IsolationScan {
					calls /= 10
				}
				began := time.Now()
				leaveMarks(t, p, calls)
				if pool := p.Stats().Pool; of.again != (pool.Dropped == 0) {
					t.Errorf("the pool is %+v", pool)
				}
				if took := time.Since(began); took > time.Second {
					t.Logf("%d calls: %s", calls, took)
				}
			})
		}
	}
}

// leaveMarks makes calls for two logins and wants each to be as its first.
func leaveMarks(t *testing.T, p *plugin.Plugin, calls int) {
	t.Helper()
	var jobs [2]plugin.Job
	var firsts [2]plugin.Report
	for n := range jobs {
		jobs[n] = plugin.Job{LoginID: fmt.Sprint("login ", n), Received: received.Add(time.Duration(n) * time.Hour), Input: abi.AppendInput(nil, abi.Input{
			Sources: []abi.Member{{Name: "idTokenClaims", Value: abi.Raw(fmt.Sprintf(`{"sub":"%d"}`, n))}},
			Login:   abi.Login{IdP: "corp", Protocol: "oidc"},
		})}
		firsts[n] = outcome(t, p, jobs[n])
	}
	var group sync.WaitGroup
	const at = 8
	for g := range at {
		group.Go(func() {
			for i := range calls / at {
				if t.Failed() {
					return
				}
				n := (i + g) % len(jobs)
				if got := outcome(t, p, jobs[n]); !reflect.DeepEqual(got, firsts[n]) {
					t.Errorf("call %d: %+v, the first %+v", i, got, firsts[n])
				}
			}
		})
	}
	group.Wait()
	if s := p.Stats(); s.Pool.Busy != 0 || s.Pool.Idle > at+2 || len(s.Failures) != 0 {
		t.Errorf("%+v", s)
	}
}

// outcome is what a call gave and used, but for its time.
func outcome(t *testing.T, p *plugin.Plugin, job plugin.Job) plugin.Report {
	report, err := p.Run(context.Background(), job)
	if err != nil {
		t.Error(err)
	}
	report.Took = 0
	return report
}
