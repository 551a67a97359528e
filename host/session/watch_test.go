package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

func told(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestWatchersAreToldOfEveryChange(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(*kit, login.Session) error
		want   bool
	}{
		"End":    {func(k *kit, s login.Session) error { _, err := k.End(ctx, s.Handle, ""); return err }, true},
		"Revoke": {func(k *kit, s login.Session) error { return k.Revoke(ctx, s.ID) }, true},
		"person": {func(k *kit, _ login.Session) error { _, err := k.RevokePerson(ctx, issuer, subject); return err }, true},
		"same":   {func(k *kit, s login.Session) error { _, err := k.RevokeSamePerson(ctx, s.ID); return err }, true},
		"sid": {func(k *kit, _ login.Session) error {
			_, err := k.RevokeProviderSession(ctx, issuer, "sid-1")
			return err
		}, true},
		"all":     {func(k *kit, _ login.Session) error { _, err := k.RevokeAll(ctx); return err }, true},
		"step-up": {func(k *kit, s login.Session) error { k.stepUp(subject, s.Handle); return nil }, true},
		"login":   {func(k *kit, s login.Session) error { k.signIn(subject, s.Handle); return nil }, true},
		"another": {func(k *kit, s login.Session) error { k.signIn(ben, s.Handle); return nil }, true},
		"a failed write": {func(k *kit, s login.Session) error {
			k.store.next(func([]store.Op) error { return errDisk })
			if err := k.Revoke(ctx, s.ID); !errors.Is(err, store.ErrUnavailable) {
				return fmt.Errorf("got %w", err)
			}
			return nil
		}, true}, // it may have happened
		"a use":         {func(k *kit, s login.Session) error { k.clock.Advance(idle / 2); k.opens(s.Handle, ""); return nil }, false},
		"a handle":      {func(k *kit, s login.Session) error { k.add(k.opens(s.Handle, ""), "wiki"); return nil }, false},
		"another's end": {func(k *kit, _ login.Session) error { return k.Revoke(ctx, k.signIn(subject, "").ID) }, false},
		"a refused step-up": {func(k *kit, s login.Session) error {
			req := k.request()
			req.Session, req.Purpose = s.Handle, login.PurposeStepUp
			if _, err := k.Issue(ctx, req, k.document(ben, ""), user(), decided); err == nil {
				return errors.New("it was not refused")
			}
			return nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			s := k.issue(k.request(), k.document(subject, "sid-1"))
			one, stopOne := k.Watch(s.ID)
			two, stopTwo := k.Watch(s.ID)
			gone, stopGone := k.Watch(s.ID)
			stopGone()
			stopGone()
			if err := c.change(k, s); err != nil {
				t.Fatal(err)
			}
			if a, b := told(one), told(two); a != c.want || b != c.want {
				t.Errorf("told: %v, %v; want %v", a, b, c.want)
			}
			if told(one) || told(gone) {
				t.Error("told twice, or after the watch was stopped")
			}
			stopOne()
			stopTwo()
		})
	}
}

// TestNoChangeIsSlept watches a session through many changes, slower than they
// come, and must see the last one each time.
func TestNoChangeIsSlept(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	wiki := k.add(k.opens(s.Handle, ""), "wiki")
	changed, stop := k.Watch(s.ID)
	defer stop()
	const changes = 50
	var wg sync.WaitGroup
	wg.Go(func() {
		handle := s.Handle
		for range changes {
			again, err := k.raised(login.PurposeStepUp, handle, "again")
			if err != nil {
				t.Error(err)
				return
			}
			handle = again.Handle
		}
		if err := k.Revoke(context.Background(), s.ID); err != nil {
			t.Error(err)
		}
	})
	deadline := time.After(10 * time.Second)
	for seen := uint64(1); ; {
		r, err := k.Peek(t.Context(), wiki, "wiki")
		if errors.Is(err, session.ErrNone) {
			break
		}
		if err != nil || r.Version < seen {
			t.Fatalf("version %v after %d, %v", r, seen, err)
		}
		seen = r.Version
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("asleep at version %d", seen)
		}
	}
	wg.Wait()
}

func TestRevokeSamePersonAcrossRotations(t *testing.T) {
	for rotations, first := range map[int]bool{0: true, 1: true, 2: false} { // whether the first session is revoked by
		for _, byOld := range []bool{true, false} {
			k := newKit(t)
			k.settle()
			old := []login.Session{k.signIn(subject, ""), k.signIn(subject, "")}
			k.signIn(ben, "")
			for range rotations {
				if err := k.keys.Rotate(); err != nil {
					t.Fatal(err)
				}
				k.opens(old[0].Handle, "") // is sealed anew; the other is not
				k.settle()
			}
			fresh := k.signIn(subject, "")
			stranger := k.signIn(ben, "")
			by := fresh.ID
			if byOld {
				by = old[1].ID
			}
			if rotations == 2 {
				if byOld { // not readable any more
					if _, err := k.RevokeSamePerson(t.Context(), by); !errors.Is(err, session.ErrNone) {
						t.Errorf("got %v", err)
					}
					by = old[0].ID
				}
			}
			names := map[string]int{}
			list, err := k.List(t.Context(), session.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range list {
				names[l.Person]++
				if len(l.Person) != 16 || l.Person == "0000000000000000" {
					t.Errorf("person %q", l.Person)
				}
			}
			want := 3
			if !first {
				want = 2
			}
			if len(names) != 2 {
				t.Errorf("%d rotations: the sessions of two persons are listed as of %d: %v", rotations, len(names), names)
			}
			if n, err := k.RevokeSamePerson(t.Context(), by); n != want || err != nil {
				t.Errorf("%d rotations, by the old one %v: revoked %d, %v; want %d", rotations, byOld, n, err, want)
			}
			for _, s := range append(old, fresh) {
				k.opensNone(s.Handle, "")
			}
			k.opens(stranger.Handle, "")
			if list, err := k.List(t.Context(), session.Filter{Person: &login.Person{Issuer: issuer, Subject: ben}}); err != nil || len(list) == 0 {
				t.Errorf("the other person's are gone: %v", err)
			}
		}
	}
	k := newKit(t)
	for _, id := range []string{"", "x", "00000000000000000000000000000000"} {
		if _, err := k.RevokeSamePerson(t.Context(), id); !errors.Is(err, session.ErrNone) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
