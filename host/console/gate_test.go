package console

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/record"
)

// One evaluation of a session runs at a time and a few in all; who waits too
// long is told, and a place that is given back is taken.
func TestGate_OneOfASessionAndAFewInAll(t *testing.T) {
	g := newGate()
	g.wait = 20 * time.Millisecond
	enter := func(session string) func() {
		t.Helper()
		leave, err := g.enter(t.Context(), session)
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	first := enter("a")
	if _, err := g.enter(t.Context(), "a"); !errors.Is(err, errOwnBusy) {
		t.Errorf("a second one of the same session: %v", err)
	}
	second := enter("b")
	if _, err := g.enter(t.Context(), "c"); !errors.Is(err, errBusy) {
		t.Errorf("one too many: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.enter(gone, "d"); !errors.Is(err, context.Canceled) {
		t.Errorf("one that left: %v", err)
	}
	first()
	third := enter("c")
	second()
	again := enter("a")
	third()
	again()
	if len(g.mine) != 0 || len(g.places) != 0 {
		t.Errorf("left behind: %d sessions, %d places", len(g.mine), len(g.places))
	}
}

func TestGate_WhoWaitsGetsThePlace(t *testing.T) {
	g := newGate()
	g.wait = 10 * time.Second
	var group sync.WaitGroup
	var mu sync.Mutex
	most, now := 0, 0
	for i := range 40 {
		group.Go(func() {
			leave, err := g.enter(t.Context(), string(rune('a'+i%5)))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(time.Millisecond)
			mu.Lock()
			now--
			mu.Unlock()
			leave()
		})
	}
	group.Wait()
	if most > gatePlaces {
		t.Errorf("%d at once", most)
	}
}

// A replay goes on while its page looks, and ends when nobody looks any more.
func TestReplays_EndWhenTheirBrowserHasLeft(t *testing.T) {
	s := newReplays()
	s.left = 200 * time.Millisecond
	until := func(ctx context.Context) (record.Report, error) {
		<-ctx.Done()
		return record.Report{}, ctx.Err()
	}
	r := s.begin(&run{console: "a"}, until)
	for range 5 { // each look is shorter than it takes to have left
		if r.await(100 * time.Millisecond) {
			t.Fatal("it ended while somebody looked")
		}
	}
	select {
	case <-r.done:
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on though nobody looks")
	}
	if !errors.Is(r.err, context.Canceled) {
		t.Errorf("%v", r.err)
	}
	broken := s.begin(&run{console: "a"}, func(context.Context) (record.Report, error) { panic("broken") })
	if !broken.await(10*time.Second) || broken.err == nil {
		t.Error("a panic is no error")
	}
}

func TestReplays_AreKeptForTheSessionThatBeganThemAndBounded(t *testing.T) {
	s := newReplays()
	done := func(context.Context) (record.Report, error) { return record.Report{Logins: 7}, nil }
	first := s.begin(&run{console: "a"}, done)
	if !first.await(10 * time.Second) {
		t.Fatal("it does not end")
	}
	if s.get(first.id, "a") != first || s.get(first.id, "b") != nil || s.get("x", "a") != nil {
		t.Error("a run is seen by another session, or not by its own")
	}
	for range 3 * maxReplays {
		s.begin(&run{console: "a"}, done).await(10 * time.Second)
	}
	if len(s.kept) > maxReplays || s.get(first.id, "a") != nil {
		t.Errorf("%d are kept", len(s.kept))
	}
}
