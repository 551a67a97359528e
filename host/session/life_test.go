package session_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

func TestLifetimes(t *testing.T) {
	for name, c := range map[string]struct {
		uses []time.Duration // since sign-in, each of which finds the session alive
		dead time.Duration   // since sign-in, when it is first found dead
	}{
		"never used":             {nil, idle},
		"used once":              {[]time.Duration{idle / 2}, idle/2 + idle},
		"used before a touch":    {[]time.Duration{idle / 40}, idle/40 + idle},
		"used at the last":       {[]time.Duration{idle - 1e6, 2*idle - 2e6}, 3*idle - 2e6},
		"used now and then":      {[]time.Duration{idle / 3, idle / 2, idle, idle + 1e6}, 2*idle + 1e6},
		"used until the absolut": {[]time.Duration{idle - 1e6, 2*idle - 2e6, 3*idle - 3e6, 4*idle - 4e6, 5*idle - 5e6, 6*idle - 6e6}, absolute},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			s := k.signIn(subject, "")
			at := func(d time.Duration) { k.clock.Advance(d - k.clock.Now().Sub(s.CreatedAt)) }
			for _, use := range c.uses {
				at(use)
				k.opens(s.Handle, "")
			}
			at(c.dead - time.Millisecond)
			if before, err := k.Before(t.Context(), s.Handle); before == nil || err != nil {
				t.Fatalf("it ended too early: %v", err)
			}
			at(c.dead)
			k.opensNone(s.Handle, "")
			if list, err := k.List(t.Context(), session.Filter{}); err != nil || len(list) != 0 {
				t.Errorf("it is still listed: %v, %v", list, err)
			}
		})
	}
}

// TestAUseOutlivesTheProcess restarts the host after each use.
func TestAUseOutlivesTheProcess(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	for range 4 {
		k.clock.Advance(idle - time.Millisecond)
		k.opens(s.Handle, "")
		k.settle()
	}
	k.clock.Advance(idle)
	k.opensNone(s.Handle, "")
}

func TestUsesAreWrittenDownSeldom(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	writes := k.store.writes.Load()
	for range 100 {
		k.clock.Advance(idle / 100)
		k.opens(s.Handle, "")
	}
	k.settle()
	if n := k.store.writes.Load() - writes; n < 2 || n > 21 {
		t.Errorf("100 uses in one idle time made %d writes", n)
	}
}

func TestAShorterSettingCountsAtOnce(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	strict := session.New(session.Config{Store: k.store, Keys: k.keys, Idle: time.Minute, Absolute: 3 * time.Minute, Now: k.clock.Now})
	defer strict.Close()
	k.clock.Advance(time.Minute)
	if _, err := strict.Open(t.Context(), s.Handle, ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("got %v", err)
	}
	k.opens(s.Handle, "")
	k.clock.Advance(2 * time.Minute)
	k.opens(s.Handle, "")
	k.settle()
	if _, err := strict.Open(t.Context(), s.Handle, ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("got %v", err)
	}
}

func TestDefaultLifetimes(t *testing.T) {
	k := newKit(t)
	plain := session.New(session.Config{Store: k.store, Keys: k.keys, Now: k.clock.Now})
	defer plain.Close()
	s, err := plain.Issue(t.Context(), k.request(), k.document(subject, ""), user(), decided)
	if err != nil {
		t.Fatal(err)
	}
	for range 24 {
		if _, err := plain.Open(t.Context(), s.Handle, ""); err != nil {
			t.Fatalf("at %v: %v", k.clock.Now().Sub(s.CreatedAt), err)
		}
		k.clock.Advance(30*time.Minute - time.Millisecond)
	}
	k.clock.Advance(time.Second)
	if _, err := plain.Open(t.Context(), s.Handle, ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("after 12 hours: %v", err)
	}
}

func TestT25_AnEndedSessionIsGoneAndItsHandleDead(t *testing.T) {
	k := newKit(t)
	other := k.signIn("subject-of-ben", "")
	s := k.issue(k.request(), k.document(subject, "sid-1"))
	if _, err := k.Grant(t.Context(), k.opens(s.Handle, ""), "wiki"); err != nil {
		t.Fatal(err)
	}
	ended, err := k.End(t.Context(), s.Handle, "")
	if err != nil || ended.ID != s.ID || ended.Document.Person != s.Document.Person {
		t.Fatalf("End: %v, %v", ended, err)
	}
	if got := k.sessions(); got != [4]int{1, 1, 1, 1} {
		t.Errorf("left %v; want the other session only", got)
	}
	for range 2 {
		k.opensNone(s.Handle, "")
		if _, err := k.End(t.Context(), s.Handle, ""); !errors.Is(err, session.ErrNone) {
			t.Errorf("End again: %v", err)
		}
		k.settle()
	}
	k.opens(other.Handle, "")
}

