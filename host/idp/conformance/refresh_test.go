package conformance_test

// Refresh tokens (RFC 6749, section 6; RFC 9700, section 4.14).

import (
	"net/http"
	"testing"
	"time"
)

// offline are tokens with a refresh token that outlives the session.
func (c *client) offline(b *browser, scope string) (*flow, tokens) {
	c.Helper()
	f := c.request("scope", "openid offline_access "+scope, "prompt", "consent")
	t := f.tokens(b)
	if t.refresh == "" {
		c.Fatal("no refresh token")
	}
	return f, t
}

// A token that was used before takes away everything (RFC 9700, section
// 4.14.2).
func TestT47_RefreshTokenReuse(t *testing.T) {
	op := startProvider(t)
	_, got := op.client("first").offline(op.ada(), "")
	c := op.client("first")
	next := c.issued(c.refreshed(got.refresh))
	if next.refresh == "" || next.refresh == got.refresh {
		t.Fatal("the refresh token is not replaced")
	}
	third := c.issued(c.refreshed(next.refresh))
	op.clock.advance(time.Minute)
	op.oauthError("reuse", c.refreshed(got.refresh), http.StatusBadRequest, "invalid_grant")
	op.oauthError("the newest after a reuse", c.refreshed(third.refresh), http.StatusBadRequest, "invalid_grant")
	for _, token := range []string{got.access, next.access, third.access} {
		if r := op.callUserInfo(token, byGet); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("an access token of the grant still gets %d", r.StatusCode)
		}
	}
}

func TestRefreshScopes(t *testing.T) {
	op := startProvider(t)
	f, got := op.client("first").offline(op.ada(), "email profile")
	less := f.issued(f.refreshed(got.refresh, "scope", "openid email"))
	less.claims = got.claims
	if info := f.userInfo(less, byGet); info["email"] == nil || info["nickname"] != nil {
		t.Errorf("with fewer scopes userinfo is %v", info)
	}
	again := f.issued(f.refreshed(less.refresh)) // the grant still has them all
	again.claims = got.claims
	if info := f.userInfo(again, byGet); info["nickname"] == nil {
		t.Errorf("without scopes userinfo is %v", info)
	}
	op.oauthError("a wider scope", f.refreshed(again.refresh, "scope", "openid phone"), http.StatusBadRequest, "invalid_scope")
	f.issued(f.refreshed(again.refresh)) // and that spent nothing
}

func TestRefreshTokensOfOthers(t *testing.T) {
	op := startProvider(t)
	_, got := op.client("first").offline(op.ada(), "")
	op.oauthError("another client", op.client("post").refreshed(got.refresh), http.StatusBadRequest, "invalid_grant")
	op.oauthError("an access token", op.client("first").refreshed(got.access), http.StatusBadRequest, "invalid_grant")
	op.oauthError("an unknown one", op.client("first").refreshed(random()), http.StatusBadRequest, "invalid_grant")
	op.oauthError("an empty one", op.client("first").refreshed(""), http.StatusBadRequest, "invalid_grant", "invalid_request")
	op.client("first").issued(op.client("first").refreshed(got.refresh))
}

// Signing out ends what was not asked for offline (OpenID Connect Core 1.0,
// section 11; Back-Channel Logout 1.0, section 2.7).
func TestRefreshAfterSignOut(t *testing.T) {
	op := startProvider(t)
	m := &module{t, op, variant{}}
	for _, offline := range []bool{true, false} {
		l := m.leaving()
		c := op.client("second")
		f := c.request()
		if offline {
			f = c.request("scope", "openid offline_access", "prompt", "consent")
		}
		got := f.tokens(l.b)
		if got.refresh == "" {
			t.Fatalf("offline %v: no refresh token", offline)
		}
		l.goodbye(l.walk(), l.params.Get("state"))
		if offline {
			f.userInfo(got, byGet)
			c.issued(c.refreshed(got.refresh))
			continue
		}
		op.oauthError("a refresh token of the session", c.refreshed(got.refresh), http.StatusBadRequest, "invalid_grant")
		if r := op.callUserInfo(got.access, byGet); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("an access token of the session gets %d", r.StatusCode)
		}
	}
}

// offline_access is nothing without consent (OpenID Connect Core 1.0, section
// 11), also for a client that people are not asked about otherwise.
func TestOfflineAccessNeedsConsent(t *testing.T) {
	op := startProvider(t)
	for _, name := range []string{"first", "second"} {
		b, c := op.ada(), op.client(name)
		c.request().tokens(b)
		c.request("scope", "openid offline_access", "prompt", "none").refused(b, "consent_required", "interaction_required")
		f := c.request("scope", "openid offline_access")
		a := f.walk(b)
		if !a.saw("consent") {
			t.Errorf("%s: nobody was asked", name)
		}
		code, _ := f.answered(a)
		f.exchange(code)
	}
}

func TestConsentDeclined(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	op.client("second").request().tokens(b)
	b.decline = true
	op.client("first").request("prompt", "consent").refused(b, "access_denied")
}
