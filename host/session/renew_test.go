package session_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

var errNoAnswer = login.NewFault(login.CodeProviderDown, "no answer")

// newer is what a provider makes of r: tokens, a source and a user that are
// called mark, and nothing else.
func newer(t testing.TB, r *session.Record, mark string) *session.Renewed {
	doc := r.Document
	doc.Sources = source(t, attrs.IDTokenClaims, `{"sub":"`+doc.Person.Subject+`","mark":"`+mark+`"}`)
	doc.Missing, doc.Warnings = nil, nil
	return &session.Renewed{
		Document: doc, User: login.User{ID: mark}, Tokens: login.Tokens{Access: "a-" + mark, Refresh: "r-" + mark, Expires: 5}, Levels: []string{"Level/" + mark},
	}
}

// renews is a do that works.
func renews(t testing.TB, mark string) session.Renewal {
	return func(_ context.Context, r *session.Record, _ int) (*session.Renewed, error) {
		return newer(t, r, mark), nil
	}
}

func (k *kit) renew(r *session.Record, do session.Renewal) (*session.Record, error) {
	return k.Renew(context.Background(), r, login.Want{}, do)
}

// leases is how many leases are left in the store.
func (k *kit) leases() int { return k.count()["session-lease"] }

func TestIGN12_ARenewalReplacesAllButTheSignIn(t *testing.T) {
	for _, plain := range []bool{false, true} {
		k := newKit(t)
		k.plain = plain
		k.settle()
		first := k.issue(k.request(), k.document(subject, "sid-1"))
		before := k.opens(first.Handle, "")
		wiki := k.add(before, "wiki")
		memo := before.Memo(func() any { return "of the old document" })
		there := k.another()
		defer there.Close()
		if _, err := there.Open(t.Context(), wiki, "wiki"); err != nil {
			t.Fatal(err)
		}
		r := before
		for i := range 3 {
			k.clock.Advance(time.Second)
			mark := fmt.Sprint("m", i)
			next, err := k.renew(r, renews(t, mark))
			if err != nil {
				t.Fatal(err)
			}
			for name, host := range map[string]*session.Sessions{"here": k.Sessions, "there": there, "anew": k.another()} {
				for app, handle := range map[string]string{"": first.Handle, "wiki": wiki} {
					got, err := host.Open(t.Context(), handle, app)
					if err != nil {
						t.Fatalf("%s, plain %t, %q: %v", name, plain, app, err)
					}
					if got.User.ID != mark || got.Tokens.Access != "a-"+mark || got.Tokens.Refresh != "r-"+mark || got.Version != uint64(i)+2 || got.Version != next.Version {
						t.Errorf("%s, plain %t, %q: %s, version %d", name, plain, app, got.User.ID, got.Version)
					}
					want, old := got.Document, before.Document
					want.Sources, want.Missing, want.Warnings = old.Sources, old.Missing, old.Warnings
					if !reflect.DeepEqual(want, old) || !got.CreatedAt.Equal(before.CreatedAt) || got.ID != before.ID {
						t.Errorf("%s: the sign-in changed: %+v", name, got.Document)
					}
					if got.Memo(func() any { return mark }) == memo {
						t.Errorf("%s, %q: what was computed of the old document is shown", name, app)
					}
				}
				if name == "anew" {
					host.Close()
				}
			}
			r = next
		}
		list, err := k.List(t.Context(), session.Filter{Person: &login.Person{Issuer: issuer, Subject: subject}})
		if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0].Levels, []string{"Level/m2"}) {
			t.Errorf("listed %+v, %v", list, err)
		}
		if k.leases() != 0 || k.sessions() != [4]int{1, 2, 1, 2} {
			t.Errorf("left %v", k.count())
		}
		if n, err := k.RevokeProviderSession(t.Context(), issuer, "sid-1"); n != 1 || err != nil {
			t.Errorf("the provider's session does not end it: %d, %v", n, err)
		}
	}
}

