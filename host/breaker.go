// The breaker of a plugin: one that fails for everybody is left alone for a
// while, so that it costs a login nothing, and is tried again by one login at a
// time, of people it has not failed for.

package host

import (
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
)

const (
	breakerStreak = 10 // technical failures in a row that open the breaker,
	breakerPeople = 3  // when so many people had them: one person's odd claims must not shut out the others
	breakerPause  = 10 * time.Second
	breakerKnown  = 64 // people it failed for who are remembered, the last ones
)

// breakerState is whether a plugin is asked.
type breakerState int

const (
	breakerClosed   breakerState = iota // every login asks it
	breakerHalfOpen                     // one login at a time tries it
	breakerOpen                         // none does
)

func (s breakerState) String() string {
	return [...]string{"closed", "half-open", "open"}[s]
}

// outcome is what a call says of the plugin.
type outcome int

const (
	saysNothing outcome = iota // the login was given up, or never reached the guest
	wentWell                   // it answered; a deny and a failure of the guest's own are answers
	wentWrong                  // it trapped, hit a limit or broke the boundary
)

// notAskedError is a call that the breaker did not let through.
type notAskedError struct{ until time.Time }

func (e *notAskedError) Error() string {
	return fmt.Sprintf("it was not asked, because %d calls in a row failed; it is tried again after %s", breakerStreak, e.until.UTC().Format(time.TimeOnly))
}

// breaker is safe for concurrent use. Its zero value, with now, is closed.
type breaker struct {
	now func() time.Time

	mu      sync.Mutex
	state   breakerState
	round   uint64    // one more at each change: a call of an earlier round says nothing
	streak  int       // technical failures in a row
	people  []uint64  // who had them, as digests; breakerKnown at most
	until   time.Time // when an open one is tried again
	probing bool      // in half-open: a login of somebody new tries it now
	anyone  time.Time // in half-open: when one of people may try it, too
}

// people are told apart by digests that mean nothing outside this process.
var peopleSeed = maphash.MakeSeed()

// pass is one call on its way through a breaker.
type pass struct {
	round  uint64
	person uint64
	known  bool // it failed for this person, and they try it all the same
}

// enter lets a call through, or says why not.
func (b *breaker) enter(who login.Person) (pass, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == breakerOpen && !b.now().Before(b.until) {
		b.change(breakerHalfOpen)
	}
	p := pass{round: b.round, person: maphash.Comparable(peopleSeed, who)}
	switch {
	case b.state == breakerOpen:
		return pass{}, &notAskedError{b.until}
	case b.state == breakerHalfOpen:
		return b.probe(p)
	}
	return p, nil
}

// probe lets a call try the plugin. People it failed for wait one more pause,
// and then try it once in each, beside the others: whoever comes first after
// the pause could be one whose claims crash it, and who polls. But where nobody
// else signs in, they find out that it works again. The lock is held.
func (b *breaker) probe(p pass) (pass, error) {
	switch p.known = slices.Contains(b.people, p.person); {
	case p.known && b.now().Before(b.anyone):
		return pass{}, &notAskedError{b.anyone}
	case p.known:
		b.anyone = b.now().Add(breakerPause)
	case b.probing:
		return pass{}, &notAskedError{b.until}
	default:
		b.probing = true
	}
	return p, nil
}

// leave counts how a call went, and returns the states before and after.
func (b *breaker) leave(p pass, how outcome) (before, after breakerState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before = b.state
	if p.round != b.round {
		return before, before
	}
	if !p.known {
		b.probing = false
	}
	switch {
	case how == wentWell && b.state == breakerHalfOpen:
		b.change(breakerClosed)
	case how == wentWell:
		b.streak, b.people = 0, nil
	case how == wentWrong:
		b.failed(p)
	}
	return before, b.state
}

// failed counts one more failure in a row. In half-open, one of somebody it
// failed for before is no news, and keeps nobody out. The lock is held.
func (b *breaker) failed(p pass) {
	b.streak++
	b.remember(p.person)
	if b.state == breakerHalfOpen && !p.known || b.state == breakerClosed && b.streak >= breakerStreak && len(b.people) >= breakerPeople {
		b.until = b.now().Add(breakerPause)
		b.anyone = b.until.Add(breakerPause)
		b.change(breakerOpen)
	}
}

func (b *breaker) remember(person uint64) {
	if slices.Contains(b.people, person) {
		return
	}
	if len(b.people) == breakerKnown {
		b.people = slices.Delete(b.people, 0, 1)
	}
	b.people = append(b.people, person)
}

// change is a change of state. The lock is held.
func (b *breaker) change(to breakerState) {
	b.state, b.probing = to, false
	b.round++
	if to == breakerClosed {
		b.streak, b.people = 0, nil
	}
}

// reset closes the breaker: another module runs now.
func (b *breaker) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.change(breakerClosed)
}

// breakerLook is a breaker at one moment.
type breakerLook struct {
	state  breakerState
	streak int       // technical failures in a row
	until  time.Time // meant when it is open
}

func (b *breaker) look() breakerLook {
	b.mu.Lock()
	defer b.mu.Unlock()
	state := b.state
	if state == breakerOpen && !b.now().Before(b.until) {
		state = breakerHalfOpen // the next login of somebody new tries it
	}
	return breakerLook{state, b.streak, b.until}
}
