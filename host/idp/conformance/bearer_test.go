package conformance_test

// Bearer tokens at userinfo (RFC 6750), and tokens for clients themselves (RFC
// 6749, section 4.4).

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestBearerErrors(t *testing.T) {
	op := startProvider(t)
	at := op.discover().text("userinfo_endpoint")
	got := op.client("first").request().tokens(op.ada())
	challenge := func(r reply) string { return strings.Join(r.Header.Values("WWW-Authenticate"), ", ") }

	if r := op.get(at); r.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(challenge(r), "Bearer") || strings.Contains(challenge(r), "error=") {
		t.Errorf("without a token: %d %q, want a challenge without an error (section 3.1)", r.StatusCode, challenge(r))
	}
	for name, value := range map[string]string{
		"unknown": "Bearer " + random(), "changed": "Bearer x" + got.access[1:] + "x", "cut off": "Bearer " + got.access[:20], "an ID token": "Bearer " + got.id,
	} {
		if r := op.get(at, "Authorization", value); r.StatusCode != http.StatusUnauthorized || !strings.Contains(challenge(r), `error="invalid_token"`) {
			t.Errorf("%s: %d %q", name, r.StatusCode, challenge(r))
		}
	}
	if r := op.get(at, "Authorization", "bearer "+got.access); r.StatusCode != http.StatusOK {
		t.Errorf("the scheme in lower case: %d (RFC 9110, section 11.1)", r.StatusCode)
	}
	for name, value := range map[string]string{ // THREATS 21
		"no token": "Bearer", "tab": "Bearer\t" + got.access, "two spaces": "Bearer  " + got.access, "another scheme": "Basic " + got.access, "bare": got.access, "twice": "Bearer " + got.access + " " + got.access, "comma": "Bearer " + got.access + ", Bearer x",
	} {
		if r := op.get(at, "Authorization", value); r.StatusCode != http.StatusUnauthorized && r.StatusCode != http.StatusBadRequest {
			t.Errorf("T21 %s: %d", name, r.StatusCode)
		}
	}
	if r := op.postForm(at, url.Values{"access_token": {got.access}}, "Authorization", "Bearer "+got.access); r.StatusCode != http.StatusBadRequest {
		t.Errorf("two ways at once: %d, want 400 (section 2)", r.StatusCode)
	}
	if r := op.get(at + "?access_token=" + got.access); r.StatusCode == http.StatusOK {
		t.Error("a token in the address works")
	}
	op.clock.advance(61 * time.Minute)
	if r := op.callUserInfo(got.access, byGet); r.StatusCode != http.StatusUnauthorized || !strings.Contains(challenge(r), "invalid_token") {
		t.Errorf("expired: %d %q", r.StatusCode, challenge(r))
	}
}

// Scripts of other origins may call what machines call, and read nothing with
// cookies.
func TestUserInfoCORS(t *testing.T) {
	op := startProvider(t)
	got := op.client("first").request().tokens(op.ada())
	r := op.get(op.discover().text("userinfo_endpoint"), "Authorization", "Bearer "+got.access, "Origin", "https://app.example.com")
	if origin := r.Header.Get("Access-Control-Allow-Origin"); origin != "*" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("Access-Control-Allow-Origin is %q", origin)
	}
	preflight, err := http.NewRequest(http.MethodOptions, op.discover().text("userinfo_endpoint"), nil)
	must(t, err)
	preflight.Header.Set("Origin", "https://app.example.com")
	preflight.Header.Set("Access-Control-Request-Method", "GET")
	preflight.Header.Set("Access-Control-Request-Headers", "authorization, dpop")
	r = op.do(preflight)
	allowed := strings.ToLower(r.Header.Get("Access-Control-Allow-Headers"))
	if r.StatusCode/100 != 2 || !strings.Contains(allowed, "authorization") || !strings.Contains(allowed, "dpop") {
		t.Errorf("preflight: %d, headers %q", r.StatusCode, allowed)
	}
}

func TestClientCredentials(t *testing.T) {
	op := startProvider(t)
	api := op.client("api")
	credentials := func(c *client, more ...string) reply {
		return c.call("token_endpoint", url.Values{"grant_type": {"client_credentials"}}, more...)
	}
	got := api.issued(credentials(api))
	if got.id != "" || got.refresh != "" {
		t.Error("a client's own token comes with an ID token or a refresh token (RFC 6749, section 4.4.3)")
	}
	claims, _ := op.opened("access token", got.access, "RS256")
	if claims["sub"] != "api" || claims["client_id"] != "api" {
		t.Errorf("sub is %v and client_id %v (RFC 9068, section 2.2)", claims["sub"], claims["client_id"])
	}
	if r := op.callUserInfo(got.access, byGet); r.StatusCode != http.StatusUnauthorized && r.StatusCode != http.StatusForbidden {
		t.Errorf("userinfo about nobody: %d", r.StatusCode)
	}
	if o := api.introspect(got.access); o["active"] != true || o["client_id"] != "api" {
		t.Errorf("introspection says %v", o)
	}
	op.oauthError("not registered for it", credentials(op.client("first")), http.StatusBadRequest, "unauthorized_client")
	op.oauthError("a public client", credentials(op.client("public")), http.StatusBadRequest, "unauthorized_client", "invalid_client")
	op.oauthError("an unknown scope", credentials(api, "scope", "phone"), http.StatusBadRequest, "invalid_scope")
}

// Codes are for their client, their redirect URI, and a minute.
func TestCodesAreBound(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	f := op.client("first").request()
	g := op.client("second").request()
	g.tokenError(f.code(b), "invalid_grant")
	f.tokenError(f.code(b), "invalid_grant", "redirect_uri", op.rp.URL+callbackPath+"/other")
	op.oauthError("without a redirect URI", f.redeem(f.code(b), "redirect_uri", "-"), http.StatusBadRequest, "invalid_grant", "invalid_request")
	f.tokenError(random(), "invalid_grant")
	op.oauthError("without a code", f.redeem("", "code", "-"), http.StatusBadRequest, "invalid_request")
	code := f.code(b)
	op.clock.advance(61 * time.Second)
	f.tokenError(code, "invalid_grant")
}

func TestTokenEndpointRequests(t *testing.T) {
	op := startProvider(t)
	c := op.client("first")
	at := op.discover().text("token_endpoint")
	op.oauthError("unknown grant", c.call("token_endpoint", url.Values{"grant_type": {"urn:example:other"}}), http.StatusBadRequest, "unsupported_grant_type")
	op.oauthError("password grant", c.call("token_endpoint", url.Values{"grant_type": {"password"}, "username": {adaName}, "password": {adaPassword}}), http.StatusBadRequest, "unsupported_grant_type", "unauthorized_client")
	op.oauthError("no grant", c.call("token_endpoint", url.Values{}), http.StatusBadRequest, "invalid_request", "unsupported_grant_type")
	if r := op.get(at); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET gets %d", r.StatusCode)
	}
	r := op.postForm(at, url.Values{"grant_type": {"authorization_code"}, "code": {random()}}, "Authorization", "Basic Zmlyc3Q6d3Jvbmc=")
	op.oauthError("wrong secret", r, http.StatusUnauthorized, "invalid_client")
	if r.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic") {
		t.Errorf("the challenge is %q (RFC 6749, section 5.2)", r.Header.Get("WWW-Authenticate"))
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {random(), random()}, "redirect_uri": {c.redirect}}
	op.oauthError("two codes", c.call("token_endpoint", form), http.StatusBadRequest, "invalid_request")
}
