package js_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// result is what doorward.login resolved with.
type result struct {
	Session     session
	Proof       proof
	Level       string
	Until       int64
	AlreadyHeld bool
}

type session struct {
	Authenticated bool
	IdP           string
	User          struct {
		UserName  string
		Timestamp int64
	}
}

type proof struct {
	Performed             bool
	RequestedAt, AuthTime int64
	ReceivedAt            int64
	Challenged            *bool
	AMR, ACRValues        []string
	ACR                   string
}

// click asks for a login in which the person has nothing to do.
func (at *tab) click(options string) {
	at.t.Helper()
	at.do("ask for "+options, set("asked = "+options), chromedp.Click("#go"))
}

// ask asks for a login, and is the window that opens.
func (at *tab) ask(options string) *tab {
	at.t.Helper()
	return at.popup("ask for "+options, set("asked = "+options), chromedp.Click("#go"))
}

// came waits until the login has settled, and is what it resolved with.
func (at *tab) came() (r result) {
	at.t.Helper()
	at.do("wait for the login", chromium.Until("done"))
	if code := read[string](at, "window.refused ?? ''"); code != "" {
		at.t.Fatalf("the login was refused: %s", code)
	}
	return read[result](at, "result")
}

// refused waits until the login has been refused with the code; then no code
// after it may have run.
func (at *tab) refused(code string) {
	at.t.Helper()
	ran := read[int](at, "ran")
	at.do("wait for the refusal", chromium.Until("done"))
	if got := read[string](at, "window.refused ?? 'nothing: it resolved'"); got != code {
		at.t.Errorf("refused with %s, want %s", got, code)
	}
	if after := read[int](at, "ran"); after != ran {
		at.t.Errorf("the code after the login ran %d times", after-ran)
	}
}

func (at *tab) visit(address string) {
	at.t.Helper()
	at.do("go to "+address, chromedp.Navigate(address), chromedp.WaitVisible("#go"), chromium.Until("window.doorward !== undefined && window.seen !== undefined"))
}

// signedIn is a tab at the wiki whose person is ada.
func (s *site) signedIn(at *tab, path string) *tab {
	at.t.Helper()
	at.visit(s.wiki + path)
	at.ask("{idp: 'staff'}").signIn("ada")
	if r := at.came(); r.Session.User.UserName != "ada" {
		at.t.Fatalf("signed in as %+v", r.Session)
	}
	return at
}

func testSession(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	if d := read[session](at, "doorward.session()"); d.Authenticated || d.User.Timestamp != 0 {
		t.Errorf("a stranger's session is %+v", d)
	}
	s.signedIn(at, "/")
	d := read[session](at, "doorward.session()")
	if !d.Authenticated || d.IdP != "staff" || d.User.UserName != "ada" || d.User.Timestamp < 1e12 {
		t.Errorf("ada's session is %+v", d)
	}
}

func testProved(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/deep?a=b#part")
	before := read[session](at, "doorward.session()").User.Timestamp
	popup := at.ask("{forceAuth: true}")
	popup.do("the person is asked", chromedp.WaitVisible("input[name=password]"))
	if read[bool](at, "done") {
		t.Error("the login settled before the person did anything")
	}
	popup.signIn("ada")
	r := at.came()
	p := r.Proof
	if !p.Performed || p.AuthTime < p.RequestedAt-1 || p.ReceivedAt < p.RequestedAt || p.Challenged == nil || !*p.Challenged || len(p.AMR) == 0 {
		t.Errorf("the proof is %+v", p)
	}
	if r.AlreadyHeld || r.Session.User.Timestamp <= before || p.ReceivedAt != r.Session.User.Timestamp/1000 {
		t.Errorf("the result is %+v, and the time before was %d", r, before)
	}
	if ran := read[int](at, "ran"); ran != 2 {
		t.Errorf("the code after the logins ran %d times", ran)
	}
	at.do("the page stays where it was", chromium.Until("location.href.endsWith('/deep?a=b#part')"))
	at.closed(1)
}

func testGivenUp(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	at.ask("{idp: 'staff', timeout: 1500}")
	at.refused("timeout")
	at.do("be able to give up", set("controller = new AbortController()"))
	at.ask("{idp: 'staff', signal: controller.signal}").do("look", chromedp.WaitVisible("input[name=password]"))
	at.do("give up", set("controller.abort()"))
	at.refused("aborted")
}

// A key opens the window as well as a mouse does.
func testKeyboard(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	popup := at.popup("press Enter", set("asked = {idp: 'staff'}"), chromedp.Focus("#go"), chromedp.KeyEvent(kb.Enter))
	popup.signIn("edith")
	if r := at.came(); r.Session.User.UserName != "edith" {
		t.Errorf("came to %+v", r)
	}
}
