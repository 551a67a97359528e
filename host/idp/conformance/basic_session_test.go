package conformance_test

// Basic OP: single sign-on, and when credentials are asked for again.

import (
	"time"
)

// twice signs in, and then asks again with changes from the same browser.
func (m *module) twice(wait time.Duration, first, second []string) (before, after tokens, a arrival) {
	m.Helper()
	b, c := m.browser(), m.client("first")
	f := c.request(first...)
	before = f.tokens(b)
	m.op.clock.advance(wait)
	g := c.request(second...)
	a = g.walk(b)
	code, _ := g.answered(a)
	return before, g.exchange(code), a
}

// sameAuthentication holds two sign-ins of one authentication, the second one
// without a page.
func (m *module) sameAuthentication(before, after tokens, a arrival) {
	m.Helper()
	if !a.silent() {
		m.Errorf("the person was shown %v", a.shown)
	}
	if before.claims["sub"] != after.claims["sub"] {
		m.Errorf("sub was %v, and is %v", before.claims["sub"], after.claims["sub"])
	}
	if before.claims["auth_time"] != after.claims["auth_time"] {
		m.Errorf("auth_time was %v, and is %v without a proof in between", before.claims["auth_time"], after.claims["auth_time"])
	}
	if after.claims["challenged"] != false {
		m.Error("challenged is not false, although nobody was asked")
	}
}

// newAuthentication holds two sign-ins with a proof of credentials each.
func (m *module) newAuthentication(before, after tokens, a arrival) {
	m.Helper()
	if !a.saw("sign-in") {
		m.Error("nobody was asked to sign in")
	}
	was, is, now := number(m, before.claims, "auth_time"), number(m, after.claims, "auth_time"), m.op.clock.Now().Unix()
	if is <= was {
		m.Errorf("auth_time was %d, and is %d: not strictly later", was, is)
	}
	if is > now+skew || is < now-skew {
		m.Errorf("auth_time is %d, and it is %d now", is, now)
	}
	if after.claims["challenged"] != true {
		m.Error("challenged is not true, although credentials were proved")
	}
	if before.claims["sub"] != after.claims["sub"] {
		m.Errorf("sub was %v, and is %v", before.claims["sub"], after.claims["sub"])
	}
}

func promptLoginModule(m *module) {
	m.newAuthentication(m.twice(time.Second, nil, []string{"prompt", "login"}))
}

// oidcc-max-age-1 waits for two seconds.
func maxAge1Module(m *module) {
	m.newAuthentication(m.twice(2*time.Second, nil, []string{"max_age", "1"}))
	m.newAuthentication(m.twice(time.Second, nil, []string{"max_age", "0"})) // equals prompt=login
}

func maxAge10000Module(m *module) {
	m.sameAuthentication(m.twice(time.Second, []string{"max_age", "15000"}, []string{"max_age", "10000"}))
}

func promptNoneLoggedInModule(m *module) {
	m.sameAuthentication(m.twice(time.Second, nil, []string{"prompt", "none"}))
}

func promptNoneNotLoggedInModule(m *module) {
	c := m.client("first")
	a := c.request("prompt", "none").refused(m.browser(), "login_required", "interaction_required")
	if !a.silent() {
		m.Errorf("the person was shown %v", a.shown)
	}
	c.request("prompt", "none login").refused(m.browser(), "invalid_request")
}

// oidcc-id-token-hint: the person it names goes on silently; somebody else
// cannot (OpenID Connect Core 1.0, section 3.1.2.1), and an expired one is
// still a hint.
func idTokenHintModule(m *module) {
	b, c := m.browser(), m.client("first")
	f := c.request()
	before := f.tokens(b)
	m.op.clock.advance(11 * time.Minute)
	g := c.request("prompt", "none", "id_token_hint", before.id)
	a := g.walk(b)
	code, _ := g.answered(a)
	m.sameAuthentication(before, g.exchange(code), a)

	other := m.op.browser(bobName, bobPassword)
	c.request().tokens(other)
	c.request("prompt", "none", "id_token_hint", before.id).refused(other, "login_required", "account_selection_required", "interaction_required")
	if a := c.request("id_token_hint", before.id).walk(other); a.params.Has("code") {
		m.Error("somebody else than the hint says signed in")
	}
}
