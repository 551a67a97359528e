package conformance_test

// Config OP: discovery is whole and true.

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/text/language"
)

func TestConfigOP(t *testing.T) {
	runPlan(t, "Config OP", variant{}, modules{"oidcc-discovery-endpoint-verification": discoveryModule})
}

// oidcc-discovery-endpoint-verification. The provider has the code flow only,
// so a dynamic provider's other response types are not there, and discovery
// must not say so.
func discoveryModule(m *module) {
	r := m.op.get(m.op.issuer + "/.well-known/openid-configuration")
	if r.StatusCode != http.StatusOK {
		m.Fatalf("status %d", r.StatusCode)
	}
	m.op.kind("discovery", r, "application/json")
	d := m.op.discover()
	if d.text("issuer") != m.op.issuer {
		m.Errorf("issuer is %s, want %s", d.text("issuer"), m.op.issuer)
	}
	d.endpoints("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint", "introspection_endpoint",
		"revocation_endpoint", "device_authorization_endpoint", "pushed_authorization_request_endpoint", "registration_endpoint")
	d.lists()
	d.syntax()
	d.flags()
	m.publishedKeys()
}

// endpoints holds every address: those that must be there, and all that are.
func (m metadata) endpoints(names ...string) {
	m.Helper()
	for _, name := range names {
		if m.members[name] == nil {
			m.Errorf("discovery has no %s", name)
		}
	}
	for name, value := range m.members {
		if !strings.HasSuffix(name, "_endpoint") && !strings.HasSuffix(name, "_uri") && !strings.HasSuffix(name, "_iframe") {
			continue
		}
		s, _ := value.(string)
		if u, err := url.Parse(s); err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
			m.Errorf("discovery's %s is %v, not an https address", name, value)
		}
	}
}

// lists holds what must be offered, and that nothing is that is refused.
func (m metadata) lists() {
	m.Helper()
	signing := []string{"RS256", "ES256", "EdDSA"}
	for name, want := range map[string]struct{ all, none []string }{
		"response_types_supported":                         {[]string{"code"}, []string{"token", "id_token", "code id_token", "id_token token", "none"}},
		"response_modes_supported":                         {[]string{"query", "fragment", "form_post"}, nil},
		"grant_types_supported":                            {[]string{"authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"}, []string{"implicit", "password"}},
		"subject_types_supported":                          {[]string{"public"}, []string{"pairwise"}},
		"scopes_supported":                                 {[]string{"openid", "profile", "email", "address", "phone", "offline_access"}, nil},
		"claims_supported":                                 {[]string{"sub", "name", "email", "auth_time", "acr", "amr"}, nil},
		"id_token_signing_alg_values_supported":            {signing, []string{"none"}},
		"userinfo_signing_alg_values_supported":            {append(signing, "HS256", "HS384", "HS512"), []string{"none"}},
		"request_object_signing_alg_values_supported":      {[]string{"RS256", "ES256"}, nil},
		"token_endpoint_auth_methods_supported":            {[]string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"}, nil},
		"token_endpoint_auth_signing_alg_values_supported": {[]string{"RS256", "ES256"}, []string{"none"}},
		"code_challenge_methods_supported":                 {[]string{"S256"}, []string{"plain"}},
		"dpop_signing_alg_values_supported":                {[]string{"ES256"}, []string{"none", "HS256"}},
		"prompt_values_supported":                          {[]string{"none", "login", "consent", "select_account"}, nil},
		"ui_locales_supported":                             {[]string{"en", "de"}, nil},
		"acr_values_supported":                             {nil, nil},
	} {
		got := m.list(name)
		for _, v := range want.all {
			if !slices.Contains(got, v) {
				m.Errorf("discovery's %s has no %s: %q", name, v, got)
			}
		}
		for _, v := range want.none {
			if slices.Contains(got, v) {
				m.Errorf("discovery's %s has %s, which is not supported", name, v)
			}
		}
		if len(got) == 0 {
			m.Errorf("discovery has no %s", name)
		}
	}
}

var scopeToken = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`) // RFC 6749, section 3.3

func (m metadata) syntax() {
	m.Helper()
	for _, scope := range m.list("scopes_supported") {
		if !scopeToken.MatchString(scope) {
			m.Errorf("the scope %q is none", scope)
		}
	}
	for _, name := range []string{"ui_locales_supported", "claims_locales_supported"} {
		for _, locale := range m.list(name) {
			if tag, err := language.Parse(locale); err != nil || tag.String() != locale {
				m.Errorf("the locale %q of %s is not written as BCP 47 does", locale, name)
			}
		}
	}
}

// flags holds the booleans, whose absence means something too (OpenID Connect
// Discovery 1.0, section 3).
func (m metadata) flags() {
	m.Helper()
	for name, want := range map[string]struct{ absent, want bool }{
		"claims_parameter_supported": {false, true}, "request_parameter_supported": {false, true}, "request_uri_parameter_supported": {true, true},
		"require_request_uri_registration": {false, true}, "authorization_response_iss_parameter_supported": {false, true},
		"backchannel_logout_supported": {false, true}, "backchannel_logout_session_supported": {false, true},
		"frontchannel_logout_supported": {false, false}, "require_pushed_authorization_requests": {false, false},
	} {
		if got := m.flag(name, want.absent); got != want.want {
			m.Errorf("discovery says %s: %v", name, got)
		}
	}
}

// publishedKeys holds the key set: public keys only, each with an id of its own.
func (m *module) publishedKeys() {
	m.Helper()
	r := m.op.get(m.op.discover().text("jwks_uri"))
	if kind := r.Header.Get("Content-Type"); r.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "application/json") && !strings.HasPrefix(kind, "application/jwk-set+json") {
		m.Errorf("the key set: %d %s", r.StatusCode, kind)
	}
	for _, private := range []string{`"d"`, `"p"`, `"q"`, `"dp"`, `"dq"`, `"qi"`, `"k"`} {
		if strings.Contains(r.body, private+":") {
			m.Errorf("the key set has the private member %s", private)
		}
	}
	checkKeySet(m, m.op.keySet())
}

func checkKeySet(t testing.TB, set jose.JSONWebKeySet) {
	t.Helper()
	seen, algorithms := map[string]bool{}, map[string]bool{}
	for _, key := range set.Keys {
		if key.KeyID == "" || seen[key.KeyID] || !key.Valid() || !key.IsPublic() || key.Use != "sig" || key.Algorithm == "" {
			t.Errorf("the key %q is not public, valid, for signatures, with an algorithm and an id of its own", key.KeyID)
		}
		seen[key.KeyID], algorithms[key.Algorithm] = true, true
	}
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		if !algorithms[alg] {
			t.Errorf("there is no %s key", alg)
		}
	}
}
