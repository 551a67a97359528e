package session_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// The session of a program is its own: another than the browser's, of the same
// person, opened by one handle that is for the program alone.
func TestIssueForAProgramMakesASessionOfItsOwn(t *testing.T) {
	k := newKit(t)
	browser := k.signIn(subject, "")
	req := k.request()
	req.Session, req.App, req.Program = browser.Handle, "cli", &login.Program{Device: "x"}
	s := k.issue(req, k.document(subject, ""))
	if s.ID == browser.ID {
		t.Fatal("the program continued the browser's session")
	}
	k.opens(browser.Handle, "")
	r := k.opens(s.Handle, session.Bearer("cli"))
	for _, scope := range []string{"", "cli", session.Bearer(""), session.Bearer("wiki"), "https://cli.example.com"} {
		k.opensNone(s.Handle, scope)
	}
	if got := k.Ends(r).Sub(k.clock.Now()); got != absolute {
		t.Errorf("it ends in %v", got)
	}
	list, err := k.List(context.Background(), session.Filter{})
	if err != nil || len(list) != 2 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	for _, l := range list {
		if (l.ID == s.ID) != (l.Device == "a program of cli") {
			t.Errorf("listed is %+v", l)
		}
	}
	if _, err := k.End(context.Background(), browser.Handle, ""); err != nil {
		t.Fatal(err)
	}
	k.opens(s.Handle, session.Bearer("cli"))
	if n, err := k.RevokeSamePerson(context.Background(), s.ID); err != nil || n != 1 {
		t.Errorf("all of the person's: %d, %v", n, err)
	}
	k.opensNone(s.Handle, session.Bearer("cli"))
}

// A handle that was granted opens the session for its scope, as long as the
// session lives, and a step-up of the browser shows through it.
func TestGrantIsForItsScope(t *testing.T) {
	k := newKit(t)
	first := k.signIn(subject, "")
	r := k.opens(first.Handle, "")
	granted, err := k.Grant(context.Background(), r, session.Bearer("wiki"))
	if err != nil {
		t.Fatal(err)
	}
	k.opens(granted, session.Bearer("wiki"))
	k.opensNone(granted, "")
	k.opensNone(granted, session.Bearer("other"))
	k.clock.Advance(time.Second)
	if _, err := k.raised(login.PurposeStepUp, first.Handle, "raised"); err != nil {
		t.Fatal(err)
	}
	if got := k.opens(granted, session.Bearer("wiki")).User.UserName; got != "raised" {
		t.Errorf("it opens what the session was: %q", got)
	}
	if _, err := k.Grant(context.Background(), r, ""); err == nil {
		t.Error("a second handle of the host's own origin was granted")
	}
	if err := k.Revoke(context.Background(), first.ID); err != nil {
		t.Fatal(err)
	}
	k.opensNone(granted, session.Bearer("wiki"))
	if _, err := k.Grant(context.Background(), r, session.Bearer("wiki")); !errors.Is(err, session.ErrNone) {
		t.Errorf("of a session that has ended: %v", err)
	}
}