// TestATouchNeverBringsASessionBack ends the session just before the touch is
// written, in the foreground and behind the request.
func TestATouchNeverBringsASessionBack(t *testing.T) {
	for _, later := range []time.Duration{idle / 10, idle / 2} {
		k := newKit(t)
		s := k.signIn(subject, "")
		k.clock.Advance(later)
		k.store.next(func([]store.Op) error { return k.Revoke(context.Background(), s.ID) })
		k.opens(s.Handle, "") // it was alive when the use began
		k.settle()
		k.opensNone(s.Handle, "")
		if got := k.sessions(); got != [4]int{} {
			t.Errorf("after %v the touch left %v", later, got)
		}
	}
}

func TestARevocationIsSeenByEveryHostOfTheStore(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	there := k.another()
	defer there.Close()
	for range 2 {
		if _, err := there.Open(t.Context(), s.Handle, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Revoke(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := there.Open(t.Context(), s.Handle, ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("the other host's memory still opens it: %v", err)
	}
}

func TestASessionOutlivesAKeyRotation(t *testing.T) {
	k := newKit(t)
	used, unused := k.issue(k.request(), k.document(subject, "sid-1")), k.issue(k.request(), k.document("subject-of-ben", "sid-2"))
	person := func(sub string) session.Filter {
		return session.Filter{Person: &login.Person{Issuer: issuer, Subject: sub}}
	}
	rotate := func() {
		t.Helper()
		if err := k.keys.Rotate(); err != nil {
			t.Fatal(err)
		}
		k.settle()
	}
	k.opens(used.Handle, "") // in memory, before the rotation
	rotate()
	for _, sub := range []string{subject, "subject-of-ben"} {
		if list, err := k.List(t.Context(), person(sub)); err != nil || len(list) != 1 {
			t.Fatalf("%s after the rotation: %v, %v", sub, list, err)
		}
	}
	k.opens(used.Handle, "")
	rotate() // what was not used since the first rotation goes
	k.opens(used.Handle, "")
	k.opensNone(unused.Handle, "")
	for sub, want := range map[string]int{subject: 1, "subject-of-ben": 0} {
		if list, err := k.List(t.Context(), person(sub)); err != nil || len(list) != want {
			t.Errorf("%s after two rotations: %v, %v", sub, list, err)
		}
	}
	if n, err := k.RevokeProviderSession(t.Context(), issuer, "sid-1"); n != 1 || err != nil {
		t.Errorf("revoked %d, %v", n, err)
	}
	k.opensNone(used.Handle, "")
	if n, err := k.RevokeAll(t.Context()); n != 1 || err != nil {
		t.Errorf("RevokeAll leaves what cannot be read: %d, %v", n, err)
	}
	if got := k.sessions(); got[0] != 0 || got[2] != 0 {
		t.Errorf("left %v", got)
	}
}

func TestARunningHostFollowsARotation(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	for range 3 {
		k.opens(s.Handle, "")
		if err := k.keys.Rotate(); err != nil {
			t.Fatal(err)
		}
		k.opens(s.Handle, "")
		k.Close() // the touch is written
		k.Sessions = k.another()
	}
	for range 2 { // at once: in memory or not, it can neither be listed nor revoked by person now
		if err := k.keys.Rotate(); err != nil {
			t.Fatal(err)
		}
	}
	k.opensNone(s.Handle, "")
}

func TestTheStoreAloneOpensNothing(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	strange, err := keyring.Open(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	thief := session.New(session.Config{Store: k.store, Keys: strange, Idle: idle, Absolute: absolute, Now: k.clock.Now})
	defer thief.Close()
	if list, err := thief.List(t.Context(), session.Filter{}); err != nil || len(list) != 0 {
		t.Errorf("the index opens without the host's key: %v, %v", list, err)
	}
	// With the host's key too, no key in the store is a handle.
	for _, bucket := range buckets {
		items, err := k.store.Store.Scan(t.Context(), bucket, "", "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range items {
			k.opensNone(item.Key, "")
		}
	}
	k.opens(s.Handle, "")
}

// TestSwappedRecordsDoNotOpen moves ciphertexts about, as whoever may write
// the file could.
func TestSwappedRecordsDoNotOpen(t *testing.T) {
	for _, bucket := range []string{"session", "session-handle", "session-index"} {
		k := newKit(t)
		mine, yours := k.signIn(subject, ""), k.signIn("subject-of-ben", "")
		items, err := k.store.Store.Scan(t.Context(), bucket, "", "", 10)
		if err != nil || len(items) != 2 {
			t.Fatal(items, err)
		}
		for i, item := range items {
			if err := k.store.Store.Apply(t.Context(), store.Op{Bucket: bucket, Key: item.Key, Value: items[1-i].Value}); err != nil {
				t.Fatal(err)
			}
		}
		k.settle()
		k.opensNone(mine.Handle, "")
		k.opensNone(yours.Handle, "")
	}
}

func TestMain(m *testing.M) {
	if dir := os.Getenv("DOORWARD_TEST_CRASH"); dir != "" {
		issueForever(dir)
	}
	if dir := os.Getenv("DOORWARD_TEST_RENEW"); dir != "" {
		renewForever(dir, os.Getenv("DOORWARD_TEST_HANDLE"))
	}
	os.Exit(m.Run())
}

func mustNot(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
