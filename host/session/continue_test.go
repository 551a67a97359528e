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

// raised is a sign-in of sub that others can be told from.
func (k *kit) raised(purpose login.Purpose, old, mark string) (login.Session, error) {
	req := k.request()
	req.Session, req.Purpose = old, purpose
	u := user()
	u.UserName = mark
	decision := login.Decision{Levels: []login.Level{{Path: "Level/" + mark}}}
	return k.Issue(context.Background(), req, k.document(subject, ""), u, decision)
}

func (k *kit) add(r *session.Record, app string) string {
	k.t.Helper()
	h, err := k.Grant(context.Background(), r, app)
	if err != nil {
		k.t.Fatal(err)
	}
	return h
}

// TestHandlesOfApplicationsShowWhatTheSessionBecomes looks from a host that
// continued the session, from one with the old record in memory and from one
// that knows nothing, over both kinds of stores.
func TestHandlesOfApplicationsShowWhatTheSessionBecomes(t *testing.T) {
	for _, plain := range []bool{false, true} {
		k := newKit(t)
		k.plain = plain
		k.settle()
		first := k.signIn(subject, "")
		before := k.opens(first.Handle, "")
		wiki := k.add(before, "wiki")
		memo := k.opens(wiki, "wiki").Memo(func() any { return "of the old document" })
		there := k.another()
		defer there.Close()
		if _, err := there.Open(t.Context(), wiki, "wiki"); err != nil {
			t.Fatal(err)
		}
		handle := first.Handle
		for i := range 3 {
			k.clock.Advance(time.Second)
			mark := fmt.Sprint("turn ", i)
			s, err := k.raised(login.PurposeStepUp, handle, mark)
			if err != nil || s.ID != first.ID {
				t.Fatalf("%s: %v, %v", mark, s.ID, err)
			}
			handle = s.Handle
			for name, host := range map[string]*session.Sessions{"here": k.Sessions, "there": there, "anew": k.another()} {
				for app, h := range map[string]string{"": handle, "wiki": wiki} {
					r, err := host.Open(t.Context(), h, app)
					if err != nil {
						t.Fatalf("%s, plain %v, %q: %v", name, plain, app, err)
					}
					if r.ID != first.ID || r.User.UserName != mark || r.Version != uint64(i)+2 ||
						!r.Document.ReceivedAt.Equal(s.Document.ReceivedAt) || !r.CreatedAt.Equal(first.CreatedAt) {
						t.Errorf("%s, plain %v, %q: %s version %d of %v", name, plain, app, r.User.UserName, r.Version, r.Document.ReceivedAt)
					}
					if got := r.Memo(func() any { return mark }); got == memo {
						t.Errorf("%s, %q: what was computed of the old document is shown", name, app)
					}
				}
				if _, err := host.Open(t.Context(), first.Handle, ""); !errors.Is(err, session.ErrNone) {
					t.Errorf("%s: the old handle opens: %v", name, err)
				}
				if name == "anew" {
					host.Close()
				}
			}
		}
		if shop := k.add(before, "shop"); k.opens(shop, "shop").User.UserName != "turn 2" {
			t.Error("a handle made with the old record opens the old document")
		}
		if got := k.sessions(); got != [4]int{1, 3, 1, 1} {
			t.Errorf("left %v", got)
		}
	}
}

func TestAContinuationIsListedAsWhatItIs(t *testing.T) {
	k := newKit(t)
	req := k.request()
	ctx := session.WithUserAgent(t.Context(), "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	first, err := k.Issue(ctx, req, k.document(subject, "sid-1"), user(), decided)
	if err != nil {
		t.Fatal(err)
	}
	k.clock.Advance(time.Minute)
	again := k.request()
	again.Session, again.Purpose = first.Handle, login.PurposeStepUp
	if _, err := k.Issue(session.WithUserAgent(t.Context(), "curl/8.5.0"), again, k.document(subject, "sid-2"), user(), login.Decision{
		Levels: []login.Level{{Path: "Authenticated/More"}},
	}); err != nil {
		t.Fatal(err)
	}
	list, err := k.List(t.Context(), session.Filter{Person: &login.Person{Issuer: issuer, Subject: subject}})
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if got := list[0]; got.ID != first.ID || got.Device != "curl" || len(got.Levels) != 1 || got.Levels[0] != "Authenticated/More" ||
		!got.LastUsed.Equal(k.clock.Now()) || !got.CreatedAt.Equal(first.CreatedAt) {
		t.Errorf("got %+v", got)
	}
	if n, err := k.RevokeProviderSession(t.Context(), issuer, "sid-1"); n != 0 || err != nil {
		t.Errorf("the provider's old session ends it: %d, %v", n, err)
	}
	if n, err := k.RevokeProviderSession(t.Context(), issuer, "sid-2"); n != 1 || err != nil {
		t.Errorf("the provider's new session does not end it: %d, %v", n, err)
	}
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("left %v", got)
	}
}

