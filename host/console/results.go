// Results: what tests left, in memory, for the session that began each alone.

package console

import (
	"slices"
	"sync"
	"time"
)

const (
	resultLife    = 10 * time.Minute
	maxResults    = 32
	maxPerSession = 4
	maxKept       = 64 << 20 // bytes of all results together
)

// results keeps the newest results. It is safe for concurrent use.
type results struct {
	now func() time.Time

	mu   sync.Mutex
	kept []*result // the oldest first
}

func newResults(now func() time.Time) *results { return &results{now: now} }

// put keeps r, and drops what there is no more room for: the oldest of the
// same session, then the oldest of all.
func (s *results) put(r *result) {
	time.AfterFunc(resultLife+time.Second, s.sweep)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	s.kept = append(s.kept, r)
	own := 0
	for i := len(s.kept) - 1; i >= 0; i-- {
		if s.kept[i].console != r.console {
			continue
		}
		if own++; own > maxPerSession {
			s.kept = slices.Delete(s.kept, i, i+1)
		}
	}
	for len(s.kept) > 1 && (len(s.kept) > maxResults || s.bytes() > maxKept) { // the new one stays, however large
		s.kept = slices.Delete(s.kept, 0, 1)
	}
}

func (s *results) bytes() (n int) {
	for _, r := range s.kept {
		n += r.size
	}
	return n
}

// get returns the result called id when the console session began it, or nil.
func (s *results) get(id, console string) *result {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	for _, r := range s.kept {
		if r.id == id && r.console == console {
			return r
		}
	}
	return nil
}

// of lists the results of a console session for a provider, the newest first.
func (s *results) of(console, provider string) (list []*result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	for _, r := range slices.Backward(s.kept) {
		if r.console == console && r.provider == provider {
			list = append(list, r)
		}
	}
	return list
}

// all lists the results of a console session that have a login file, the newest
// first.
func (s *results) all(console string) (list []*result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
	for _, r := range slices.Backward(s.kept) {
		if r.console == console && r.file != nil {
			list = append(list, r)
		}
	}
	return list
}

func (s *results) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop()
}

// drop removes what has expired. The lock is held.
func (s *results) drop() {
	now := s.now()
	s.kept = slices.DeleteFunc(s.kept, func(r *result) bool { return now.Sub(r.at) >= resultLife })
}
