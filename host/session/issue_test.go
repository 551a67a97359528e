package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
	"github.com/doorward/doorward/host/store"
)

func TestT23_TheHandleChangesAtLoginAndAtStepUp(t *testing.T) {
	for name, c := range map[string]struct {
		again func(*kit, string) login.Session
		same  bool // the person, and so the session
	}{
		"login as the same person": {func(k *kit, old string) login.Session { return k.signIn(subject, old) }, true},
		"login as someone else":    {func(k *kit, old string) login.Session { return k.signIn(ben, old) }, false},
		"step-up":                  {func(k *kit, old string) login.Session { return k.stepUp(subject, old) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			first := k.signIn(subject, "")
			wiki, err := k.Grant(t.Context(), k.opens(first.Handle, ""), "wiki")
			if err != nil {
				t.Fatal(err)
			}
			k.opens(wiki, "wiki")
			second := c.again(k, first.Handle)
			if second.Handle == first.Handle || (second.ID == first.ID) != c.same {
				t.Fatalf("the same handle: %v, the same id: %v", second.Handle == first.Handle, second.ID == first.ID)
			}
			for range 2 { // from memory, and cold
				k.opensNone(first.Handle, "")
				k.opens(second.Handle, "")
				if c.same {
					k.opens(wiki, "wiki")
				} else {
					k.opensNone(wiki, "wiki")
				}
				k.settle()
			}
			want := [4]int{1, 1, 1, 1}
			if c.same {
				want[1]++ // wiki's
			}
			if got := k.sessions(); got != want {
				t.Errorf("records, handles, entries, people: %v; want %v", got, want)
			}
		})
	}
}

func TestT23_AHandleThatTheHostDidNotMakeIsNotAdopted(t *testing.T) {
	k := newKit(t)
	planted := strings.Repeat("A", 43)
	s := k.signIn(subject, planted)
	if s.Handle == planted {
		t.Error("the planted handle was adopted")
	}
	k.opensNone(planted, "")
	k.opens(s.Handle, "")
}

func TestAStepUpKeepsTheAbsoluteLifetimeAndALoginStartsAnew(t *testing.T) {
	for purpose, alive := range map[login.Purpose]bool{login.PurposeStepUp: false, login.PurposeLogin: true} {
		k := newKit(t)
		first := k.signIn(subject, "")
		k.clock.Advance(idle / 2)
		req := k.request()
		req.Session, req.Purpose = first.Handle, purpose
		second := k.issue(req, k.document(subject, ""))
		if kept := second.CreatedAt.Equal(first.CreatedAt); kept == alive {
			t.Errorf("%s: CreatedAt %v after %v", purpose, second.CreatedAt, first.CreatedAt)
		}
		for k.clock.Now().Before(first.CreatedAt.Add(absolute - time.Millisecond)) {
			k.opens(second.Handle, "")
			k.clock.Advance(min(idle/2, first.CreatedAt.Add(absolute-time.Millisecond).Sub(k.clock.Now())))
		}
		k.opens(second.Handle, "")
		k.clock.Advance(time.Millisecond)
		if alive {
			k.opens(second.Handle, "")
		} else {
			k.opensNone(second.Handle, "")
		}
	}
}

func TestAStepUpNeedsItsSessionAndItsPerson(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	for _, c := range []struct {
		handle, sub string
		want        login.Code
	}{
		{"", subject, login.CodeSessionMissing},
		{"garbage", subject, login.CodeSessionMissing},
		{s.Handle, "subject-of-ben", login.CodePersonMismatch},
	} {
		req := k.request()
		req.Session, req.Purpose = c.handle, login.PurposeStepUp
		_, err := k.Issue(t.Context(), req, k.document(c.sub, ""), user(), decided)
		wantCode(t, err, c.want)
	}
	k.opens(s.Handle, "")
	if c := k.count(); c["session"] != 1 || c["session-spent"] != 1 {
		t.Errorf("a refused step-up wrote something: %v", c)
	}
}

