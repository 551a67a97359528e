// Flights: those who ask this process to renew one session wait for one answer.

package session

import (
	"sync"

	"github.com/doorward/doorward/host/login"
)

// flight is one renewal under way. record and err are there when done is
// closed.
type flight struct {
	want   login.Want
	done   chan struct{}
	record *Record
	err    error
}

// flights are those of this process, one for a session at most.
type flights struct {
	mu   sync.Mutex
	byID map[string]*flight
}

func newFlights() *flights { return &flights{byID: map[string]*flight{}} }

// join returns the flight of the session called id, a new one that the caller
// leads when there is none.
func (all *flights) join(id string, want login.Want) (f *flight, leads bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if f := all.byID[id]; f != nil {
		return f, false
	}
	f = &flight{want: want, done: make(chan struct{})}
	all.byID[id] = f
	return f, true
}

// land ends the flight with what do returns.
func (all *flights) land(id string, f *flight, do func() (*Record, error)) {
	f.record, f.err = do()
	all.mu.Lock()
	delete(all.byID, id)
	all.mu.Unlock()
	close(f.done)
}

// under reports whether one is under way for the session called id.
func (all *flights) under(id string) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.byID[id] != nil
}
