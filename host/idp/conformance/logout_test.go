package conformance_test

// RP-Initiated OP: signing out (OpenID Connect RP-Initiated Logout 1.0).

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestRPInitiatedOP is oidcc-rp-initiated-logout-certification-test-plan.
func TestRPInitiatedOP(t *testing.T) {
	runPlan(t, "RP-Initiated OP", variant{}, modules{
		"oidcc-rp-initiated-logout-discovery-endpoint-verification": func(m *module) {
			m.op.discover().endpoints("end_session_endpoint")
		},
		"oidcc-rp-initiated-logout":          logoutModule,
		"oidcc-rp-initiated-logout-no-state": logoutWithoutStateModule,

		"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": logoutRefusedModule(func(l *leaving) {
			l.params.Set("post_logout_redirect_uri", l.op.rp.URL+goodbyePath+"/unregistered")
		}),
		"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": logoutRefusedModule(func(l *leaving) {
			l.params.Set("post_logout_redirect_uri", l.op.rp.URL+goodbyePath+"?foo=bar")
		}),
		"oidcc-rp-initiated-logout-modified-id-token-hint": logoutRefusedModule(func(l *leaving) {
			l.params.Set("id_token_hint", unsigned(l, l.claims))
		}),
		"oidcc-rp-initiated-logout-bad-id-token-hint": logoutRefusedModule(func(l *leaving) {
			_, header := l.op.opened("ID token", l.params.Get("id_token_hint"), "RS256")
			key := clientKey("forger")
			key.KeyID = header.KeyID
			l.params.Set("id_token_hint", signed(l, key, l.claims, nil))
		}),
		"oidcc-rp-initiated-logout-no-id-token-hint": logoutRefusedModule(func(l *leaving) {
			l.params.Del("id_token_hint")
		}),

		"oidcc-rp-initiated-logout-no-params":                   logoutPageModule(),
		"oidcc-rp-initiated-logout-only-state":                  logoutPageModule("state"),
		"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": logoutPageModule("state", "id_token_hint"),
	})
}

// leaving is somebody who is signed in, and the request to sign them out.
type leaving struct {
	*client
	b      *browser
	claims map[string]any // of the ID token
	params url.Values
}

func (m *module) leaving() *leaving {
	m.Helper()
	b, c := m.browser(), m.client("first")
	got := c.request().tokens(b)
	return &leaving{c, b, got.claims, url.Values{
		"id_token_hint": {got.id}, "post_logout_redirect_uri": {m.op.rp.URL + goodbyePath}, "state": {random() + random() + random()},
	}}
}

func (l *leaving) walk() arrival {
	l.Helper()
	return l.b.open(withQuery(l.op.discover().text("end_session_endpoint"), l.params))
}

// gone holds that nobody is signed in any more.
func (l *leaving) gone() {
	l.Helper()
	l.request("prompt", "none").refused(l.b, "login_required", "interaction_required", "account_selection_required", "consent_required")
}

// goodbye holds that the browser is back at the client, with nothing but the
// state.
func (l *leaving) goodbye(a arrival, state string) {
	l.Helper()
	if a.last != nil {
		l.Fatalf("the browser ends at a page (%d) and not at the client", a.last.StatusCode)
	}
	if want := l.op.rp.URL + goodbyePath; a.target.String() != want {
		l.Errorf("the browser ends at %s, want %s", a.target, want)
	}
	want := url.Values{}
	if state != "" {
		want.Set("state", state)
	}
	if a.params.Encode() != want.Encode() {
		l.Errorf("it brings %v, want %v", a.params, want)
	}
}

// oidcc-rp-initiated-logout: by GET; by a posted form, to which a browser adds
// no cookie; with an expired hint; and when nobody is signed in any more.
func logoutModule(m *module) {
	l := m.leaving()
	l.goodbye(l.walk(), l.params.Get("state"))
	l.gone()
	l.goodbye(l.walk(), l.params.Get("state"))

	l = m.leaving()
	l.goodbye(l.b.postFrom(m.op.rp.URL, m.op.discover().text("end_session_endpoint"), l.params), l.params.Get("state"))
	l.gone()

	l = m.leaving()
	m.op.clock.advance(11 * time.Minute)
	l.goodbye(l.walk(), l.params.Get("state"))
	l.gone()
}

func logoutWithoutStateModule(m *module) {
	l := m.leaving()
	l.params.Del("state")
	l.goodbye(l.walk(), "")
	l.gone()
}

// logoutRefusedModule: the provider shows an error, or asks the person; it
// ends nothing by itself, and it never goes where it was told to.
func logoutRefusedModule(change func(*leaving)) func(*module) {
	return func(m *module) {
		l := m.leaving()
		change(l)
		l.b.stopAt = "sign-out"
		a := l.walk()
		if a.last == nil {
			m.Fatalf("the browser was sent to %s", a.target)
		}
		confirms := a.last.kind() == "sign-out" && a.last.StatusCode == http.StatusOK
		if !confirms && a.last.StatusCode/100 != 4 {
			m.Errorf("a page with status %d that asks nothing", a.last.StatusCode)
		}
		l.request("prompt", "none").code(l.b) // still signed in
		if !confirms {
			return
		}
		if a := l.b.goOn(a.last); a.last == nil {
			m.Errorf("once confirmed, the browser was sent to %s", a.target)
		}
		l.gone()
	}
}

// logoutPageModule sends only the parameters keep: the person is signed out,
// after they were asked when nothing proves who asks, and is shown a page.
func logoutPageModule(keep ...string) func(*module) {
	return func(m *module) {
		l := m.leaving()
		for name := range l.params {
			if !strings.Contains(strings.Join(keep, " "), name) {
				l.params.Del(name)
			}
		}
		a := l.walk()
		if a.last == nil || a.last.StatusCode != http.StatusOK {
			m.Fatalf("no page that says so: %v", a)
		}
		if asked := a.saw("sign-out"); asked == l.params.Has("id_token_hint") {
			m.Errorf("the person was asked: %v", asked)
		}
		l.gone()
	}
}