// TestT27_OneRenewalAtATime asks from many tabs of two hosts at once.
func TestT27_OneRenewalAtATime(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	there := k.another()
	defer there.Close()
	var calls, running atomic.Int32
	var all sync.WaitGroup
	for i := range 100 {
		host := []*session.Sessions{k.Sessions, there}[i%2]
		all.Go(func() {
			got, err := host.Renew(t.Context(), r, login.Want{}, func(_ context.Context, r *session.Record, tries int) (*session.Renewed, error) {
				if running.Add(1) != 1 || tries != 0 {
					t.Errorf("another one runs, or after %d tries", tries)
				}
				defer running.Add(-1)
				calls.Add(1)
				time.Sleep(100 * time.Millisecond)
				return newer(t, r, "one"), nil
			})
			if err != nil || got.Version != 2 || got.Tokens.Refresh != "r-one" {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	all.Wait()
	if calls.Load() != 1 {
		t.Errorf("the provider was asked %d times", calls.Load())
	}
	// Who comes late has the old record, and needs no other.
	if got, err := k.renew(r, func(context.Context, *session.Record, int) (*session.Renewed, error) {
		t.Error("it is renewed again")
		return nil, errNoAnswer
	}); err != nil || got.Version != 2 {
		t.Errorf("%v, %v", got, err)
	}
}

// Those who want other tokens of one session come one after another, and each
// gets its own answer.
func TestT27_OtherWantsWaitForEachOther(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	var running atomic.Int32
	var all sync.WaitGroup
	for i := range 6 {
		want := login.Want{Resource: fmt.Sprint("https://api.example/", i)}
		all.Go(func() {
			for r := r; ; {
				next, err := k.Renew(t.Context(), r, want, func(_ context.Context, r *session.Record, _ int) (*session.Renewed, error) {
					if running.Add(1) != 1 {
						t.Error("two at once")
					}
					defer running.Add(-1)
					time.Sleep(10 * time.Millisecond)
					if i == 0 {
						return &session.Renewed{Unspent: true}, login.NewFault(login.CodeTokenUnavailable, "no such api")
					}
					return &session.Renewed{Document: r.Document, User: r.User, Tokens: r.Tokens.Granting(want, login.Granted{Token: want.Resource, Expires: 1 << 40}, 0)}, nil
				})
				if (err != nil) != (i == 0) && next == nil {
					t.Errorf("%d: %v", i, err)
					return
				}
				if i == 0 && login.CodeOf(err) == login.CodeTokenUnavailable || next.Tokens.For[want.Key()].Token == want.Resource {
					return
				}
				r = next
			}
		})
	}
	all.Wait()
	if got := k.opens(s.Handle, ""); len(got.Tokens.For) != 5 || got.Version != 6 {
		t.Errorf("%d tokens, version %d", len(got.Tokens.For), got.Version)
	}
}

// TestT27_WhatIsKnownOfTheRefreshToken: a renewal without an outcome is not
// forgotten, by no host, until one has an outcome or there are other tokens.
func TestT27_WhatIsKnownOfTheRefreshToken(t *testing.T) {
	k := newKit(t)
	handle := k.signIn(subject, "").Handle
	asked := func(do session.Renewal) (tries int, err error) {
		t.Helper()
		k.settle() // another process
		tries = -1
		_, err = k.renew(k.opens(handle, ""), func(ctx context.Context, r *session.Record, n int) (*session.Renewed, error) {
			tries = n
			return do(ctx, r, n)
		})
		return tries, err
	}
	nothing := func(context.Context, *session.Record, int) (*session.Renewed, error) { return nil, errNoAnswer }
	unspent := func(context.Context, *session.Record, int) (*session.Renewed, error) {
		return &session.Renewed{Unspent: true}, errNoAnswer
	}
	panics := func(context.Context, *session.Record, int) (*session.Renewed, error) { panic("a defect") }
	for i, step := range []struct {
		do    session.Renewal
		tries int
		code  login.Code
	}{
		{unspent, 0, login.CodeProviderDown}, {nothing, 0, login.CodeProviderDown}, {nothing, 1, login.CodeProviderDown}, {unspent, 1, login.CodeProviderDown},
		{nothing, 1, login.CodeProviderDown}, {renews(t, "a"), 1, ""}, {unspent, 0, login.CodeProviderDown}, {panics, 0, login.CodeInternal}, {renews(t, "b"), 1, ""},
		{renews(t, "c"), 0, ""}, {nothing, 0, login.CodeProviderDown},
	} {
		tries, err := asked(step.do)
		if tries != step.tries || (err == nil) != (step.code == "") || err != nil && login.CodeOf(err) != step.code {
			t.Errorf("step %d: %d tries, %v", i, tries, err)
		}
	}
	handle = k.stepUp(subject, handle).Handle // other tokens
	if tries, err := asked(renews(t, "d")); tries != 0 || err != nil {
		t.Errorf("after a step-up: %d tries, %v", tries, err)
	}
	if k.leases() != 0 {
		t.Errorf("%d leases are left", k.leases())
	}
}

// TestT27_WhateverEndsTheSessionWins ends or continues it while the provider is
// asked.
func TestT27_WhateverEndsTheSessionWins(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(k *kit, s login.Session) error{
		"sign-out":     func(k *kit, s login.Session) error { _, err := k.End(ctx, s.Handle, ""); return err },
		"revoked":      func(k *kit, s login.Session) error { return k.Revoke(ctx, s.ID) },
		"the person's": func(k *kit, s login.Session) error { _, err := k.RevokePerson(ctx, issuer, subject); return err },
		"the provider's session": func(k *kit, s login.Session) error {
			_, err := k.RevokeProviderSession(ctx, issuer, "sid-1")
			return err
		},
		"all": func(k *kit, s login.Session) error { _, err := k.RevokeAll(ctx); return err },
		"on another host": func(k *kit, s login.Session) error {
			there := k.another()
			defer there.Close()
			_, err := there.End(ctx, s.Handle, "")
			return err
		},
		"idle, and swept": func(k *kit, s login.Session) error {
			k.clock.Advance(idle + idle/20)
			_, err := k.store.Store.Sweep(ctx)
			return err
		},
	} {
		for _, made := range []string{"tokens", "an end", "nothing"} {
			t.Run(name+", "+made, func(t *testing.T) {
				k := newKit(t)
				s := k.issue(k.request(), k.document(subject, "sid-1"))
				got, err := k.renew(k.opens(s.Handle, ""), func(_ context.Context, r *session.Record, _ int) (*session.Renewed, error) {
					if err := end(k, s); err != nil {
						t.Error(err)
					}
					done := func() { t.Error("it is told that it was renewed") }
					switch made {
					case "an end":
						return &session.Renewed{End: true, Done: done}, nil
					case "nothing":
						return nil, errNoAnswer
					}
					out := newer(t, r, "late")
					out.Done = done
					return out, nil
				})
				if made != "nothing" && (got != nil || !errors.Is(err, session.ErrNone)) || err == nil {
					t.Errorf("%v, %v", got, err)
				}
				k.opensNone(s.Handle, "")
				k.settle()
				k.opensNone(s.Handle, "")
				if list, err := k.List(ctx, session.Filter{}); err != nil || len(list) != 0 {
					t.Errorf("listed: %v, %v", list, err)
				}
				switch c := k.count(); {
				case name == "idle, and swept": // what nothing opens any more expires with the absolute lifetime
					if c["session-index"] != 0 {
						t.Errorf("left %v", c)
					}
				case c["session-lease"] != 0 || k.sessions() != [4]int{}:
					t.Errorf("left %v", c)
				}
			})
		}
	}
}

func TestT27_AStepUpWinsOverARenewal(t *testing.T) {
	for _, purpose := range []login.Purpose{login.PurposeStepUp, login.PurposeLogin} {
		k := newKit(t)
		s := k.signIn(subject, "")
		var raised login.Session
		got, err := k.renew(k.opens(s.Handle, ""), func(_ context.Context, r *session.Record, _ int) (*session.Renewed, error) {
			k.clock.Advance(time.Minute)
			var err error
			if raised, err = k.raised(purpose, s.Handle, "raised"); err != nil {
				t.Error(err)
			}
			out := newer(t, r, "late")
			out.Done = func() { t.Error("it is told that it was renewed") }
			return out, nil
		})
		if err != nil || got.User.UserName != "raised" || got.Version != 2 {
			t.Errorf("%s: %v, %v", purpose, got, err)
		}
		k.settle()
		if r := k.opens(raised.Handle, ""); r.User.UserName != "raised" || r.Tokens.Access != canary || !r.Document.ReceivedAt.Equal(raised.Document.ReceivedAt) {
			t.Errorf("%s: %s", purpose, r.User.UserName)
		}
		if k.leases() != 0 {
			t.Errorf("%s: a lease is left", purpose)
		}
	}
}

// What is no end and no sign-in gets lost on neither side.
func TestT27_ARenewalAndOtherChanges(t *testing.T) {
	for name, change := range map[string]func(k *kit, r *session.Record, s login.Session) (handle, app string){
		"a touch": func(k *kit, r *session.Record, s login.Session) (string, string) {
			k.clock.Advance(idle / 2)
			k.opens(s.Handle, "")
			return s.Handle, ""
		},
		"a handle": func(k *kit, r *session.Record, s login.Session) (string, string) { return k.add(r, "wiki"), "wiki" },
		"a code": func(k *kit, r *session.Record, s login.Session) (string, string) {
			code, err := k.Code(context.Background(), r, "wiki")
			if err == nil {
				code, _, err = k.Redeem(context.Background(), code, "wiki", "wiki", "")
			}
			if err != nil {
				k.t.Error(err)
			}
			return code, "wiki"
		},
		"another key": func(k *kit, r *session.Record, s login.Session) (string, string) {
			if err := k.keys.Rotate(); err != nil {
				k.t.Error(err)
			}
			return s.Handle, ""
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			s := k.issue(k.request(), k.document(subject, "sid-1"))
			var handle, app string
			if _, err := k.renew(k.opens(s.Handle, ""), func(_ context.Context, r *session.Record, _ int) (*session.Renewed, error) {
				handle, app = change(k, r, s)
				return newer(t, r, "new"), nil
			}); err != nil {
				t.Fatal(err)
			}
			k.settle()
			for h, a := range map[string]string{s.Handle: "", handle: app} {
				if r := k.opens(h, a); r.User.ID != "new" {
					t.Errorf("%q opens %s", a, r.User.ID)
				}
			}
			k.clock.Advance(idle - time.Millisecond)
			k.opens(s.Handle, "")
			k.settle()
			if name == "another key" {
				if err := k.keys.Rotate(); err != nil { // the renewal filed it under the new one
					t.Fatal(err)
				}
				k.opens(s.Handle, "")
			}
			if n, err := k.RevokePerson(t.Context(), issuer, subject); n != 1 || err != nil {
				t.Errorf("revoked %d, %v", n, err)
			}
			if got := k.sessions(); got != [4]int{} {
				t.Errorf("left %v", got)
			}
		})
	}
}

func TestARenewalThatEndsTheSession(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	changed, stop := k.Watch(s.ID)
	defer stop()
	told := 0
	refused := login.NewFault(login.CodeRefreshRefused, "refused")
	got, err := k.renew(k.opens(s.Handle, ""), func(context.Context, *session.Record, int) (*session.Renewed, error) {
		return &session.Renewed{End: true, Done: func() { told++ }}, refused
	})
	if got != nil || !errors.Is(err, session.ErrNone) || login.CodeOf(err) != login.CodeRefreshRefused || told != 1 {
		t.Errorf("%v, %v, told %d times", got, err, told)
	}
	select {
	case <-changed:
	case <-time.After(time.Second):
		t.Error("who watches is not told")
	}
	k.opensNone(s.Handle, "")
	if c := k.count(); k.sessions() != [4]int{} || c["session-lease"] != 0 {
		t.Errorf("left %v", c)
	}
}

// A request that gives up leaves the renewal running, and who watches is told.
func TestARenewalOutlivesItsRequest(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	changed, stop := k.Watch(s.ID)
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	go_on := make(chan struct{})
	_, err := k.Renew(ctx, k.opens(s.Handle, ""), login.Want{}, func(ctx context.Context, r *session.Record, _ int) (*session.Renewed, error) {
		cancel()
		<-go_on
		return newer(t, r, "late"), ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, store.ErrUnavailable) || !k.Renewing(s.ID) {
		t.Errorf("%v", err)
	}
	close(go_on)
	<-changed
	if r := k.opens(s.Handle, ""); r.User.ID != "late" {
		t.Errorf("it is %s", r.User.ID)
	}
	k.Close() // waits for it
	if k.Renewing(s.ID) {
		t.Error("it is still under way")
	}
	if _, err := k.renew(k.opens(s.Handle, ""), renews(t, "x")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
}

// The tokens that a provider gave are in this process alone until they are
// written: a store that fails for a moment does not lose them.
func TestAWriteThatFailsIsTriedAgain(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	if got, err := k.renew(k.opens(s.Handle, ""), func(_ context.Context, r *session.Record, _ int) (*session.Renewed, error) {
		k.store.next(func([]store.Op) error { return errDisk })
		return newer(t, r, "new"), nil
	}); err != nil || got.User.ID != "new" {
		t.Fatalf("%v, %v", got, err)
	}
	r := k.opens(s.Handle, "")
	k.store.broken.Store(true)
	_, err := k.renew(r, func(context.Context, *session.Record, int) (*session.Renewed, error) {
		t.Error("the provider is asked, though nothing can be kept")
		return nil, errNoAnswer
	})
	wantCode(t, err, login.CodeStoreUnavailable)
}
