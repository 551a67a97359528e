package host

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
)

// trial drives a breaker with a clock of its own.
type trial struct {
	t   *testing.T
	now time.Time
	b   breaker
}

func newTrial(t *testing.T) *trial {
	tr := &trial{t: t, now: time.Unix(1_700_000_000, 0)}
	tr.b.now = func() time.Time { return tr.now }
	return tr
}

func person(n int) login.Person {
	return login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: fmt.Sprint(n)}
}

// call is one login of the person n; it reports whether it was let through.
func (tr *trial) call(n int, how outcome) bool {
	p, err := tr.b.enter(person(n))
	if err != nil {
		return false
	}
	tr.b.leave(p, how)
	return true
}

func (tr *trial) fail(times int) {
	for i := range times {
		tr.call(i, wentWrong)
	}
}

func (tr *trial) is(want breakerState) {
	tr.t.Helper()
	if got := tr.b.look().state; got != want {
		tr.t.Errorf("the breaker is %s, want %s", got, want)
	}
}

func TestBreaker_OpensAfterFailuresInARowAndIsTriedAgain(t *testing.T) {
	tr := newTrial(t)
	tr.fail(breakerStreak - 1)
	tr.call(0, wentWell)
	tr.fail(breakerStreak - 1)
	tr.is(breakerClosed)
	tr.call(99, saysNothing) // neither ends the row nor lengthens it
	tr.is(breakerClosed)
	tr.call(99, wentWrong)
	tr.is(breakerOpen)
	if tr.call(0, wentWell) {
		t.Error("an open breaker let a call through")
	}
	tr.now = tr.now.Add(breakerPause - time.Nanosecond)
	if tr.call(0, wentWell) {
		t.Error("a call came through before the pause was over")
	}
	tr.now = tr.now.Add(time.Nanosecond)
	tr.is(breakerHalfOpen)
	if !tr.call(100, wentWrong) {
		t.Error("nobody tries it after the pause")
	}
	tr.is(breakerOpen)
	tr.now = tr.now.Add(breakerPause)
	if !tr.call(101, wentWell) {
		t.Error("nobody tries it after the second pause")
	}
	tr.is(breakerClosed)
	tr.fail(breakerStreak - 1) // the row begins anew
	tr.is(breakerClosed)
}

// T42: what one person's claims do to a plugin is no reason to refuse others.
func TestT42_Breaker_OnePersonDoesNotShutOutTheOthers(t *testing.T) {
	tr := newTrial(t)
	for range 10 * breakerStreak {
		for n := range breakerPeople - 1 {
			tr.call(n, wentWrong)
		}
	}
	tr.is(breakerClosed)
	tr.call(breakerPeople, wentWrong)
	tr.is(breakerOpen)
}

// T42: nor is it when they go on. Of the three who opened it, one polls all the
// time; whoever else comes after the pause gets in, and all others after them.
func TestT42_Breaker_OnePersonDoesNotKeepItOpen(t *testing.T) {
	tr := newTrial(t)
	for i := range breakerStreak {
		tr.call(i%breakerPeople, wentWrong)
	}
	tr.is(breakerOpen)
	polled := 0
	for range 300 { // a minute, the attacker first each time
		tr.now = tr.now.Add(breakerPause / 50)
		if tr.call(0, wentWrong) {
			polled++
		}
		if tr.now.Before(tr.b.until) == (tr.b.look().state == breakerHalfOpen) {
			t.Fatalf("%s: the breaker is %s", tr.now.Sub(tr.b.until), tr.b.look().state)
		}
	}
	if polled == 0 || polled > 5 {
		t.Errorf("it was asked %d times in vain, want once in each pause but two", polled)
	}
	slow, err := tr.b.enter(person(50))
	if err != nil {
		t.Fatalf("somebody new: %v", err)
	}
	tr.call(0, wentWrong)
	tr.b.leave(slow, wentWell)
	tr.is(breakerClosed)
	for n := range 100 {
		if tr.call(0, wentWrong); !tr.call(100+n, wentWell) {
			t.Fatalf("honest person %d is kept out", n)
		}
	}
}

// Whoever fails as the first after a pause does so once.
func TestT42_Breaker_EachPersonOpensItAgainOnce(t *testing.T) {
	tr := newTrial(t)
	tr.fail(breakerStreak)
	for n := range 2 * breakerKnown {
		tr.now = tr.now.Add(breakerPause)
		if !tr.call(1000+n, wentWrong) {
			t.Fatalf("person %d is new and does not try it", n)
		}
		tr.is(breakerOpen)
		tr.now = tr.now.Add(breakerPause)
		if tr.call(1000+n, wentWrong) {
			t.Fatalf("person %d tries it again", n)
		}
		tr.is(breakerHalfOpen)
	}
	if n := len(tr.b.people); n != breakerKnown {
		t.Errorf("%d people are remembered, want %d", n, breakerKnown)
	}
}