// TestARevocationBeatsAStepUpUnderWay ends the session between the step-up's
// reading and its write.
func TestARevocationBeatsAStepUpUnderWay(t *testing.T) {
	for name, end := range map[string]func(*kit, login.Session) error{
		"Revoke": func(k *kit, s login.Session) error { return k.Revoke(context.Background(), s.ID) },
		"End":    func(k *kit, s login.Session) error { _, err := k.End(context.Background(), s.Handle, ""); return err },
		"RevokePerson": func(k *kit, s login.Session) error {
			_, err := k.RevokePerson(context.Background(), issuer, subject)
			return err
		},
		"RevokeAll": func(k *kit, s login.Session) error { _, err := k.RevokeAll(context.Background()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKit(t)
			s := k.signIn(subject, "")
			k.store.next(func([]store.Op) error { return end(k, s) })
			req := k.request()
			req.Session, req.Purpose = s.Handle, login.PurposeStepUp
			_, err := k.Issue(t.Context(), req, k.document(subject, ""), user(), decided)
			wantCode(t, err, login.CodeSessionMissing)
			if got := k.sessions(); got != [4]int{} {
				t.Errorf("something lives on: %v", got)
			}
		})
	}
}

// TestARevocationFindsTheSessionThatAStepUpMade is the other order: the
// step-up commits while the revocation is looking.
func TestARevocationFindsTheSessionThatAStepUpMade(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	var raised login.Session
	k.store.next(func([]store.Op) error {
		raised = k.stepUp(subject, s.Handle)
		return nil
	})
	if _, err := k.RevokePerson(t.Context(), issuer, subject); err != nil {
		t.Fatal(err)
	}
	k.opensNone(raised.Handle, "")
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("something lives on: %v", got)
	}
}

func TestT15_AStateMakesOneSession(t *testing.T) {
	k := newKit(t)
	req := k.request()
	if err := k.Spent(t.Context(), req); err != nil {
		t.Fatalf("a new state is spent: %v", err)
	}
	k.issue(req, k.document(subject, ""))
	wantCode(t, k.Spent(t.Context(), req), login.CodeStateSpent)
	_, err := k.Issue(t.Context(), req, k.document(subject, ""), user(), decided)
	wantCode(t, err, login.CodeStateSpent)
	req.ID = "another" // the state is what counts
	wantCode(t, k.Spent(t.Context(), req), login.CodeStateSpent)
	if got := k.sessions(); got[0] != 1 {
		t.Errorf("%d sessions from one state", got[0])
	}
	k.clock.Advance(10 * time.Minute) // the cookie's last moment
	wantCode(t, k.Spent(t.Context(), req), login.CodeStateSpent)
	k.clock.Advance(24 * time.Hour)
	for {
		swept, err := k.store.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if swept == 0 {
			break
		}
	}
	for bucket, n := range k.count() {
		if n != 0 {
			t.Errorf("%s holds %d records forever", bucket, n)
		}
	}
}

func TestT15_TwoAnswersAtOnceMakeOneSession(t *testing.T) {
	k := newKit(t)
	req := k.request()
	doc := k.document(subject, "")
	errs := make(chan error, 8)
	var wg sync.WaitGroup
	for range cap(errs) {
		wg.Go(func() {
			_, err := k.Issue(context.Background(), req, doc, user(), decided)
			errs <- err
		})
	}
	wg.Wait()
	close(errs)
	won := 0
	for err := range errs {
		if err == nil {
			won++
			continue
		}
		wantCode(t, err, login.CodeStateSpent)
	}
	if got := k.sessions(); won != 1 || got != [4]int{1, 1, 1, 1} {
		t.Errorf("%d logins won and left %v", won, got)
	}
}

func TestTwoTabsSignInAtOnce(t *testing.T) {
	k := newKit(t)
	one, two := k.signIn(subject, ""), k.signIn(subject, "")
	k.opens(one.Handle, "")
	k.opens(two.Handle, "")
}

func TestATestLoginSpendsItsStateAndMakesNoSession(t *testing.T) {
	k := newKit(t)
	mine := k.signIn(subject, "")
	req := k.request()
	req.Purpose, req.Session = login.PurposeTest, mine.Handle
	s := k.issue(req, k.document(subject, ""))
	if s.ID != "" || s.Handle != "" || s.User.ID != "1" {
		t.Errorf("got %q %q %q", s.ID, s.Handle, s.User.ID)
	}
	if got := k.sessions(); got != [4]int{1, 1, 1, 1} {
		t.Errorf("left %v", got)
	}
	wantCode(t, k.Spent(t.Context(), req), login.CodeStateSpent)
	k.opens(mine.Handle, "")
}

