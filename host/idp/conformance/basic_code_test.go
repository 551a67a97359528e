package conformance_test

// Basic OP: codes that come twice, and refresh tokens.

import (
	"net/http"
	"slices"
	"time"
)

// oidcc-codereuse: a code is good once, and a second use takes away what the
// first one got (RFC 6749, section 4.1.2).
func codeReuseModule(m *module) { m.codeReuse(0) }

func codeReuse30SecondsModule(m *module) { m.codeReuse(30 * time.Second) }

func (m *module) codeReuse(wait time.Duration) {
	m.Helper()
	f := m.client("first").request()
	code := f.code(m.browser())
	got := f.exchange(code)
	f.userInfo(got, byGet)
	m.op.clock.advance(wait)
	f.tokenError(code, "invalid_grant")
	if r := m.op.callUserInfo(got.access, byGet); r.StatusCode != http.StatusUnauthorized {
		m.Errorf("after the reuse the access token gets %d", r.StatusCode)
	}
}

// refreshing is a request that a refresh token comes of.
func (m *module) refreshing(c *client) *flow {
	m.Helper()
	d := m.op.discover()
	if !slices.Contains(d.list("grant_types_supported"), "refresh_token") || !slices.Contains(d.list("scopes_supported"), "offline_access") {
		m.Error("discovery does not offer refresh tokens and offline_access")
	}
	return c.request("scope", "openid offline_access", "prompt", "consent")
}

// oidcc-refresh-token: with two clients, and each token for its own client.
func refreshTokenModule(m *module) {
	b := m.browser()
	first := m.refreshing(m.client("first"))
	m.refresh(first, first.tokens(b), "scope", "openid offline_access")

	second := m.refreshing(m.client("second"))
	others := m.refresh(second, second.tokens(b))
	r := first.refreshed(others.refresh)
	m.op.oauthError("the other client's refresh token", r, http.StatusBadRequest, "invalid_grant")
}

// refresh holds a refresh against the tokens before it.
func (m *module) refresh(f *flow, before tokens, changes ...string) tokens {
	m.Helper()
	if before.refresh == "" {
		m.Fatal("the token answer has no refresh_token")
	}
	m.op.clock.advance(time.Second)
	after := f.issued(f.refreshed(before.refresh, changes...))
	if after.access == before.access {
		m.Error("the access token is the same")
	}
	if after.claims != nil { // OpenID Connect Core 1.0, section 12.2
		for _, name := range []string{"iss", "sub", "auth_time", "azp", "acr", "sid"} {
			if before.claims[name] != after.claims[name] {
				m.Errorf("the ID token's %s was %v, and is %v", name, before.claims[name], after.claims[name])
			}
		}
		if nonce, there := after.claims["nonce"]; there && nonce != f.nonce {
			m.Errorf("the refreshed ID token has nonce %v", nonce)
		}
		if after.claims["iat"] == before.claims["iat"] {
			m.Error("the refreshed ID token has the iat of the first one")
		}
		if after.claims["challenged"] == true {
			m.Error("a refresh says challenged, although nobody was asked")
		}
	} else {
		after.claims = before.claims
	}
	f.userInfo(after, byGet)
	if after.refresh == "" {
		after.refresh = before.refresh
	}
	return after
}
