package console

import (
	"fmt"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

func newKept(t *testing.T) (*results, *hosttest.Clock) {
	t.Helper()
	clock := hosttest.NewClock(time.Unix(1_700_000_000, 0))
	return newResults(clock.Now), clock
}

func (s *results) add(at time.Time, id, console string, size int) {
	s.put(&result{id: id, console: console, provider: "corp", at: at, size: size})
}

func TestResults_AreBoundedForOneSessionAndInAll(t *testing.T) {
	s, clock := newKept(t)
	for i := range 6 {
		s.add(clock.Now(), fmt.Sprint("a", i), "a", 1)
	}
	for i, want := range []bool{false, false, true, true, true, true} {
		if got := s.get(fmt.Sprint("a", i), "a") != nil; got != want {
			t.Errorf("a%d is there: %v", i, got)
		}
	}
	if list := s.of("a", "corp"); len(list) != maxPerSession || list[0].id != "a5" {
		t.Errorf("%d, the first is %s", len(list), list[0].id)
	}
	for i := range maxResults {
		s.add(clock.Now(), "r", fmt.Sprint("other", i), 1)
	}
	if s.get("a5", "a") != nil || s.get("r", "other0") == nil || len(s.kept) != maxResults {
		t.Errorf("%d are kept", len(s.kept))
	}
}

func TestResults_AreBoundedInBytes(t *testing.T) {
	s, clock := newKept(t)
	s.add(clock.Now(), "1", "a", maxKept/2)
	s.add(clock.Now(), "2", "b", maxKept/2)
	s.add(clock.Now(), "3", "c", 1)
	if s.get("1", "a") != nil || s.get("2", "b") == nil || s.get("3", "c") == nil {
		t.Error("the oldest did not make room")
	}
	s.add(clock.Now(), "4", "d", 2*maxKept)
	if s.get("4", "d") == nil || len(s.kept) != 1 {
		t.Errorf("%d are kept beside a large one", len(s.kept))
	}
}

func TestResults_AreForgotten(t *testing.T) {
	s, clock := newKept(t)
	s.add(clock.Now(), "1", "a", 1)
	clock.Advance(resultLife - time.Millisecond)
	if s.get("1", "a") == nil {
		t.Error("it went early")
	}
	if s.get("1", "b") != nil || s.get("1", "") != nil || s.get("", "a") != nil {
		t.Error("another session sees it")
	}
	clock.Advance(time.Millisecond)
	s.sweep()
	if len(s.kept) != 0 || s.get("1", "a") != nil {
		t.Error("it is still kept")
	}
}
