package conformance_test

// Basic OP: requests that must succeed, and what their tokens look like.

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// oidcc-server: the whole way, for two clients.
func serverModule(m *module) {
	for _, name := range []string{"first", "second"} {
		f := m.client(name).request()
		got := f.tokens(m.browser())
		f.userInfo(got, byGet)
		if name, there := got.claims["name"]; there {
			m.Errorf("the ID token has the name %v", name)
		}
		allowed := []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid", "challenged", "jti"}
		for claim := range got.claims {
			if !slices.Contains(allowed, claim) {
				m.Errorf("the ID token has %s, which was not asked for", claim)
			}
		}
	}
}

// oidcc-idtoken-signature, and oidcc-idtoken-rs256 for a client that asks for
// it: RS256 with a key id. Both are what verify insists on.
func idTokenSignatureModule(m *module) {
	m.client("first").request().tokens(m.browser())
}

// oidcc-idtoken-unsigned: the provider has no unsigned ID tokens, says so, and
// registers nobody who wants them.
func idTokenUnsignedModule(m *module) {
	if slices.Contains(m.op.discover().list("id_token_signing_alg_values_supported"), "none") {
		m.Error("discovery offers unsigned ID tokens")
	}
	if m.dynamic {
		m.refuseRegistration(m.op.metadata("id_token_signed_response_alg", "none"), "invalid_client_metadata")
		return
	}
	m.client("first").request().tokens(m.browser())
}

func userInfoModule(how string) func(*module) {
	return func(m *module) {
		f := m.client("first").request()
		f.userInfo(f.tokens(m.browser()), how)
	}
}

// acceptedModule sends one more parameter, or one less.
func acceptedModule(name, value string) func(*module) {
	return func(m *module) {
		f := m.client("first").request(name, value)
		a := f.walk(m.browser())
		if !a.saw("sign-in") {
			m.Error("nobody was asked to sign in")
		}
		code, _ := f.answered(a)
		f.userInfo(f.exchange(code), byGet)
	}
}

// oidcc-login-hint: the page is filled in with the hint, and the hint binds
// nobody.
func loginHintModule(m *module) {
	f, b := m.client("first").request("login_hint", "buffy@example.com"), m.browser()
	b.stopAt = "sign-in"
	a := f.walk(b)
	if a.last == nil || a.last.kind() != "sign-in" {
		m.Fatal("no sign-in page")
	}
	if got := a.last.main().fields.Get("username"); got != "buffy@example.com" {
		m.Errorf("the page's user name is %q, not the hint", got)
	}
	code, _ := f.answered(b.goOn(a.last))
	f.exchange(code)
}

// oidcc-ensure-post-request-succeeds: the request as a form of another site.
func postRequestModule(m *module) {
	f, b := m.client("first").request(), m.browser()
	at := m.op.discover().text("authorization_endpoint")
	code, _ := f.answered(b.postFrom(m.op.rp.URL, at, f.params))
	f.exchange(code)

	again := f.request("prompt", "none") // and signed in, although a posted form brings no cookie
	code, _ = again.answered(b.postFrom(m.op.rp.URL, at, again.params))
	again.exchange(code)
}

// oidcc-server-client-secret-post: that method, and only that one.
func secretPostModule(m *module) {
	f := m.client("post").request()
	b := m.browser()
	f.userInfo(f.tokens(b), byGet)

	wrong := f.request()
	code := wrong.code(b)
	basic := *wrong.client
	basic.auth = "client_secret_basic"
	r := basic.call("token_endpoint", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.redirect}})
	m.op.oauthError("the other method", r, http.StatusUnauthorized, "invalid_client")
}

// oidcc-ensure-request-with-valid-pkce-succeeds.
func pkceModule(m *module) {
	f := m.client("first").request()
	verifier := f.proving()
	f.exchange(f.code(m.browser()), "code_verifier", verifier)
}

// oidcc-response-type-missing: an error to the client, or a page.
func responseTypeMissingModule(m *module) {
	f := m.client("first").request("response_type", "-")
	a := f.walk(m.browser())
	if a.last == nil {
		f.refusal(a, "invalid_request", "unsupported_response_type")
	} else if a.last.StatusCode != http.StatusBadRequest {
		m.Errorf("a page with status %d", a.last.StatusCode)
	}
}

// oidcc-ensure-registered-redirect-uri.
func registeredRedirectModule(m *module) {
	c := m.client("first")
	for _, uri := range []string{m.op.rp.URL + callbackPath + "/unregistered", m.op.rp.URL + callbackPath + "/", strings.ToUpper(m.op.rp.URL) + callbackPath} {
		c.request("redirect_uri", uri).shownError(m.browser())
	}
}
