package conformance_test

// Registration beyond the plan (RFC 7591; OpenID Connect Dynamic Client
// Registration 1.0): what is honoured, and what is refused.

import (
	"net/http"
	"reflect"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/idp/clients"
)

func openly(t *testing.T) *module {
	t.Helper()
	return &module{t, startProvider(t), variant{dynamic: true}}
}

// within is m for a subtest, whose calls come from an address of their own.
func (m *module) within(t *testing.T) *module {
	m.op.peer.Add(1)
	return &module{t, m.op.in(t), m.variant}
}

func TestRegistrationDefaults(t *testing.T) {
	m := openly(t)
	c := m.register("token_endpoint_auth_method", nil, "jwks", nil, "response_types", nil, "grant_types", nil, "client_name", nil, "contacts", nil)
	for name, want := range map[string]any{
		"token_endpoint_auth_method": "client_secret_basic", "response_types": []any{"code"}, "grant_types": []any{"authorization_code"},
		"id_token_signed_response_alg": "RS256",
	} {
		if got, there := c.registration[name]; there && !reflect.DeepEqual(got, want) || !there && name != "id_token_signed_response_alg" {
			t.Errorf("%s is %v, want %v (RFC 7591, section 2)", name, got, want)
		}
	}
	if len(c.secret) < 32 {
		t.Errorf("the secret has %d characters", len(c.secret))
	}
	c.auth = "client_secret_basic"
	c.request().tokens(m.browser())
}

// Every algorithm that discovery offers is one that is used.
func TestRegistrationIDTokenAlgorithms(t *testing.T) {
	m := openly(t)
	for _, alg := range m.op.discover().list("id_token_signing_alg_values_supported") {
		t.Run(alg, func(t *testing.T) {
			m := m.within(t)
			f := m.register("id_token_signed_response_alg", alg).request()
			r := f.redeem(f.code(m.browser()))
			if r.StatusCode != http.StatusOK {
				t.Fatalf("%d %s", r.StatusCode, r.body)
			}
			f.verify(text(r.object(t), "id_token"), alg)
		})
	}
}

func TestRegistrationUserInfoAlgorithms(t *testing.T) {
	m := openly(t)
	for _, alg := range m.op.discover().list("userinfo_signing_alg_values_supported") {
		t.Run(alg, func(t *testing.T) {
			m := m.within(t)
			f := m.register("userinfo_signed_response_alg", alg, "token_endpoint_auth_method", "client_secret_basic").request()
			got := f.tokens(m.browser())
			r := m.op.callUserInfo(got.access, byGet)
			m.op.kind("userinfo", r, "application/jwt")
			claims := f.signedUserInfo(r.body, alg)
			if claims["sub"] != got.claims["sub"] || claims["iss"] != m.op.issuer {
				t.Errorf("userinfo is %v", claims)
			}
		})
	}
}

// signedUserInfo is what a signed answer says. An HMAC's key is the client's
// secret, as long as the hash (OpenID Connect Core 1.0, section 10.1).
func (c *client) signedUserInfo(token, alg string) map[string]any {
	c.Helper()
	length := map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}[alg]
	if length == 0 {
		claims, _ := c.op.opened("userinfo", token, alg)
		return claims
	}
	if len(c.secret) < length {
		c.Errorf("the secret has %d bytes, %s needs %d", len(c.secret), alg, length)
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	must(c, err)
	payload, err := parsed.Verify([]byte(c.secret))
	must(c, err)
	return object(c, string(payload))
}