// TestT23_AHandleEndsWhenItWasToEnd: whoever copied an application's handle has
// it for the absolute lifetime, however often its person signs in again.
func TestT23_AHandleEndsWhenItWasToEnd(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	wiki := k.add(k.opens(s.Handle, ""), "wiki")
	end, handle, late := s.CreatedAt.Add(absolute), s.Handle, ""
	again := func(purpose login.Purpose) {
		k.clock.Advance(idle - time.Minute)
		next, err := k.raised(purpose, handle, "again")
		if err != nil || next.ID != s.ID {
			t.Fatalf("%v, %v", next.ID, err)
		}
		handle = next.Handle
	}
	for k.clock.Now().Add(2 * idle).Before(end) {
		again(login.PurposeLogin)
		k.opens(wiki, "wiki")
		late = k.add(k.opens(handle, ""), "shop")
	}
	again(login.PurposeStepUp)
	k.opens(wiki, "wiki")
	k.clock.Advance(end.Add(-time.Millisecond).Sub(k.clock.Now()))
	k.opens(wiki, "wiki")
	k.clock.Advance(time.Millisecond)
	k.opensNone(wiki, "wiki")
	k.opens(late, "shop") // made after a later login, it ends later
	k.opens(handle, "")
}

// TestT33_OneOfTwoStepUpsAtOnceWins has both answer with the same cookie.
func TestT33_OneOfTwoStepUpsAtOnceWins(t *testing.T) {
	for purpose, others := range map[login.Purpose]string{login.PurposeStepUp: "refused", login.PurposeLogin: "sessions of their own"} {
		k := newKit(t)
		s := k.signIn(subject, "")
		wiki := k.add(k.opens(s.Handle, ""), "wiki")
		const n = 6
		made, errs := make([]login.Session, n), make([]error, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() { made[i], errs[i] = k.raised(purpose, s.Handle, fmt.Sprint(i)) })
		}
		wg.Wait()
		k.opensNone(s.Handle, "")
		shown := k.opens(wiki, "wiki").User.UserName
		won := 0
		for i := range n {
			switch {
			case errs[i] != nil:
				wantCode(t, errs[i], login.CodeSessionMissing)
			case made[i].ID == s.ID:
				won++
				if r := k.opens(made[i].Handle, ""); r.User.UserName != shown || r.Version != 2 {
					t.Errorf("%s: the winner is %s, and applications see %s", purpose, r.User.UserName, shown)
				}
			case purpose == login.PurposeStepUp:
				t.Error("a step-up made a session")
			}
		}
		if won != 1 {
			t.Errorf("%s: %d of %d won; the others are %s", purpose, won, n, others)
		}
	}
}

// TestT33_AStepUpOfAnotherHostWins commits between this one's reading and its
// write, so that only the store's precondition stands in the way.
func TestT33_AStepUpOfAnotherHostWins(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	there := k.another()
	defer there.Close()
	var first login.Session
	k.store.next(func([]store.Op) (err error) {
		req := k.request()
		req.Session, req.Purpose = s.Handle, login.PurposeStepUp
		first, err = there.Issue(context.Background(), req, k.document(subject, ""), user(), decided)
		return err
	})
	_, err := k.raised(login.PurposeStepUp, s.Handle, "second")
	wantCode(t, err, login.CodeSessionMissing)
	if r := k.opens(first.Handle, ""); r.User.UserName != "ann" || r.Version != 2 {
		t.Errorf("got %s, version %d", r.User.UserName, r.Version)
	}
	if got := k.sessions(); got != [4]int{1, 1, 1, 1} {
		t.Errorf("left %v", got)
	}
}

// TestATouchDoesNotUndoAContinuation writes a use down that began before it.
func TestATouchDoesNotUndoAContinuation(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	wiki := k.add(k.opens(s.Handle, ""), "wiki")
	k.opens(wiki, "wiki")
	there := k.another()
	defer there.Close()
	k.clock.Advance(idle / 2)
	k.store.next(func([]store.Op) error {
		req := k.request()
		req.Session, req.Purpose = s.Handle, login.PurposeStepUp
		_, err := there.Issue(context.Background(), req, k.document(subject, ""), login.User{ID: "2"}, login.Decision{})
		return err
	})
	k.opens(wiki, "wiki") // touches in the foreground
	k.opensNone(s.Handle, "")
	if r := k.opens(wiki, "wiki"); r.User.ID != "2" || r.Version != 2 {
		t.Errorf("got user %s, version %d", r.User.ID, r.Version)
	}
}

