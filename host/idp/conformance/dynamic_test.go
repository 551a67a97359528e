package conformance_test

// Dynamic OP: clients that register themselves (OpenID Connect Dynamic Client
// Registration 1.0) and authenticate by private_key_jwt.

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// TestDynamicOP is oidcc-dynamic-certification-test-plan.
func TestDynamicOP(t *testing.T) {
	runPlan(t, "Dynamic OP", variant{dynamic: true}, modules{
		"oidcc-idtoken-rs256":    idTokenRS256Module,
		"oidcc-idtoken-unsigned": idTokenUnsignedModule,
		"oidcc-userinfo-rs256":   userInfoRS256Module,

		"oidcc-ensure-redirect-uri-in-authorization-request": redirectMissingModule,
		"oidcc-redirect-uri-query-OK":                        redirectQueryModule,
		"oidcc-redirect-uri-query-mismatch":                  redirectRefusedModule("?foo=bar", "?bar=foo"),
		"oidcc-redirect-uri-query-added":                     redirectRefusedModule("", "?foo=bar"),
		"oidcc-redirect-uri-regfrag":                         redirectFragmentModule,

		"oidcc-discovery-endpoint-verification": discoveryModule,
		"oidcc-server":                          serverModule,
		"oidcc-registration-logo-uri":           logoModule,
		"oidcc-registration-policy-uri":         linkModule("policy_uri"),
		"oidcc-registration-tos-uri":            linkModule("tos_uri"),
		"oidcc-registration-jwks-uri":           jwksURIModule,
		"oidcc-registration-sector-uri":         sectorModule,
		"oidcc-registration-sector-bad":         sectorBadModule,

		"oidcc-server-rotate-keys":                            rotateKeysModule,
		"oidcc-refresh-token-rp-key-rotation":                 clientKeyRotationModule,
		"oidcc-request-uri-unsigned":                          unsignedRequestURIModule,
		"oidcc-request-uri-signed-rs256":                      signedRequestURIModule,
		"oidcc-refresh-token":                                 refreshTokenModule,
		"oidcc-ensure-request-object-with-redirect-uri":       requestObjectRedirectModule,
		"oidcc-ensure-client-assertion-with-iss-aud-succeeds": assertionAudienceModule,
	})
}

func idTokenRS256Module(m *module) {
	c := m.register("id_token_signed_response_alg", "RS256")
	if c.registration["id_token_signed_response_alg"] != "RS256" {
		m.Errorf("registered with id_token_signed_response_alg %v", c.registration["id_token_signed_response_alg"])
	}
	c.request().tokens(m.browser())
}

// oidcc-userinfo-rs256: signed, with iss and aud, without a nonce.
func userInfoRS256Module(m *module) {
	if !slices.Contains(m.op.discover().list("userinfo_signing_alg_values_supported"), "RS256") {
		m.Error("discovery does not offer RS256 for userinfo")
	}
	f := m.register("userinfo_signed_response_alg", "RS256").request("scope", "openid email")
	got := f.tokens(m.browser())
	r := m.op.callUserInfo(got.access, byGet)
	if r.StatusCode != http.StatusOK {
		m.Fatalf("userinfo: %d %s", r.StatusCode, r.body)
	}
	m.op.kind("userinfo", r, "application/jwt")
	claims, _ := m.op.opened("userinfo", r.body, "RS256")
	if claims["iss"] != m.op.issuer || !slices.Equal(audiences(claims), []string{f.id}) {
		m.Errorf("userinfo has iss %v and aud %v (OpenID Connect Core 1.0, section 5.3.2)", claims["iss"], claims["aud"])
	}
	f.about(claims, got)
	if claims["email"] != "ada@example.com" {
		m.Errorf("userinfo has the email %v", claims["email"])
	}
}

// oidcc-ensure-redirect-uri-in-authorization-request: with two to choose from.
func redirectMissingModule(m *module) {
	uri := m.op.rp.URL + callbackPath
	m.register("redirect_uris", []string{uri, uri + "/2"}).request("redirect_uri", "-").shownError(m.browser())
}

// oidcc-redirect-uri-query-OK: the query stays as it is registered.
func redirectQueryModule(m *module) {
	f := m.register("redirect_uris", []string{m.op.rp.URL + callbackPath + "?foo=bar"}).request()
	code, a := f.answered(f.walk(m.browser()))
	if got := a.params["foo"]; !slices.Equal(got, []string{"bar"}) {
		m.Errorf("the answer has foo=%v, want bar once", got)
	}
	f.exchange(code)
}

func redirectRefusedModule(registered, requested string) func(*module) {
	return func(m *module) {
		uri := m.op.rp.URL + callbackPath
		m.register("redirect_uris", []string{uri + registered}).request("redirect_uri", uri+requested).shownError(m.browser())
	}
}

func redirectFragmentModule(m *module) {
	m.refuseRegistration(m.op.metadata("redirect_uris", []string{m.op.rp.URL + callbackPath + "#foobar"}), "invalid_redirect_uri", "invalid_client_metadata")
}

// signInPage walks to the sign-in page and no further.
func (m *module) signInPage(c *client) *page {
	m.Helper()
	b := m.browser()
	b.stopAt = "sign-in"
	a := c.request().walk(b)
	if a.last == nil || a.last.kind() != "sign-in" {
		m.Fatal("no sign-in page")
	}
	return a.last
}

