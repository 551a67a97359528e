package conformance_test

// Introspection (RFC 7662) and revocation (RFC 7009).

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// introspect is what the provider says of a token; the call must be good.
func (c *client) introspect(token string, changes ...string) map[string]any {
	c.Helper()
	r := c.call("introspection_endpoint", url.Values{"token": {token}}, changes...)
	if r.StatusCode != http.StatusOK {
		c.Fatalf("introspection: %d %s", r.StatusCode, r.body)
	}
	c.op.jsonAnswer("introspection", r)
	return r.object(c)
}

// inactive holds an answer that says so and nothing else (RFC 7662, section 2.2).
func (c *client) inactive(what string, o map[string]any) {
	c.Helper()
	if o["active"] != false || len(o) != 1 {
		c.Errorf("introspection of %s says %v, want active: false alone", what, o)
	}
}

func TestIntrospection(t *testing.T) {
	op := startProvider(t)
	c := op.client("first")
	f, got := c.offline(op.ada(), "email")
	o := c.introspect(got.access)
	for name, want := range map[string]any{"active": true, "client_id": "first", "sub": got.claims["sub"], "iss": op.issuer, "scope": "openid offline_access email"} {
		if name == "scope" {
			if len(text(o, "scope")) != len(want.(string)) {
				t.Errorf("scope is %v", o[name])
			}
			continue
		}
		if o[name] != want {
			t.Errorf("%s is %v, want %v", name, o[name], want)
		}
	}
	if exp := number(t, o, "exp"); exp <= op.clock.Now().Unix() {
		t.Errorf("exp is %d", exp)
	}
	number(t, o, "iat")
	if o := c.introspect(got.refresh); o["active"] != true {
		t.Errorf("introspection of a refresh token says %v", o)
	}
	if o := c.introspect(got.access, "token_type_hint", "refresh_token"); o["active"] != true {
		t.Errorf("with a wrong hint introspection says %v", o)
	}
	c.inactive("an unknown token", c.introspect(random()))
	c.inactive("an ID token", c.introspect(got.id))
	c.inactive("an empty token", c.introspect("x"))
	f.issued(f.refreshed(got.refresh))
	op.clock.advance(61 * time.Minute)
	c.inactive("an expired token", c.introspect(got.access))
}

func TestIntrospectionNeedsTheClient(t *testing.T) {
	op := startProvider(t)
	at := op.discover().text("introspection_endpoint")
	got := op.client("first").request().tokens(op.ada())
	op.oauthError("no credentials", op.postForm(at, url.Values{"token": {got.access}}), http.StatusUnauthorized, "invalid_client")
	wrong := op.client("first")
	wrong.secret = random()
	op.oauthError("wrong secret", wrong.call("introspection_endpoint", url.Values{"token": {got.access}}), http.StatusUnauthorized, "invalid_client")
	op.oauthError("a public client", op.client("public").call("introspection_endpoint", url.Values{"token": {got.access}}), http.StatusUnauthorized, "invalid_client", "unauthorized_client")
	if r := op.get(at + "?token=" + got.access); r.StatusCode != http.StatusMethodNotAllowed && r.StatusCode != http.StatusBadRequest {
		t.Errorf("GET gets %d", r.StatusCode)
	}
	op.oauthError("without a token", op.client("first").call("introspection_endpoint", url.Values{}), http.StatusBadRequest, "invalid_request")
}

// A bound token says whose key it is bound to (RFC 9449, section 6.2).
func TestIntrospectionOfABoundToken(t *testing.T) {
	op := startProvider(t)
	key := curveKey("dpop")
	c := op.client("bound")
	o := c.introspect(c.bound(op.ada(), key).access)
	cnf, _ := o["cnf"].(map[string]any)
	if o["token_type"] != "DPoP" || cnf["jkt"] != thumbprint(t, key) {
		t.Errorf("introspection says %v", o)
	}
}

// revoke revokes a token; the answer is 200 whatever the token is (RFC 7009,
// section 2.2).
func (c *client) revoke(token string, changes ...string) {
	c.Helper()
	r := c.call("revocation_endpoint", url.Values{"token": {token}}, changes...)
	if r.StatusCode != http.StatusOK {
		c.Errorf("revocation: %d %s", r.StatusCode, r.body)
	}
}

func TestRevocation(t *testing.T) {
	op := startProvider(t)
	c := op.client("first")
	_, got := c.offline(op.ada(), "")
	c.revoke(random())
	c.revoke(got.access, "token_type_hint", "refresh_token")
	if r := op.callUserInfo(got.access, byGet); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked access token gets %d", r.StatusCode)
	}
	c.inactive("a revoked token", c.introspect(got.access))

	next := got
	if r := c.refreshed(got.refresh); r.StatusCode == http.StatusOK { // revoking an access token may end the grant, and need not
		next = c.issued(r)
	} else {
		_, next = c.offline(op.ada(), "")
	}
	c.revoke(next.refresh)
	op.oauthError("a revoked refresh token", c.refreshed(next.refresh), http.StatusBadRequest, "invalid_grant")
	if r := op.callUserInfo(next.access, byGet); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("after its refresh token was revoked an access token gets %d (section 2.1)", r.StatusCode)
	}
	c.revoke(next.refresh) // twice is no error
}

func TestRevocationIsTheClientsOwn(t *testing.T) {
	op := startProvider(t)
	f, got := op.client("first").offline(op.ada(), "")
	other := op.client("second")
	if r := other.call("revocation_endpoint", url.Values{"token": {got.refresh}}); r.StatusCode != http.StatusOK && r.StatusCode != http.StatusBadRequest {
		t.Errorf("another client's revocation: %d", r.StatusCode)
	}
	f.userInfo(got, byGet)
	f.issued(f.refreshed(got.refresh))
	at := op.discover().text("revocation_endpoint")
	op.oauthError("no credentials", op.postForm(at, url.Values{"token": {got.access}}), http.StatusUnauthorized, "invalid_client")
	op.oauthError("without a token", other.call("revocation_endpoint", url.Values{}), http.StatusBadRequest, "invalid_request")
}
