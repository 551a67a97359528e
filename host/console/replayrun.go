// Runs of replays: one is under way at a time, and ends when its browser has
// left. Reports are kept for the session that began each, in memory.

package console

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/doorward/doorward/host/record"
)

const (
	replayWait = 5 * time.Second  // that a page waits for the end
	replayLeft = 10 * time.Second // without a page that waits
	replayLife = 10 * time.Minute // of a report, in memory
	maxReplays = 8
)

// replays are the runs that are kept, for the session that began each alone. It
// is safe for concurrent use.
type replays struct {
	wait, left time.Duration

	mu   sync.Mutex
	kept []*run // the oldest first
}

func newReplays() *replays { return &replays{wait: replayWait, left: replayLeft} }

// run is one replay, under way or over.
type run struct {
	id, console string
	what, since string
	began       time.Time
	cancel      context.CancelFunc
	done        chan struct{} // closed when report and err are there

	report record.Report
	err    error

	mu      sync.Mutex
	waiting int // pages that wait for it
	seen    time.Time
}

// begin starts do; it is cancelled when nobody waits for it any more.
func (s *replays) begin(r *run, do func(context.Context) (record.Report, error)) *run {
	ctx, cancel := context.WithCancel(context.Background())
	r.id, r.cancel, r.done, r.began, r.seen = rand.Text(), cancel, make(chan struct{}), time.Now(), time.Now()
	s.mu.Lock()
	s.kept = slices.DeleteFunc(s.kept, func(old *run) bool { return time.Since(old.began) > replayLife && old.over() })
	for i := 0; len(s.kept) >= maxReplays && i < len(s.kept); {
		if !s.kept[i].over() {
			i++
			continue
		}
		s.kept = slices.Delete(s.kept, i, i+1)
	}
	s.kept = append(s.kept, r)
	s.mu.Unlock()
	go func() {
		defer close(r.done)
		defer cancel()
		defer func() {
			if recover() != nil {
				r.err = errors.New("the replay broke off")
			}
		}()
		r.report, r.err = do(ctx)
	}()
	go r.watch(s.left)
	return r
}

// watch cancels a run that nobody waits for.
func (r *run) watch(left time.Duration) {
	tick := time.NewTicker(left / 10)
	defer tick.Stop()
	for {
		select {
		case <-r.done:
			return
		case <-tick.C:
			r.mu.Lock()
			alone := r.waiting == 0 && time.Since(r.seen) > left
			r.mu.Unlock()
			if alone {
				r.cancel()
			}
		}
	}
}

func (r *run) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// await waits for the end, for a while, and reports whether it came.
func (r *run) await(wait time.Duration) bool {
	count := func(n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waiting += n
		r.seen = time.Now()
	}
	count(1)
	defer count(-1)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-r.done:
		return true
	case <-timer.C:
		return false
	}
}

func (s *replays) get(id, console string) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.kept {
		if r.id == id && r.console == console {
			return r
		}
	}
	return nil
}
