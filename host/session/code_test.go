package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

const audience = "wiki/binding-1"

func (k *kit) code(r *session.Record) string {
	k.t.Helper()
	code, err := k.Code(context.Background(), r, audience)
	if err != nil {
		k.t.Fatal(err)
	}
	return code
}

func (k *kit) redeemsNone(code, audience, app string) {
	k.t.Helper()
	if h, r, err := k.Redeem(context.Background(), code, audience, app, ""); !errors.Is(err, session.ErrNone) || r != nil || h != "" {
		k.t.Fatalf("Redeem: %v, %v; want ErrNone", r, err)
	}
}

func TestACodeBecomesAHandleOnce(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	code := k.code(k.opens(s.Handle, ""))
	if len(code) != 43 {
		t.Errorf("the code has %d characters", len(code))
	}
	k.clock.Advance(time.Minute - time.Millisecond)
	h, r, err := k.Redeem(t.Context(), code, audience, "wiki", "")
	if err != nil || r.ID != s.ID || r.Document.Person.Subject != subject {
		t.Fatalf("Redeem: %v, %v", r, err)
	}
	k.redeemsNone(code, audience, "wiki")
	if got := k.opens(h, "wiki"); got.ID != s.ID {
		t.Errorf("the handle opens %s", got.ID)
	}
	for _, app := range []string{"", "shop"} {
		k.opensNone(h, app)
	}
	if n := k.count()["session-code"]; n != 0 {
		t.Errorf("%d codes are left", n)
	}
	k.clock.Advance(idle - time.Millisecond)
	k.opens(h, "wiki") // to redeem was a use
}

// TestT16_WhatIsNoCodeForThisAudienceIsSpent tries each code in a wrong way,
// and then in the right one.
func TestT16_WhatIsNoCodeForThisAudienceIsSpent(t *testing.T) {
	for name, wrong := range map[string]func(*kit, string) error{
		"another audience": func(k *kit, code string) error {
			_, _, err := k.Redeem(context.Background(), code, "wiki/binding-2", "wiki", "")
			return err
		},
		"another application's audience": func(k *kit, code string) error {
			_, _, err := k.Redeem(context.Background(), code, "shop/binding-1", "shop", "")
			return err
		},
		"no audience": func(k *kit, code string) error {
			_, _, err := k.Redeem(context.Background(), code, "", "wiki", "")
			return err
		},
		"after its minute": func(k *kit, code string) error {
			k.clock.Advance(time.Minute)
			_, _, err := k.Redeem(context.Background(), code, audience, "wiki", "")
			k.clock.Advance(-time.Minute)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			s := k.signIn(subject, "")
			code := k.code(k.opens(s.Handle, ""))
			if err := wrong(k, code); !errors.Is(err, session.ErrNone) {
				t.Errorf("got %v", err)
			}
			if name != "after its minute" {
				k.redeemsNone(code, audience, "wiki")
				if n := k.count()["session-code"]; n != 0 {
					t.Errorf("%d codes are left", n)
				}
			}
			if got := k.sessions(); got != [4]int{1, 1, 1, 1} {
				t.Errorf("left %v", got)
			}
		})
	}
}

// TestACodeEndsByTheHostsClock keeps the store's clock behind.
func TestACodeEndsByTheHostsClock(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	code := k.code(k.opens(s.Handle, ""))
	ahead := session.New(session.Config{Store: k.store, Keys: k.keys, Idle: idle, Absolute: absolute,
		Now: func() time.Time { return k.clock.Now().Add(time.Minute) }})
	defer ahead.Close()
	if _, _, err := ahead.Redeem(t.Context(), code, audience, "wiki", ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("got %v", err)
	}
	k.redeemsNone(code, audience, "wiki")
}

func TestACodeForTheHostsOwnOriginIsRefusedAndSpent(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	code := k.code(r)
	if h, _, err := k.Redeem(t.Context(), code, audience, "", ""); err == nil || h != "" {
		t.Errorf("got %v", err)
	}
	k.redeemsNone(code, audience, "wiki")
	if _, err := k.Grant(t.Context(), r, ""); err == nil {
		t.Error("a second handle for the host's own origin was made")
	}
	if got := k.sessions(); got != [4]int{1, 1, 1, 1} {
		t.Errorf("left %v", got)
	}
}

func TestCodesAndHandlesAreNotEachOther(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	wiki, code := k.add(r, "wiki"), k.code(r)
	for _, app := range []string{"", "wiki", audience} {
		k.opensNone(code, app)
		k.redeemsNone(wiki, app, "wiki")
		k.redeemsNone(s.Handle, app, "wiki")
	}
	for _, text := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 60_000), code + "A", code[:42] + "\xff"} {
		k.redeemsNone(text, audience, "wiki")
	}
	if _, _, err := k.Redeem(t.Context(), code, audience, "wiki", ""); err != nil {
		t.Errorf("a look at other things spent the code: %v", err)
	}
	if _, err := k.Code(t.Context(), &session.Record{ID: s.ID}, audience); err == nil {
		t.Error("a record that was not opened makes codes")
	}
}

func TestT25_TheCodeOfAnEndedSessionOpensNothing(t *testing.T) {
	for name, end := range map[string]func(*kit, *session.Record) error{
		"revoked": func(k *kit, r *session.Record) error { return k.Revoke(context.Background(), r.ID) },
		"idle":    func(k *kit, _ *session.Record) error { k.clock.Advance(50 * time.Second); return nil },
		"someone else": func(k *kit, _ *session.Record) error {
			_, err := k.RevokeAll(context.Background())
			k.signIn(ben, "")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			k.signIn(ben, "")
			s := k.signIn(subject, "")
			if name == "idle" {
				k.clock.Advance(idle - 30*time.Second)
			}
			r, err := k.Peek(t.Context(), s.Handle, "")
			if err != nil {
				t.Fatal(err)
			}
			code := k.code(r)
			if err := end(k, r); err != nil {
				t.Fatal(err)
			}
			k.redeemsNone(code, audience, "wiki")
			if n := k.count()["session-code"]; n != 0 {
				t.Errorf("%d codes are left", n)
			}
			if _, err := k.Code(t.Context(), r, audience); !errors.Is(err, session.ErrNone) {
				t.Errorf("a code for an ended session: %v", err)
			}
		})
	}
}