func TestRegistrationRefused(t *testing.T) {
	m := openly(t)
	uri := m.op.rp.URL + callbackPath
	for name, test := range map[string]struct {
		changes []any
		code    string
	}{
		"pairwise":                 {[]any{"subject_type", "pairwise"}, "invalid_client_metadata"},
		"encrypted ID tokens":      {[]any{"id_token_encrypted_response_alg", "RSA-OAEP"}, "invalid_client_metadata"},
		"their content encryption": {[]any{"id_token_encrypted_response_alg", "RSA-OAEP", "id_token_encrypted_response_enc", "A128GCM"}, "invalid_client_metadata"},
		"encrypted userinfo":       {[]any{"userinfo_encrypted_response_alg", "RSA-OAEP"}, "invalid_client_metadata"},
		"encrypted requests":       {[]any{"request_object_encryption_alg", "RSA-OAEP"}, "invalid_client_metadata"},
		"front-channel logout":     {[]any{"frontchannel_logout_uri", "https://rp.example.com/front"}, "invalid_client_metadata"},
		"its session":              {[]any{"frontchannel_logout_session_required", true}, "invalid_client_metadata"},
		"unsigned ID tokens":       {[]any{"id_token_signed_response_alg", "none"}, "invalid_client_metadata"},
		"unsigned userinfo":        {[]any{"userinfo_signed_response_alg", "none"}, "invalid_client_metadata"},
		"unsigned requests":        {[]any{"request_object_signing_alg", "none"}, "invalid_client_metadata"},
		"unsigned assertions":      {[]any{"token_endpoint_auth_signing_alg", "none"}, "invalid_client_metadata"},
		"unknown algorithm":        {[]any{"id_token_signed_response_alg", "XS999"}, "invalid_client_metadata"},
		"unknown method":           {[]any{"token_endpoint_auth_method", "tls_client_auth"}, "invalid_client_metadata"},
		"implicit":                 {[]any{"response_types", []string{"token"}}, "invalid_client_metadata"},
		"password grant":           {[]any{"grant_types", []string{"password"}}, "invalid_client_metadata"},
		"keys twice":               {[]any{"jwks_uri", "https://rp.example.com" + jwksPath}, "invalid_client_metadata"},
		"a private key":            {[]any{"jwks", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{clientKey("rp-1")}}}, "invalid_client_metadata"},
		"keys that are none":       {[]any{"jwks", "x"}, "invalid_client_metadata"},
		"no keys for the method":   {[]any{"jwks", nil}, "invalid_client_metadata"},
		"plain jwks_uri":           {[]any{"jwks", nil, "jwks_uri", "http://rp.example.com/jwks"}, "invalid_client_metadata"},
		"no redirect URIs":         {[]any{"redirect_uris", nil}, "invalid_redirect_uri"},
		"none in the list":         {[]any{"redirect_uris", []string{}}, "invalid_redirect_uri"},
		"plain redirect URI":       {[]any{"redirect_uris", []string{"http://rp.example.com/cb"}}, "invalid_redirect_uri"},
		"relative redirect URI":    {[]any{"redirect_uris", []string{"/cb"}}, "invalid_redirect_uri"},
		"script redirect URI":      {[]any{"redirect_uris", []string{"javascript:alert(1)"}}, "invalid_redirect_uri"},
		"redirect URI with a name": {[]any{"redirect_uris", []string{"https://user@rp.example.com/cb"}}, "invalid_redirect_uri"},
		"redirect URIs as text":    {[]any{"redirect_uris", uri}, "invalid_redirect_uri"},
		"script policy_uri":        {[]any{"policy_uri", "javascript:alert(1)"}, "invalid_client_metadata"},
		"negative max age":         {[]any{"default_max_age", -1}, "invalid_client_metadata"},
	} {
		t.Run(name, func(t *testing.T) {
			m := m.within(t)
			m.refuseRegistration(m.op.metadata(test.changes...), test.code, "invalid_client_metadata")
		})
	}
	t.Run("not JSON", func(t *testing.T) {
		m := m.within(t)
		m.op.oauthError("registration", m.op.postJSON(m.op.discover().text("registration_endpoint"), "x"), http.StatusBadRequest, "invalid_client_metadata", "invalid_request")
	})
}

// default_max_age and require_auth_time are honoured, and so is what a request
// says instead.
func TestRegistrationDefaultMaxAge(t *testing.T) {
	m := openly(t)
	c := m.register("default_max_age", 0, "require_auth_time", true)
	b := m.browser()
	c.request().tokens(b)
	if a := c.request().walk(b); !a.saw("sign-in") {
		t.Error("default_max_age is not honoured")
	}
	if a := c.request("max_age", "1000").walk(b); a.saw("sign-in") {
		t.Error("default_max_age is stronger than max_age")
	}
}

// Scripts that use somebody else's registration (RFC 7591, section 3: closed).
func TestRegistrationClosed(t *testing.T) {
	const token = "initial-access-token-0123456789-0123456789"
	op := startProvider(t, func(c *idp.Config) {
		c.Registration = clients.Registration{Mode: clients.RegistrationClosed, InitialAccessToken: token, AllowPrivate: true}
	})
	at := op.discover().text("registration_endpoint")
	for _, authorization := range []string{"", "Bearer", "Bearer " + token + "x", "Basic " + token, "Bearer " + token[:len(token)-1]} {
		r := op.sendJSON(at, op.metadata(), authorization)
		if r.StatusCode != http.StatusUnauthorized || r.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("with the authorization %q: %d %q", authorization, r.StatusCode, r.Header.Get("WWW-Authenticate"))
		}
	}
	if r := op.sendJSON(at, op.metadata(), "Bearer "+token); r.StatusCode != http.StatusCreated {
		t.Errorf("with the initial access token: %d %s", r.StatusCode, r.body)
	}
}
