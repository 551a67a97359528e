package js_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

func testLevel(t *testing.T, s *site, at *tab) {
	const fresh = "{level: 'Authenticated/Fresh'}"
	s.signedIn(at, "/")
	at.do("wait until it ends", chromium.Until(`doorward.session().then(d => !JSON.stringify(d.securityLevels).includes("Fresh"))`))
	before := read[session](at, "doorward.session()").User.Timestamp
	at.ask(fresh).signIn("ada")
	r := at.came()
	if r.AlreadyHeld || !r.Proof.Performed || r.Level != "Authenticated/Fresh" || r.Until != r.Proof.AuthTime+5 || r.Session.User.Timestamp <= before {
		t.Errorf("a step-up came to %+v", r)
	}
}

func testLevelHeld(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	before := read[session](at, "doorward.session()")
	at.click("{level: 'Authenticated/Recent'}")
	r := at.came()
	if !r.AlreadyHeld || r.Level != "Authenticated/Recent" || r.Until != r.Proof.AuthTime+3600 || r.Session != before {
		t.Errorf("the level that was held came to %+v", r)
	}
	at.click("{maxAge: 600}")
	if r := at.came(); !r.AlreadyHeld || r.Session != before {
		t.Errorf("a recent sign-in came to %+v", r)
	}
	at.ask("{level: 'Authenticated/Recent', forceAuth: true}").signIn("ada")
	if forced := at.came(); forced.AlreadyHeld || !forced.Proof.Performed || forced.Until < r.Until || forced.Session.User.Timestamp <= before.User.Timestamp {
		t.Errorf("forced, the level that was held came to %+v", forced)
	}
	shop := at.another()
	shop.visit(s.shop + "/")
	shop.click("{level: 'Authenticated/Recent'}")
	if r := shop.came(); r.Level != "Authenticated/Recent" || r.Session.User.UserName != "ada" {
		t.Errorf("at another origin, the level that is held came to %+v", r)
	}
}

func testLevelNotHeld(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	at.ask("{idp: 'staff', level: 'Authenticated/Vault'}").signIn("ada")
	at.refused("level_not_held") // a first login withholds the level
	popup := at.ask("{level: 'Authenticated/Vault'}")
	popup.signIn("ada")
	popup.do("the host explains", chromedp.Click(`//a[text()="Back to the application"]`))
	at.refused("level_not_reached")
}

func testMaxAge(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	// A second, the skew of five, and the two by which a Date header may lag.
	at.do("wait until it is old", chromium.Until("doorward.session().then(d => Date.now() > d.user.timestamp + 9500)"))
	at.ask("{maxAge: 1}").signIn("ada")
	if r := at.came(); r.AlreadyHeld || !r.Proof.Performed {
		t.Errorf("came to %+v", r)
	}
}