// TestACodeCarriesWhatTheSessionBecame continues the session while the code is
// on its way.
func TestACodeCarriesWhatTheSessionBecame(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	code := k.code(k.opens(s.Handle, ""))
	k.clock.Advance(time.Second)
	again := k.stepUp(subject, s.Handle)
	_, r, err := k.Redeem(t.Context(), code, audience, "wiki", "")
	if err != nil || r.ID != s.ID || r.Version != 2 || !r.Document.ReceivedAt.Equal(again.Document.ReceivedAt) {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestOneOfManyRedeemsWins has two hosts redeem one code at once.
func TestOneOfManyRedeemsWins(t *testing.T) {
	for range 10 {
		k := newKit(t)
		s := k.signIn(subject, "")
		code := k.code(k.opens(s.Handle, ""))
		there := k.another()
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			host := k.Sessions
			if i%2 == 0 {
				host = there
			}
			wg.Go(func() { _, _, errs[i] = host.Redeem(context.Background(), code, audience, "wiki", "") })
		}
		wg.Wait()
		there.Close()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, session.ErrNone) {
				t.Errorf("a loser got %v", err)
			}
		}
		if got := k.sessions(); won != 1 || got != [4]int{1, 2, 1, 1} {
			t.Fatalf("%d won and left %v", won, got)
		}
	}
}

// TestARedeemThatWasBeatenAtTheWrite lets the other one in between this one's
// reading and its write.
func TestARedeemThatWasBeatenAtTheWrite(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	code := k.code(k.opens(s.Handle, ""))
	there := k.another()
	defer there.Close()
	var first string
	k.store.next(func([]store.Op) (err error) {
		first, _, err = there.Redeem(context.Background(), code, audience, "wiki", "")
		return err
	})
	k.redeemsNone(code, audience, "wiki")
	k.opens(first, "wiki")
	if got := k.sessions(); got != [4]int{1, 2, 1, 1} {
		t.Errorf("left %v", got)
	}
}

func TestT26_CodesOfASessionAreBounded(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	var codes []string
	for range 40 {
		codes = append(codes, k.code(r))
	}
	if n := k.count()["session-code"]; n != 16 {
		t.Errorf("%d codes; want 16", n)
	}
	k.redeemsNone(codes[23], audience, "wiki")
	for _, i := range []int{24, 39} {
		if _, _, err := k.Redeem(t.Context(), codes[i], audience, "wiki", ""); err != nil {
			t.Errorf("code %d: %v", i, err)
		}
	}
	if n := k.count()["session-code"]; n != 14 {
		t.Errorf("%d codes; want 14", n)
	}
	k.clock.Advance(time.Minute)
	k.code(r) // expired ones do not count
	item, err := k.store.Store.Get(t.Context(), "session-index", s.ID)
	if err != nil || len(item.Value) > 1<<10 {
		t.Errorf("an index entry of %d bytes (%v)", len(item.Value), err)
	}
}

// TestManyTabsAtOnce is a browser that restores its tabs: each asks for a code
// and redeems it. Writes take long enough for all of them to meet.
func TestManyTabsAtOnce(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	k.store.slow.Store(int64(2 * time.Millisecond))
	var wg sync.WaitGroup
	for i := range 14 {
		wg.Go(func() {
			app := fmt.Sprint("app-", i)
			code, err := k.Code(context.Background(), r, app)
			if err != nil {
				t.Errorf("Code: %v", err)
				return
			}
			h, _, err := k.Redeem(context.Background(), code, app, app, "")
			if err != nil {
				t.Errorf("Redeem: %v", err)
				return
			}
			k.opens(h, app)
		})
	}
	wg.Wait()
	if got := k.sessions(); got != [4]int{1, 15, 1, 1} {
		t.Errorf("left %v", got)
	}
}

// TestAHandleThatAnotherHostTookAwayIsDead fills the session's handles
// elsewhere, so that the oldest one goes.
func TestAHandleThatAnotherHostTookAwayIsDead(t *testing.T) {
	for _, plain := range []bool{false, true} {
		k := newKit(t)
		k.plain = plain
		k.settle()
		s := k.signIn(subject, "")
		r := k.opens(s.Handle, "")
		wiki := k.add(r, "wiki")
		there := k.another()
		defer there.Close()
		if _, err := there.Open(t.Context(), wiki, "wiki"); err != nil {
			t.Fatal(err)
		}
		for range 31 {
			k.add(r, "shop")
		}
		if _, err := there.Open(t.Context(), wiki, "wiki"); !errors.Is(err, session.ErrNone) {
			t.Errorf("the other host's memory still opens it: %v", err)
		}
	}
}

// T23: a further hand-over on one origin leaves one handle there, not two.
func TestT23_RedeemReplacesTheHandleBefore(t *testing.T) {
	k := newKit(t)
	r := k.opens(k.signIn(subject, "").Handle, "")
	handles := []string{""}
	for i := range 3 {
		h, _, err := k.Redeem(t.Context(), k.code(r), audience, "wiki", handles[i])
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, h)
	}
	k.opensNone(handles[1], "wiki")
	k.opensNone(handles[2], "wiki")
	k.opens(handles[3], "wiki")
}