// TestAFailedWriteLeavesEverythingAsItWas breaks the disk at the write.
func TestAFailedWriteLeavesEverythingAsItWas(t *testing.T) {
	k := newKit(t)
	old := k.signIn(subject, "")
	before := k.count()
	k.store.next(func([]store.Op) error { return errDisk })
	req := k.request()
	req.Session = old.Handle
	s, err := k.Issue(t.Context(), req, k.document(subject, ""), user(), decided)
	wantCode(t, err, login.CodeStoreUnavailable)
	if !errors.Is(err, store.ErrUnavailable) || s.Handle != "" {
		t.Errorf("got %v and a handle %q", err, s.Handle)
	}
	if after := k.count(); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("the failed write left %v; before %v", after, before)
	}
	k.opens(old.Handle, "")
	k.issue(req, k.document(subject, "")) // the state is not spent
}

func TestT26_ARecordIsBounded(t *testing.T) {
	k := newKit(t)
	doc := k.document(subject, "")
	big := `{"v":"` + strings.Repeat("x", 1<<20-100) + `"}`
	doc.Sources = source(t, "a", big, "b", big, "c", big)
	s := k.issue(k.request(), doc)
	if raw, _ := k.opens(s.Handle, "").Document.Sources.Raw("c"); string(raw) != big {
		t.Error("3 MiB do not come back")
	}
	doc.Sources = source(t, "a", big, "b", big, "c", big, "d", big)
	u := user()
	u.Attributes["more"] = strings.Repeat("y", 1000)
	_, err := k.Issue(t.Context(), k.request(), doc, u, decided)
	wantCode(t, err, login.CodeDocumentInvalid)
	if got := k.sessions(); got[0] != 1 {
		t.Errorf("left %v", got)
	}
}

func TestT26_ManyRolesAndGroupsFitInASession(t *testing.T) {
	k := newKit(t)
	d := login.Decision{}
	for i := range 10_000 {
		d.Levels = append(d.Levels, login.Level{Path: fmt.Sprintf("Authenticated/Roles/%05d", i)})
	}
	s, err := k.Issue(t.Context(), k.request(), k.document(subject, ""), user(), d)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Handle) != 43 {
		t.Errorf("the handle has %d bytes: it grows with the session", len(s.Handle))
	}
	item, err := k.store.Store.Get(t.Context(), "session-index", s.ID)
	if err != nil || len(item.Value) > 16<<10 {
		t.Errorf("an index entry of %d bytes (%v)", len(item.Value), err)
	}
}

func TestAHandleOfOneApplicationOpensNothingElsewhere(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	handles := map[string]string{"": s.Handle}
	for _, app := range []string{"wiki", "shop", "wiki/"} {
		h, err := k.Grant(t.Context(), r, app)
		if err != nil {
			t.Fatal(err)
		}
		handles[app] = h
	}
	for range 2 { // cold, and from memory
		for owner, handle := range handles {
			for app := range handles {
				if owner == app {
					if got := k.opens(handle, app); got.ID != s.ID {
						t.Errorf("%q opens %s", app, got.ID)
					}
					continue
				}
				k.opensNone(handle, app)
				if _, err := k.End(t.Context(), handle, app); !errors.Is(err, session.ErrNone) {
					t.Errorf("%q's handle ends the session at %q: %v", owner, app, err)
				}
			}
		}
	}
	if _, err := k.End(t.Context(), handles["wiki"], "wiki"); err != nil {
		t.Fatal(err)
	}
	for app, handle := range handles {
		k.opensNone(handle, app)
	}
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("left %v", got)
	}
	if _, err := k.Grant(t.Context(), r, "late"); !errors.Is(err, session.ErrNone) {
		t.Errorf("a handle for an ended session: %v", err)
	}
	if got := k.sessions(); got != [4]int{} {
		t.Errorf("left %v", got)
	}
	if _, err := k.Grant(t.Context(), &session.Record{ID: s.ID}, "forged"); err == nil {
		t.Error("a record that was not opened makes handles")
	}
}

func TestT26_HandlesOfASessionAreBounded(t *testing.T) {
	k := newKit(t)
	s := k.signIn(subject, "")
	r := k.opens(s.Handle, "")
	var handles []string
	for range 40 {
		h, err := k.Grant(t.Context(), r, "wiki")
		if err != nil {
			t.Fatal(err)
		}
		handles = append(handles, h)
		k.opens(h, "wiki")
	}
	if got := k.sessions(); got[1] != 32 {
		t.Errorf("%d handles; want 32", got[1])
	}
	k.opensNone(handles[0], "wiki")
	k.opens(handles[39], "wiki")
	k.opens(s.Handle, "")
}
