package conformance_test

// Back-Channel OP: clients are told that somebody signed out (OpenID Connect
// Back-Channel Logout 1.0).

import (
	"net/http"
	"testing"
	"time"
)

// TestBackChannelOP is oidcc-backchannel-rp-initiated-logout-certification-test-plan.
func TestBackChannelOP(t *testing.T) {
	runPlan(t, "Back-Channel OP", variant{}, modules{
		"oidcc-backchannel-logout-discovery-endpoint-verification": backChannelDiscoveryModule,
		"oidcc-backchannel-rp-initiated-logout":                    backChannelModule,
	})
}

func backChannelDiscoveryModule(m *module) {
	d := m.op.discover()
	d.endpoints("end_session_endpoint")
	if !d.flag("backchannel_logout_supported", false) || !d.flag("backchannel_logout_session_supported", false) {
		m.Error("discovery does not offer back-channel logout with sessions")
	}
}

// oidcc-backchannel-rp-initiated-logout: both clients of the session are told,
// each with a token of its own, and the browser goes on.
func backChannelModule(m *module) {
	b := m.browser()
	first, second := m.client("back-1"), m.client("back-2")
	got := first.request().tokens(b)
	other := second.request().tokens(b)
	l := &leaving{first, b, got.claims, map[string][]string{
		"id_token_hint": {got.id}, "post_logout_redirect_uri": {m.op.rp.URL + goodbyePath}, "state": {random()},
	}}
	l.goodbye(l.walk(), l.params.Get("state"))

	told := map[string]string{}
	for range 2 {
		select {
		case call := <-m.op.rp.logouts:
			told[call.path] = m.logoutToken(call)
		case <-time.After(10 * time.Second):
			m.Fatalf("only %d of 2 clients were told", len(told))
		}
	}
	for path, who := range map[string]struct {
		c      *client
		claims map[string]any
	}{backLogoutPath + "/back-1": {first, got.claims}, backLogoutPath + "/back-2": {second, other.claims}} {
		who.c.logoutClaims(told[path], who.claims)
	}
	l.gone()
}

// logoutToken is the token of a call, which is a form with nothing else.
func (m *module) logoutToken(call logout) string {
	m.Helper()
	if call.method != http.MethodPost || call.kind != "application/x-www-form-urlencoded" {
		m.Errorf("the call is %s with %q", call.method, call.kind)
	}
	if len(call.form) != 1 || len(call.form["logout_token"]) != 1 {
		m.Errorf("the form is %d members, want logout_token alone", len(call.form))
	}
	return call.form.Get("logout_token")
}

// logoutClaims holds a logout token against the ID token of the session
// (section 2.4).
func (c *client) logoutClaims(token string, idToken map[string]any) {
	c.Helper()
	if token == "" {
		c.Fatalf("the client %s was not told", c.id)
	}
	claims, header := c.op.opened("logout token", token, "RS256")
	c.op.claimsOf("logout token", claims, c.id)
	if typ := header.ExtraHeaders["typ"]; typ != "logout+jwt" {
		c.Errorf("the logout token's typ is %v", typ)
	}
	for _, name := range []string{"sub", "sid"} {
		if claims[name] == nil || claims[name] != idToken[name] {
			c.Errorf("the logout token's %s is %v, the ID token's %v", name, claims[name], idToken[name])
		}
	}
	if text(claims, "jti") == "" {
		c.Error("the logout token has no jti")
	}
	if exp, now := number(c, claims, "exp"), c.op.clock.Now().Unix(); exp <= now || exp > now+skew {
		c.Errorf("the logout token's exp is %d, and it is %d now", exp, now)
	}
	if _, there := claims["nonce"]; there {
		c.Error("the logout token has a nonce")
	}
	events, _ := claims["events"].(map[string]any)
	event, is := events["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
	if len(events) != 1 || !is || len(event) != 0 {
		c.Errorf("the logout token's events is %v", claims["events"])
	}
}