// Where nobody else signs in, those it failed for find out that it works again.
func TestBreaker_PeopleItFailedForTryItLater(t *testing.T) {
	tr := newTrial(t)
	tr.fail(breakerStreak)
	tr.now = tr.now.Add(2*breakerPause - time.Nanosecond)
	var notAsked *notAskedError
	if _, err := tr.b.enter(person(1)); !errors.As(err, &notAsked) || !notAsked.until.Equal(tr.now.Add(time.Nanosecond)) {
		t.Errorf("got %v", err)
	}
	tr.now = tr.now.Add(time.Nanosecond)
	if !tr.call(1, wentWrong) || tr.call(2, wentWell) {
		t.Error("want one of them in each pause")
	}
	tr.is(breakerHalfOpen)
	tr.now = tr.now.Add(breakerPause)
	if !tr.call(2, wentWell) {
		t.Error("none of them tries it again")
	}
	tr.is(breakerClosed)
}

func TestBreaker_OneLoginAtATimeTriesIt(t *testing.T) {
	tr := newTrial(t)
	tr.fail(breakerStreak)
	tr.now = tr.now.Add(breakerPause)
	probe, err := tr.b.enter(person(101))
	if err != nil {
		t.Fatal(err)
	}
	if tr.call(102, wentWell) {
		t.Error("two logins try it at once")
	}
	tr.b.leave(probe, saysNothing) // it was given up
	tr.is(breakerHalfOpen)
	if !tr.call(102, wentWell) {
		t.Error("nobody tries it after the first gave up")
	}
	tr.is(breakerClosed)
}

// Calls that began before a change of state, or in another module, say nothing
// of the plugin that runs now.
func TestBreaker_LateAnswersSayNothing(t *testing.T) {
	tr := newTrial(t)
	late, _ := tr.b.enter(person(1))
	tr.fail(breakerStreak)
	tr.b.leave(late, wentWell)
	tr.is(breakerOpen)
	tr.b.reset()
	tr.is(breakerClosed)
	tr.fail(breakerStreak - 1)
	tr.b.leave(late, wentWrong)
	tr.is(breakerClosed)
	tr.call(5, wentWrong)
	tr.is(breakerOpen)
}

func TestBreaker_HoldsUnderLoad(t *testing.T) {
	tr := newTrial(t)
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() {
			for i := range 500 {
				tr.call(n, outcome(i%3))
			}
		})
	}
	group.Wait()
	tr.b.reset()
	tr.fail(breakerStreak)
	tr.is(breakerOpen)
}

func TestOutcome_OfEachFailure(t *testing.T) {
	for _, c := range []struct {
		kind plugin.Kind
		err  error
		want outcome
	}{
		{plugin.Reactor, nil, wentWell},
		{plugin.Reactor, &plugin.GuestError{Status: 1}, wentWell},
		{plugin.Reactor, &plugin.GuestError{Status: 2, Exited: true}, wentWrong}, // a panic
		{plugin.Command, &plugin.GuestError{Status: 2, Exited: true}, wentWell},
		{plugin.Reactor, &plugin.TrapError{Cause: "unreachable"}, wentWrong},
		{plugin.Reactor, &plugin.LimitError{Limit: "fuel"}, wentWrong},
		{plugin.Reactor, &plugin.LimitError{Limit: "memory"}, wentWrong},
		{plugin.Reactor, &plugin.LimitError{Limit: "timeout"}, wentWrong},
		{plugin.Reactor, &plugin.LimitError{Limit: "input"}, saysNothing},
		{plugin.Reactor, &plugin.LimitError{Limit: "concurrent"}, saysNothing},
		{plugin.Reactor, &plugin.GrantError{Source: "x"}, wentWrong},
		{plugin.Reactor, &plugin.ABIError{Rule: "x"}, wentWrong},
		{plugin.Reactor, plugin.ErrClosed, saysNothing},
		{plugin.Reactor, errors.New("the result is broken"), wentWrong},
	} {
		if got := outcomeOf(c.kind, login.NewFault(login.CodePluginFailed, "plugin p: %w", wrapped(c.err))); c.err != nil && got != c.want {
			t.Errorf("%s %v: %d, want %d", c.kind, c.err, got, c.want)
		}
	}
	if outcomeOf(plugin.Reactor, nil) != wentWell {
		t.Error("a call that went well did not")
	}
}

// wrapped keeps a nil error from being formatted.
func wrapped(err error) error {
	if err == nil {
		return errors.New("none")
	}
	return err
}
