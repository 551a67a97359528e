package session_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

func (k *kit) notice(sub, sid string) login.Ended {
	return login.Ended{
		Issuer: issuer, Subject: sub, SessionID: sid, TokenID: "notice-1", Expires: k.clock.Now().Add(10 * time.Minute).Unix(),
	}
}

func TestANoticeEndsWhatItNames(t *testing.T) {
	const one, two, unknown, bens = 0, 1, 2, 3 // by their provider's sessions
	for name, c := range map[string]struct {
		sub, sid string
		gone     []int
	}{
		"only sub":                   {subject, "", []int{one, two, unknown}},
		"only sid":                   {"", "sid-1", []int{one}},
		"both":                       {subject, "sid-1", []int{one, unknown}},
		"both, a session not known":  {subject, "sid-9", []int{unknown}},
		"sid of somebody else":       {ben, "sid-1", []int{one}},
		"nobody":                     {"nobody", "", nil},
		"a subject that is a sid":    {"sid-1", "", nil},
		"a sid that is a subject":    {"", subject, nil},
		"ben, by sid and by subject": {ben, "sid-3", []int{bens}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			list := []login.Session{
				k.issue(k.request(), k.document(subject, "sid-1")), k.issue(k.request(), k.document(subject, "sid-2")),
				k.issue(k.request(), k.document(subject, "")), k.issue(k.request(), k.document(ben, "sid-3")),
			}
			n, err := k.ProviderEnded(t.Context(), k.notice(c.sub, c.sid))
			if err != nil || n != len(c.gone) {
				t.Errorf("ended %d, %v; want %d", n, err, len(c.gone))
			}
			for i := range list {
				if slices.Contains(c.gone, i) {
					k.opensNone(list[i].Handle, "")
				} else {
					k.opens(list[i].Handle, "")
				}
			}
		})
	}
}

// A login that was asked for before the notice and finishes after it is refused;
// the next one is not.
func TestT28_ANoticeRefusesALoginUnderWay(t *testing.T) {
	for name, of := range map[string]struct{ sub, sid string }{"sub": {subject, ""}, "sid": {"", "sid-1"}, "both": {subject, "sid-1"}} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			req := k.request()
			k.clock.Advance(time.Second)
			if n, err := k.ProviderEnded(t.Context(), k.notice(of.sub, of.sid)); n != 0 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			_, err := k.Issue(t.Context(), req, k.document(subject, "sid-1"), user(), decided)
			wantCode(t, err, login.CodeSessionMissing)
			k.issue(k.request(), k.document(subject, "sid-1"))
		})
	}
}

func TestT28_ANoticeCountsOnce(t *testing.T) {
	k := newKit(t)
	e := k.notice(subject, "")
	if n, err := k.ProviderEnded(t.Context(), e); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	s := k.signIn(subject, "")
	again := func() {
		t.Helper()
		n, err := k.ProviderEnded(t.Context(), e)
		wantCode(t, err, login.CodeLogoutTokenInvalid)
		if n != 0 {
			t.Errorf("it ended %d sessions", n)
		}
		k.opens(s.Handle, "")
	}
	again()
	k.settle() // another process
	again()
	k.clock.Advance(10 * time.Minute) // it may be used to the last second
	again()
	other := e
	other.Issuer += "/"
	if _, err := k.ProviderEnded(t.Context(), other); err != nil {
		t.Errorf("another issuer's notice with that id: %v", err)
	}
}

// What is remembered of notices ends, whatever they say.
func TestNoticesAreNotKeptForEver(t *testing.T) {
	k := newKit(t)
	for i, expires := range []int64{-1, 0, k.clock.Now().Unix() - 1, k.clock.Now().Unix() + 60, 1 << 40} {
		e := k.notice(subject, "")
		e.TokenID, e.Expires = string(rune('a'+i)), expires
		if _, err := k.ProviderEnded(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if n := k.count()["session-notice"]; n != 5 {
		t.Errorf("%d notices are remembered", n)
	}
	k.clock.Advance(25 * time.Hour)
	if n := k.count()["session-notice"]; n != 0 {
		t.Errorf("%d notices are remembered for more than a day", n)
	}
}

// The same notice many times at once: one of them counts.
func TestT28_TheSameNoticeAtOnce(t *testing.T) {
	k := newKit(t)
	k.signIn(subject, "")
	var all sync.WaitGroup
	errs := make(chan error, 16)
	for range cap(errs) {
		all.Go(func() {
			_, err := k.ProviderEnded(t.Context(), k.notice(subject, ""))
			errs <- err
		})
	}
	all.Wait()
	close(errs)
	well := 0
	for err := range errs {
		if err == nil {
			well++
			continue
		}
		wantCode(t, err, login.CodeLogoutTokenInvalid)
	}
	if well != 1 || k.sessions() != [4]int{} {
		t.Errorf("%d counted; left %v", well, k.sessions())
	}
}

// A notice that could not be acted on is no notice that was: sent again, it
// counts.
func TestANoticeThatFailedCanBeSentAgain(t *testing.T) {
	for writes := range 3 { // the mark, the session's end, the notice
		k := newKit(t)
		k.signIn(subject, "")
		left := writes
		var fail func([]store.Op) error
		fail = func([]store.Op) error {
			if left == 0 {
				return errDisk
			}
			left--
			k.store.next(fail)
			return nil
		}
		k.store.next(fail)
		_, err := k.ProviderEnded(t.Context(), k.notice(subject, ""))
		wantCode(t, err, login.CodeStoreUnavailable)
		if _, err := k.ProviderEnded(t.Context(), k.notice(subject, "")); err != nil {
			t.Errorf("after a failure of write %d: %v", writes, err)
		}
		if k.sessions() != [4]int{} {
			t.Errorf("after a failure of write %d: left %v", writes, k.sessions())
		}
	}
}

func TestANoticeThatNamesNothingIsRefused(t *testing.T) {
	k := newKit(t)
	for name, e := range map[string]login.Ended{
		"no issuer":             {Subject: subject, TokenID: "1"},
		"no id":                 {Issuer: issuer, Subject: subject},
		"nobody and no session": {Issuer: issuer, TokenID: "1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := k.ProviderEnded(t.Context(), e)
			wantCode(t, err, login.CodeLogoutTokenInvalid)
		})
	}
	if c := k.count(); c["session-notice"] != 0 || c["session-mark"] != 0 {
		t.Errorf("something was written: %v", c)
	}
}
