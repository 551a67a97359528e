package js_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// Who goes back without a proof is refused, and the session is as it was.
func testCancelled(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	before := read[session](at, "doorward.session()")
	popup := at.ask("{forceAuth: true}")
	popup.do("cancel", chromedp.Click(`button[value=cancel]`), chromedp.WaitVisible(`//code[text()="login_cancelled"]`))
	popup.do("go back", chromedp.Click(`//a[text()="Back to the application"]`))
	at.refused("login_cancelled")
	if after := read[session](at, "doorward.session()"); after != before {
		t.Errorf("the session was %+v, and is %+v", before, after)
	}
}

// A provider that answers from its own session, whatever it was asked.
func testIgnoredPrompt(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	at.click("{idp: 'corp'}")
	if r := at.came(); r.Session.IdP != "corp" {
		t.Fatalf("signed in as %+v", r)
	}
	s.ignorePrompt()
	popup := at.ask("{idp: 'corp', forceAuth: true}")
	popup.do("the host explains", chromedp.WaitVisible(`//code[text()="reauth_not_performed"]`), chromedp.Click(`//a[text()="Back to the application"]`))
	at.refused("reauth_not_performed")
	at.do("know the state", set(zeroState))
	popup = at.ask("{idp: 'corp', forceAuth: true}")
	popup.do("sign in anew, without a proof", chromedp.WaitVisible(`//code[text()="reauth_not_performed"]`), leaveFor(s.wiki+unasked+"&idp=corp&max_age=600"))
	at.refused("not_proved")
}

// A stranger here who is signed in elsewhere: the session that comes over is
// older than what was asked for.
func testStrangerHere(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	at.do("wait", chromium.Until("doorward.session().then(d => Date.now() > d.user.timestamp + 6500)"))
	at.visit(s.shop + "/")
	at.do("know the state", set(zeroState))
	popup := at.ask("{idp: 'staff', forceAuth: true}")
	popup.do("change the address", chromedp.WaitVisible("input[name=password]"), leaveFor(s.shop+unasked))
	at.refused("not_proved")
	if d := read[session](at, "doorward.session()"); d.User.UserName != "ada" {
		t.Errorf("signed in is %+v", d)
	}
	at.ask("{forceAuth: true}").signIn("ada")
	if r := at.came(); !r.Proof.Performed || r.AlreadyHeld {
		t.Errorf("came to %+v", r)
	}
}

// A person who changes the address in the window is signed in there at once,
// and proves nothing.
func testEditedAddress(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	for _, demand := range []string{"{forceAuth: true}", "{maxAge: 0}", "{forceAuth: true, level: 'Authenticated/Fresh'}"} {
		at.do("know the state", set(zeroState))
		popup := at.ask(demand)
		popup.do("change the address", chromedp.WaitVisible("input[name=password]"),
			leaveFor(s.wiki+unasked))
		at.refused("not_proved")
	}
}

// The message that a login is over can come from any script of the origin.
func testForgedMessage(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	at.do("know the state", set(zeroState))
	at.ask("{forceAuth: true}").do("do nothing", chromedp.WaitVisible("input[name=password]"))
	const say = `new BroadcastChannel("doorward").postMessage({type: "finish", state: "%s".repeat(32), ok: %t})`
	at.do("say that another login is over", set(fmt.Sprintf(say, "1", true)), set(fmt.Sprintf(say, "1", false)))
	time.Sleep(200 * time.Millisecond)
	if read[bool](at, "done") {
		t.Error("the end of another login settled this one")
	}
	at.do("say that this login is over", set(fmt.Sprintf(say, "0", true)))
	at.refused("not_proved")
}

// unasked begins what the page waits for, without what it asked for.
var unasked = "/.doorward/start?display=popup&fragment=&state=" + strings.Repeat("0", 32)

const zeroState = `crypto.getRandomValues = list => list.fill(0)`

// leaveFor goes to an address as somebody does who types it. The window may
// close before it is there.
func leaveFor(address string) chromium.Action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, _ = chromedp.Evaluate[bool]("(location.assign('"+address+"'), true)")(ctx, target)
		return nil
	})
}

// Someone else who answers proves nothing about the person who was asked, though
// a mapper gives both the same id.
func testSomeoneElse(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	const id = "doorward.session().then(d => d.user.id)"
	if got := read[string](at, id); got != "colleague" {
		t.Errorf("ada's id is %q", got)
	}
	at.ask("{forceAuth: true}").signIn("grace")
	at.refused("person_mismatch")
	if got := read[string](at, id); got != "colleague" {
		t.Errorf("grace's id is %q", got)
	}
	if d := read[session](at, "doorward.session()"); d.User.UserName != "grace" {
		t.Errorf("signed in is %+v", d)
	}
	at.ask("{idp: 'staff', forceAuth: true}").signIn("grace")
	if r := at.came(); !r.Proof.Performed {
		t.Errorf("the proof is %+v", r.Proof)
	}
}