// oidcc-registration-logo-uri: accepted and kept. The provider shows no
// picture, because its pages load nothing from elsewhere: look insists on that.
func logoModule(m *module) {
	logo := m.op.rp.publish(logoPath, "image/png", "\x89PNG")
	c := m.register("logo_uri", logo)
	if c.registration["logo_uri"] != logo {
		m.Errorf("registered with logo_uri %v", c.registration["logo_uri"])
	}
	m.signInPage(c)
	if n := m.op.rp.fetched(logoPath); n != 0 {
		m.Errorf("the logo was fetched %d times", n)
	}
	c.request().tokens(m.browser())
}

// linkModule: the sign-in page links to what the client registered.
func linkModule(member string) func(*module) {
	return func(m *module) {
		address := m.op.rp.URL + "/" + member
		c := m.register(member, address)
		if c.registration[member] != address {
			m.Errorf("registered with %s %v", member, c.registration[member])
		}
		if p := m.signInPage(c); !slices.Contains(p.links, address) {
			m.Errorf("the sign-in page links to %v, and not to the client's %s (OpenID Connect Registration 1.0, section 2)", p.links, member)
		}
	}
}

// jwksURIModule: keys by reference.
func jwksURIModule(m *module) {
	at := m.op.rp.publish(jwksPath, "application/json", string(keySet(m, clientKey("rp-1"))))
	f := m.register("jwks", nil, "jwks_uri", at).request()
	f.userInfo(f.tokens(m.browser()), byGet)
	if m.op.rp.fetched(jwksPath) == 0 {
		m.Error("the client's keys were never fetched")
	}
}

// sectorModule: pairwise subjects are refused; a sector document that names
// the redirect URI is accepted from others.
func sectorModule(m *module) {
	at := m.op.rp.publish(sectorPath, "application/json", `["`+m.op.rp.URL+callbackPath+`"]`)
	m.refuseRegistration(m.op.metadata("subject_type", "pairwise", "sector_identifier_uri", at), "invalid_client_metadata")
	c := m.register("sector_identifier_uri", at)
	c.request().tokens(m.browser())
}

// sectorBadModule: one that does not name it is refused.
func sectorBadModule(m *module) {
	at := m.op.rp.publish(sectorPath, "application/json", `["`+m.op.rp.URL+callbackPath+`/other"]`)
	m.refuseRegistration(m.op.metadata("sector_identifier_uri", at), "invalid_client_metadata")
	m.refuseRegistration(m.op.metadata("subject_type", "pairwise", "sector_identifier_uri", at), "invalid_client_metadata")
}

// rotateKeysModule: a new key is published, the old one stays for what it
// signed.
func rotateKeysModule(m *module) {
	f := m.client("first").request()
	before := m.op.keySet()
	got := f.tokens(m.browser())
	must(m, m.op.idp.RotateKeys(m.Context()))
	after := m.op.keySet()
	checkKeySet(m, after)
	fresh := 0
	for _, key := range after.Keys {
		if len(before.Key(key.KeyID)) == 0 {
			fresh++
		}
	}
	if fresh == 0 {
		m.Error("no key is new")
	}
	f.verify(got.id, "RS256") // by a key that is still published
	m.op.clock.advance(time.Minute)
	f.request().tokens(m.browser())
}

// clientKeyRotationModule: the client's new key, at its jwks_uri, for a refresh.
func clientKeyRotationModule(m *module) {
	at := m.op.rp.publish(jwksPath, "application/json", string(keySet(m, clientKey("rp-1"))))
	c := m.register("jwks", nil, "jwks_uri", at)
	f := m.refreshing(c)
	got := f.tokens(m.browser())
	c.key = clientKey("rp-2")
	m.op.rp.publish(jwksPath, "application/json", string(keySet(m, c.key)))
	m.op.clock.advance(time.Minute)
	m.refresh(f, got)
}

// signedRequestURIModule: everything but the client and what OAuth insists on
// stands in the object.
func signedRequestURIModule(m *module) {
	if !slices.Contains(m.op.discover().list("request_object_signing_alg_values_supported"), "RS256") {
		m.Error("discovery does not offer RS256 for request objects")
	}
	c := m.register("request_object_signing_alg", "RS256", "request_uris", []string{m.op.rp.URL + requestPath})
	f := c.request()
	m.op.rp.publish(requestPath, "application/oauth-authz-req+jwt", signed(m, c.key, f.object(), nil))
	state, nonce := f.state, f.nonce
	f.outside("request_uri", m.op.rp.URL+requestPath).with("state", "-", "redirect_uri", "-")
	f.state, f.nonce = state, nonce
	f.tokens(m.browser())

	g := c.request() // and an address that is not registered is never fetched
	g.outside("request_uri", m.op.rp.publish(requestPath+"/2", "application/oauth-authz-req+jwt", signed(m, c.key, g.object(), nil)))
	g.refused(m.browser(), "invalid_request_uri", "invalid_request")
	if m.op.rp.fetched(requestPath+"/2") != 0 {
		m.Error("a request_uri that is not registered was fetched")
	}
}

// assertionAudienceModule: the issuer as a string. Every call of this plan is
// made so; here nothing else is at stake.
func assertionAudienceModule(m *module) {
	c := m.register()
	if c.auth != "private_key_jwt" {
		m.Fatalf("registered with %s", c.auth)
	}
	c.request().tokens(m.browser())
}
