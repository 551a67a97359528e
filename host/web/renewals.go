// Refreshes that did not work: how long a provider is left in peace, and which
// sessions wait for it.

package web

import (
	"sync"
	"time"

	"github.com/doorward/doorward/host/session"
)

const (
	firstPause = 5 * time.Second
	lastPause  = time.Minute
	maxPauses  = 65536 // sessions; one beyond takes the place of some other
	maxBehind  = 256   // refreshes behind requests at the same time
)

// renewals is safe for concurrent use.
type renewals struct {
	behind chan struct{}
	mu     sync.Mutex
	pauses map[string]pause // by session
}

// pause is what is known of a session whose last refresh did not work.
type pause struct {
	login  string // the sign-in: another one has other tokens
	err    error  // of the last try
	length time.Duration
	until  time.Time
}

func newRenewals() *renewals {
	return &renewals{behind: make(chan struct{}, maxBehind), pauses: map[string]pause{}}
}

// enter makes a place for a refresh behind a request; false when there is none.
func (all *renewals) enter() bool {
	select {
	case all.behind <- struct{}{}:
		return true
	default:
		return false
	}
}

func (all *renewals) exit() { <-all.behind }

func (all *renewals) of(r *session.Record) (pause, bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	p, ok := all.pauses[r.ID]
	return p, ok && p.login == r.Document.ID
}

// failing reports whether the session's last refresh did not work.
func (all *renewals) failing(r *session.Record) bool {
	_, is := all.of(r)
	return is
}

// pausedBy is the error of the last try while the next one is not due.
func (all *renewals) pausedBy(r *session.Record, now time.Time) error {
	if p, is := all.of(r); is && now.Before(p.until) {
		return p.err
	}
	return nil
}

// failed notes a try that did not work, and reports whether the one before did.
// Each pause is twice as long as the one before.
func (all *renewals) failed(r *session.Record, err error, now time.Time) (first bool) {
	last, again := all.of(r)
	length := firstPause
	if again {
		length = min(2*last.length, lastPause)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	if _, known := all.pauses[r.ID]; !known && len(all.pauses) >= maxPauses {
		for other := range all.pauses { // in no order
			delete(all.pauses, other)
			break
		}
	}
	all.pauses[r.ID] = pause{login: r.Document.ID, err: err, length: length, until: now.Add(length)}
	return !again
}

// worked forgets that refreshing the session failed.
func (all *renewals) worked(r *session.Record) {
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.pauses, r.ID)
}
