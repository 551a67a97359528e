// Telling who watches a session that it has changed.

package session

import "sync"

// Watch returns a channel that receives after the session called id was
// continued or ended by this process: Issue, End, any Revoke. Changes that come
// together are told once; none that comes after Watch returned is lost, so
// watch first and then Peek. A session that ends by its time is not told: Peek
// says so. stop ends the watch and may be called more than once; the channel is
// never closed. Watch is safe for concurrent use and starts no goroutine.
func (s *Sessions) Watch(id string) (changed <-chan struct{}, stop func()) {
	c := make(chan struct{}, 1)
	s.watchers.add(id, c)
	return c, func() { s.watchers.remove(id, c) }
}

// watchers are the channels of each watched session. Each has room for one
// signal: a full one already says all there is to say.
type watchers struct {
	mu   sync.Mutex
	byID map[string]map[chan struct{}]struct{}
}

func newWatchers() *watchers { return &watchers{byID: map[string]map[chan struct{}]struct{}{}} }

func (w *watchers) add(id string, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID[id] == nil {
		w.byID[id] = map[chan struct{}]struct{}{}
	}
	w.byID[id][c] = struct{}{}
}

func (w *watchers) remove(id string, c chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if delete(w.byID[id], c); len(w.byID[id]) == 0 {
		delete(w.byID, id)
	}
}

// tell comes after the change is in the store, so that who is told reads it.
func (w *watchers) tell(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.byID[id] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
