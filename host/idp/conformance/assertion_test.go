package conformance_test

// private_key_jwt (RFC 7523; OpenID Connect Core 1.0, section 9).

import (
	"net/http"
	"net/url"
	"testing"
	"time"
)

// asserted calls the token endpoint with an assertion of its own.
func (f *flow) asserted(code, assertion string, changes ...string) reply {
	f.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.redirect},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return f.op.postForm(f.op.discover().text("token_endpoint"), form)
}

func TestClientAssertions(t *testing.T) {
	op := startProvider(t)
	c := op.client("key")
	for name, claims := range map[string]map[string]any{
		"issuer": {"aud": op.issuer}, "issuer in a list": {"aud": []string{op.issuer}}, "token endpoint": {"aud": op.discover().text("token_endpoint")},
		"eight seconds ahead": {"nbf": op.clock.Now().Unix() + 8, "iat": op.clock.Now().Unix() + 8},
	} {
		t.Run(name, func(t *testing.T) {
			f := op.in(t).client("key").request()
			f.issued(f.asserted(f.code(op.in(t).ada()), c.assertion(claims)))
		})
	}
}

func TestClientAssertionsThatAreRefused(t *testing.T) {
	op := startProvider(t)
	c, now := op.client("key"), op.clock.Now().Unix()
	with := func(name string, value any) string { return c.assertion(map[string]any{name: value}) }
	forger := *c
	forger.key = clientKey("forger")
	unknown := *c
	unknown.key.KeyID = "unknown"
	claims := map[string]any{"iss": "key", "sub": "key", "aud": op.issuer, "jti": random(), "iat": now, "exp": now + 60}
	for name, assertion := range map[string]string{
		"another server": with("aud", "https://other.example.com"), "ours and another": with("aud", []string{op.issuer, "https://other.example.com"}), "no aud": with("aud", nil),
		"issuer with a slash": with("aud", op.issuer+"/"), "another issuer": with("iss", "first"), "another subject": with("sub", "first"), "no iss": with("iss", nil), "no sub": with("sub", nil),
		"no jti": with("jti", nil), "no exp": with("exp", nil), "five minutes over": with("exp", now-301), "for a day": with("exp", now+86400), "exp as text": with("exp", "soon"),
		"issued in an hour": with("iat", now+3600), "not before an hour": with("nbf", now+3600),
		"another key": forger.assertion(nil), "unknown key id": unknown.assertion(nil), "unsigned": unsigned(t, claims),
		"with a secret": hmacSigned(t, staticSecret, claims), "with the public key": hmacSigned(t, string(keySet(t, c.key)), claims),
		"ES256 of another": signed(t, curveKey("rp-ec"), claims, nil), "not a JWT": "not-a-jwt", "empty": "",
	} {
		t.Run(name, func(t *testing.T) {
			f := op.in(t).client("key").request()
			op.in(t).oauthError(name, f.asserted(f.code(op.in(t).ada()), assertion), http.StatusUnauthorized, "invalid_client", "invalid_request")
		})
	}
}

// An assertion is good once, and only one way of proving is.
func TestClientAssertionReplayAndMethod(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	f := op.client("key").request()
	assertion := f.assertion(nil)
	f.issued(f.asserted(f.code(b), assertion))
	op.oauthError("replay", f.asserted(f.code(b), assertion), http.StatusUnauthorized, "invalid_client")
	op.clock.advance(30 * time.Second)
	op.oauthError("replay later", f.asserted(f.code(b), assertion), http.StatusUnauthorized, "invalid_client")

	op.oauthError("another type", f.asserted(f.code(b), f.assertion(nil), "client_assertion_type", "urn:example:other"), http.StatusUnauthorized, "invalid_client", "invalid_request")
	op.oauthError("another client_id", f.asserted(f.code(b), f.assertion(nil), "client_id", "first"), http.StatusUnauthorized, "invalid_client", "invalid_request")
	op.oauthError("a secret beside it", f.asserted(f.code(b), f.assertion(nil), "client_id", "key", "client_secret", staticSecret), http.StatusUnauthorized, "invalid_client", "invalid_request")
	secret := *f.client
	secret.auth = "client_secret_post"
	g := secret.request()
	op.oauthError("a secret instead", g.redeem(g.code(b)), http.StatusUnauthorized, "invalid_client")
	other := op.client("first").request()
	op.oauthError("an assertion of a client with a secret", other.asserted(other.code(b), other.assertion(nil)), http.StatusUnauthorized, "invalid_client")
}