// TestEndsAndContinuationsAtOnce leaves nothing behind, whatever comes first,
// and no handle that opens what was ended.
func TestEndsAndContinuationsAtOnce(t *testing.T) {
	ctx := context.Background()
	for i := range 30 {
		k := newKit(t)
		s := k.signIn(subject, "")
		r := k.opens(s.Handle, "")
		wiki := k.add(r, "wiki")
		var raised login.Session
		var raise, end error
		var wg sync.WaitGroup
		wg.Go(func() { raised, raise = k.raised(login.PurposeStepUp, s.Handle, "raised") })
		wg.Go(func() {
			switch i % 3 {
			case 0:
				_, end = k.End(ctx, wiki, "wiki")
			case 1:
				end = k.Revoke(ctx, s.ID)
			case 2:
				_, end = k.RevokePerson(ctx, issuer, subject)
			}
		})
		wg.Go(func() { _, _ = k.Grant(ctx, r, "shop") })
		wg.Go(func() { _, _ = k.Code(ctx, r, "shop") })
		wg.Wait()
		if end != nil {
			t.Fatalf("the end failed: %v", end)
		}
		if raise != nil {
			wantCode(t, raise, login.CodeSessionMissing)
		} else {
			k.opensNone(raised.Handle, "")
		}
		k.opensNone(s.Handle, "")
		k.opensNone(wiki, "wiki")
		if got, codes := k.sessions(), k.count()["session-code"]; got != [4]int{} || codes != 0 {
			t.Fatalf("left %v and %d codes", got, codes)
		}
	}
}

// TestT23_AnOldRecordInTheNewOnesPlaceOpensNothing is done by whoever may
// write the file, to get levels or a person back.
func TestT23_AnOldRecordInTheNewOnesPlaceOpensNothing(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	old, err := k.store.Store.Get(t.Context(), "session", s.ID)
	if err != nil {
		t.Fatal(err)
	}
	again := k.stepUp(subject, s.Handle)
	k.opens(again.Handle, "")
	if err := k.store.Store.Apply(t.Context(), store.Op{Bucket: "session", Key: s.ID, Value: old.Value}); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.opensNone(again.Handle, "")
}

func TestAFailedContinuationLeavesTheSessionAsItWas(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	wiki := k.add(k.opens(s.Handle, ""), "wiki")
	before := k.count()
	for _, failure := range []error{errDisk, context.Canceled} {
		k.store.next(func([]store.Op) error { return failure })
		_, err := k.raised(login.PurposeStepUp, s.Handle, "raised")
		wantCode(t, err, login.CodeStoreUnavailable)
		if after := k.count(); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("left %v; before %v", after, before)
		}
		for app, h := range map[string]string{"": s.Handle, "wiki": wiki} {
			if r := k.opens(h, app); r.User.UserName != "ann" || r.Version != 1 {
				t.Errorf("%q: %s, version %d", app, r.User.UserName, r.Version)
			}
		}
	}
}

func TestAContinuationOutlivesAKeyRotation(t *testing.T) {
	k := newKit(t)
	s := k.issue(k.request(), k.document(subject, "sid-1"))
	wiki := k.add(k.opens(s.Handle, ""), "wiki")
	if err := k.keys.Rotate(); err != nil {
		t.Fatal(err)
	}
	again := k.stepUp(subject, s.Handle)
	if err := k.keys.Rotate(); err != nil { // what the first key sealed is gone
		t.Fatal(err)
	}
	k.settle()
	k.opens(again.Handle, "")
	k.opens(wiki, "wiki")
	if n, err := k.RevokePerson(t.Context(), issuer, subject); n != 1 || err != nil {
		t.Errorf("revoked %d, %v", n, err)
	}
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("left %v", got)
	}
}

func TestPeekIsNoUse(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	k.clock.Advance(time.Minute)
	k.opens(s.Handle, "")
	k.clock.Advance(idle - time.Millisecond)
	r, err := k.Peek(t.Context(), s.Handle, "")
	if err != nil || r.ID != s.ID {
		t.Fatalf("Peek: %v, %v", r, err)
	}
	if _, err := k.Peek(t.Context(), s.Handle, "wiki"); !errors.Is(err, session.ErrNone) {
		t.Errorf("Peek for another application: %v", err)
	}
	k.clock.Advance(time.Millisecond)
	if _, err := k.Peek(t.Context(), s.Handle, ""); !errors.Is(err, session.ErrNone) {
		t.Errorf("peeking kept the session alive: %v", err)
	}
}
