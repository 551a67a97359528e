package js_test

import (
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/doorward/doorward/host/hosttest/chromium"
)

func testRefusedOptions(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/")
	if code := read[string](at, "doorward.login({mode: 'popup'}).catch(e => e.code)"); code != "popup_blocked" {
		t.Errorf("without a click: %s", code)
	}
	for options, want := range map[string]string{
		"{force_auth: true}":                    "TypeError: doorward.login has no option force_auth",
		"{returnTo: 'https://evil.example/'}":   "return_to_refused",
		"{returnTo: '//evil.example/'}":         "return_to_refused",
		"{returnTo: 'javascript:alert(1)'}":     "return_to_refused",
		"{returnTo: '" + s.shop + "/'}":         "return_to_refused",
		"{mode: 'redirect', returnTo: 'data:'}": "return_to_refused",
	} {
		at.click(options)
		at.refused(want)
	}
}

// A redirect comes back to the exact address, and tells its page once.
func testRedirect(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/live/page?q=1%202#a/b?c")
	at.do("leave", set("asked = {forceAuth: true, mode: 'redirect'}"), chromedp.Click("#go"), chromedp.WaitVisible("input[name=password]"))
	at.signIn("ada")
	at.do("come back", chromium.Until(`location.pathname + location.search + location.hash === "/live/page?q=1%202#a/b?c" && window.seen?.length > 0`))
	events := read[[]event](at, "seen")
	if len(events) != 1 || events[0].Event != "reauthenticated" || !events[0].Data.Proof.Performed || !events[0].Data.Asked.ForceAuth {
		t.Errorf("the events are %+v", events)
	}
	at.do("load it again", chromedp.Reload(), chromium.Until("window.seen !== undefined"), chromium.Until("doorward.session().then(d => d.authenticated)"))
	if events := at.quiet(); len(events) != 0 {
		t.Errorf("loaded again, the events are %+v", events)
	}
}

func testRedirectCancelled(t *testing.T, s *site, at *tab) {
	s.signedIn(at, "/live/")
	at.do("leave", set("asked = {forceAuth: true, mode: 'redirect'}"), chromedp.Click("#go"),
		chromedp.Click(`button[value=cancel]`), chromedp.Click(`//a[text()="Back to the application"]`),
		chromium.Until(`location.pathname === "/live/" && window.seen?.length > 0`))
	if events := at.quiet(); len(events) != 1 || events[0].Event != "error" || events[0].Code != "not_proved" {
		t.Errorf("the events are %+v", events)
	}
}

// Where the browser opens no window, the page is left instead.
func testBlocked(t *testing.T, s *site, at *tab) {
	at.visit(s.wiki + "/live/")
	at.do("leave", set("window.open = () => null"), set("asked = {idp: 'staff'}"), chromedp.Click("#go"))
	at.signIn("ada")
	at.do("come back", chromium.Until(`location.pathname === "/live/" && window.seen?.length > 0`))
	if events := read[[]event](at, "seen"); events[0].Event != "login" {
		t.Errorf("the events are %+v", events)
	}
}
