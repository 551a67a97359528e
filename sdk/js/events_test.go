package js_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

// event is what a page was told.
type event struct {
	Event string
	Code  string
	Data  struct {
		Timestamp int64
		Proof     proof
		Asked     *struct {
			Level     string
			ForceAuth bool
		}
	}
}

func (at *tab) names() (names []string) {
	at.t.Helper()
	for _, e := range read[[]event](at, "seen") {
		names = append(names, e.Event)
	}
	return names
}

// quiet is what a page was told, when nothing more comes for a moment.
func (at *tab) quiet() []event {
	at.t.Helper()
	time.Sleep(300 * time.Millisecond)
	return read[[]event](at, "seen")
}

// told waits until the page was told of an event.
func (at *tab) told(name string) {
	at.t.Helper()
	at.do("be told of "+name, chromium.Until("seen.some(e => e.event === '"+name+"')"))
}

func testEvents(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/live/")
	at.told("login")
	other := at.another()
	other.visit(s.wiki + "/live/other")
	at.told("levels") // Fresh ends
	other.told("levels")
	if names := at.names(); len(names) != 2 {
		t.Errorf("the events are %q", names)
	}
	at.ask("{forceAuth: true}").signIn("ada")
	if r := at.came(); !r.Proof.Performed {
		t.Errorf("came to %+v", r)
	}
	at.told("reauthenticated")
	other.told("reauthenticated")
	if events := at.quiet(); len(events) != 4 || events[2].Event != "reauthenticated" || !events[2].Data.Proof.Performed || events[3].Event != "levels" {
		t.Errorf("the events are %+v", events)
	}
}

// Somebody who signs out at one application is told so at the other, in each
// tab.
func testLogout(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	live, shop := at.another(), at.another()
	live.visit(s.wiki + "/live/")
	shop.visit(s.shop + "/live/")
	shop.click("{idp: 'staff'}")
	if r := shop.came(); r.Session.User.UserName != "ada" {
		t.Fatalf("came to %+v", r)
	}
	at.signOut()
	live.told("logout")
	shop.told("logout")
	for _, tab := range []*tab{at, live, shop} {
		if d := read[session](tab, "doorward.session()"); d.Authenticated {
			t.Errorf("signed in is %+v", d)
		}
	}
}

// What the form of a sign-out says; what the host makes of it, its own tests hold.
func testLogoutEverywhere(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/")
	for asked, want := range map[string]string{
		"": "", "{}": "", "{everywhere: false}": "", "{everywhere: true}": "everywhere=true", "{returnTo: '/bye', everywhere: true}": "everywhere=true&return_to=" + url.QueryEscape(s.wiki+"/bye"),
	} {
		sent := read[string](at, `(() => {
			const submit = HTMLFormElement.prototype.submit;
			let sent;
			HTMLFormElement.prototype.submit = function () { sent = new URLSearchParams(new FormData(this)); };
			doorward.logout(`+asked+`);
			HTMLFormElement.prototype.submit = submit;
			sent.sort();
			return sent.toString();
		})()`)
		if sent != want {
			t.Errorf("logout(%s) sends %q, want %q", asked, sent, want)
		}
	}
}

// A page that nobody sees holds no stream, and learns what it missed when it is
// seen again.
func testHidden(t *testing.T, s *site, at *tab) {
	s.alone(t)
	at.visit(s.desk + "/live/")
	at.ask("{idp: 'staff'}").signIn("ada")
	at.came()
	at.told("login")
	s.streams(t, 1)
	before := open(t, at.ctx, chromedp.WithNewWindow(false))
	before.do("stand before it", chromedp.Navigate(s.desk+"/"), front())
	at.do("be hidden", chromium.Until("document.hidden"))
	s.streams(t, 0)
	before.signOut()
	if events := at.quiet(); len(events) != 1 {
		t.Errorf("hidden, the page was told %+v", events)
	}
	at.do("look again", front())
	at.told("logout")
}

// The host goes away for a while: the page is told once, and comes back by
// itself.
func testHostAway(t *testing.T, s *site, at *tab) {
	s.alone(t)
	at.visit(s.desk + "/")
	at.ask("{idp: 'staff'}").signIn("ada")
	at.came()
	at.do("have less patience", set("soon = setTimeout, setTimeout = (f, ms, ...more) => soon(f, ms / 20, ...more)"))
	s.away.Store(true)
	defer s.away.Store(false)
	at.do("listen", set(`["error", "logout", "login"].forEach(name => doorward.on(name, data => seen.push({event: name, code: data.code})))`))
	at.told("error")
	if code := read[string](at, "doorward.session().catch(e => e.code + e.status)"); code != "unreachable502" {
		t.Errorf("the host is away, and session says %s", code)
	}
	time.Sleep(time.Second)
	s.away.Store(false)
	s.streams(t, 1)
	if events := at.quiet(); len(events) != 1 || events[0].Code != "unreachable" {
		t.Errorf("the events are %+v", events)
	}
}

// Whoever listens no more holds no stream, and an event that is none is refused.
func testListening(t *testing.T, s *site, at *tab) {
	s.alone(t)
	at.visit(s.desk + "/")
	at.ask("{idp: 'staff'}").signIn("ada")
	at.came()
	at.do("listen", set("offs = [doorward.on('login', () => {}), doorward.on('levels', () => {})]"))
	s.streams(t, 1)
	at.do("listen less", set("offs[0]()"))
	s.streams(t, 1)
	at.do("listen no more", set("offs[1]()"))
	s.streams(t, 0)
	if said := read[string](at, "Promise.resolve().then(() => doorward.on('logn', () => {})).catch(String)"); said != "TypeError: doorward has no event logn" {
		t.Error(said)
	}
}

// signOut leaves by the application's button.
func (at *tab) signOut() {
	at.t.Helper()
	at.do("sign out", chromedp.Click("#leave"), chromium.Until("location.pathname === '/bye'"))
}

func front() chromium.Action {
	return chromedp.Func(func(ctx context.Context, at *chromedp.Target) error {
		_, err := cdp.Call(ctx, at, page.BringToFront, cdp.Empty{})
		return err
	})
}

// alone waits for desk, which counts.
func (s *site) alone(t *testing.T) {
	s.one.Lock()
	t.Cleanup(s.one.Unlock)
	s.streams(t, 0)
}

// streams waits until so many event streams are open at desk.
func (s *site) streams(t *testing.T, want int32) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); s.listening.Load() != want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d streams are open, want %d", s.listening.Load(), want)
		}
	}
}
