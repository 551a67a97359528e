// All open event streams: how many there may be, and how they are woken.

package web

import (
	"context"
	"runtime"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorward/doorward/host/login"
)

const (
	maxStreams   = 4096
	maxPerPerson = 64 // in however many sessions
	maxPerOwner  = 8  // of one session on one origin; the oldest gives its place to the newest
)

// streams is safe for concurrent use.
type streams struct {
	base    context.Context
	closing chan struct{}
	looking chan struct{} // as many as look at the same time: decisions share the processors with logins
	limit   int
	stop    func()

	mu   sync.Mutex
	open map[string][]*stream // by owner, the oldest first
	of   map[login.Person]int
	n    int // all that are not closed, those that gave their place away too
}

func newStreams(base context.Context, registry prometheus.Registerer) *streams {
	all := &streams{
		base: base, closing: make(chan struct{}), looking: make(chan struct{}, runtime.GOMAXPROCS(0)),
		limit: maxStreams, open: map[string][]*stream{}, of: map[login.Person]int{},
	}
	all.stop = sync.OnceFunc(func() { close(all.closing) })
	registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Name: "doorward_event_streams", Help: "Open event streams."},
		func() float64 { return float64(all.count()) },
	))
	return all
}

func (all *streams) count() int {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.n
}

// add makes a place for st, or is a *login.Fault (rate_limited). People open
// many tabs: the ninth takes the place of the first, which comes back later,
// rather than being refused; an address that a browser reloads is the first to
// go.
func (all *streams) add(st *stream) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.n >= all.limit {
		return login.NewFault(login.CodeRateLimited, "there are %d event streams already", all.limit)
	}
	if all.of[st.person] >= maxPerPerson {
		return login.NewFault(login.CodeRateLimited, "one person has %d event streams already", maxPerPerson)
	}
	own := all.open[st.owner]
	if len(own) >= maxPerOwner {
		close(own[0].leave)
		own = own[1:]
	}
	all.open[st.owner] = append(own[:len(own):len(own)], st)
	all.n++
	all.of[st.person]++
	return nil
}

// remove is for a stream that was added; a second time does nothing.
func (all *streams) remove(st *stream) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if st.closed {
		return
	}
	st.closed = true
	all.n--
	if all.of[st.person]--; all.of[st.person] == 0 {
		delete(all.of, st.person)
	}
	var left []*stream
	for _, other := range all.open[st.owner] {
		if other != st {
			left = append(left, other)
		}
	}
	if all.open[st.owner] = left; left == nil {
		delete(all.open, st.owner)
	}
}

// wakeAll makes every stream look at its session.
func (all *streams) wakeAll() {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, own := range all.open {
		for _, st := range own {
			select {
			case st.wake <- struct{}{}:
			default: // it is going to look
			}
		}
	}
}

// enter waits for leave to look, and is false when the server closes.
func (all *streams) enter() bool {
	select {
	case all.looking <- struct{}{}:
		return true
	case <-all.closing:
		return false
	}
}

func (all *streams) exit() { <-all.looking }
