package host_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// PNG-01: the token comes in a header whose name is configured, oidc_id_token when
// it is not, or as a bearer. A request without one is told what proxies do.
func TestPNG01_TheHeaderIsConfigured(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	s.taken(s.sends("", header("oidc_id_token", s.minted(nil))))
	s.taken(s.sends("", header("OIDC_ID_TOKEN", s.minted(nil))))
	s.taken(s.sends("", header("Authorization", "Bearer "+s.minted(nil))))
	s.taken(s.sends("", header("oidc_id_token", s.minted(nil), "Authorization", "Basic YTpi"))) // a proxy's own business
	other := newPartner(t, "header: X-Partner-Token")
	other.taken(other.sends("", header("x-partner-token", other.minted(nil))))
	other.taken(other.sends("", header("Authorization", "Bearer "+other.minted(nil))))
	a := other.sends("", header("oidc_id_token", other.minted(nil)))
	if a.code() != string(login.CodeIDTokenHeader) || !strings.Contains(a.Body, "X-Partner-Token") || strings.Contains(a.Body, "nginx") {
		t.Errorf("another header's name: %s\n%s", a.Status, a.Body)
	}
}

func TestPNG01_MissingHeader(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	for name, h := range map[string]http.Header{
		"none": header(), "empty": header("oidc_id_token", ""), "with dashes": header("oidc-id-token", s.minted(nil)),
		"a cookie": header("Cookie", "oidc_id_token="+s.minted(nil)), "basic": header("Authorization", "Basic YTpi"),
	} {
		a := s.sends("", h)
		t.Run(name, func(t *testing.T) { s.turnedAway(a, login.CodeIDTokenHeader, "missing_header") })
		for _, want := range []string{"oidc_id_token", "Authorization: Bearer", "underscores_in_headers", "nginx"} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("%s: the answer lacks %q: %s", name, want, a.Body)
			}
		}
		if l := s.logged(a.Header.Get("X-Request-Id")); l.Level != slog.LevelWarn || l.Msg != "no ID token in the header" {
			t.Errorf("%s: logged %+v", name, l)
		}
	}
	b := s.browser()
	page := b.do(b.request(http.MethodPost, "/login/id-token/partner", ""))
	s.helpful(page, string(login.CodeIDTokenHeader))
	if text := plainText(page.Body); !strings.Contains(text, "underscores_in_headers") || !strings.Contains(text, "oidc_id_token") {
		t.Errorf("the page: %s", text)
	}
}

// T21: what is nearly a token, or more than one, is refused and never passed over.
func TestT21_IDTokenHeaders(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	ok := s.minted(nil)
	for name, c := range map[string]struct {
		header http.Header
		code   login.Code
		check  string
	}{
		"two headers":           {header("oidc_id_token", ok, "oidc_id_token", ok), login.CodeParameterDuplicate, "ambiguous_header"},
		"header and bearer":     {header("oidc_id_token", ok, "Authorization", "Bearer "+ok), login.CodeParameterDuplicate, "ambiguous_header"},
		"empty and bearer":      {header("oidc_id_token", "", "Authorization", "Bearer "+ok), login.CodeParameterDuplicate, "ambiguous_header"},
		"two bearers":           {header("Authorization", "Bearer "+ok, "Authorization", "Bearer "+ok), login.CodeParameterDuplicate, "ambiguous_header"},
		"folded":                {header("oidc_id_token", ok+", "+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"lower case scheme":     {header("Authorization", "bearer "+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"upper case scheme":     {header("Authorization", "BEARER "+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"two spaces":            {header("Authorization", "Bearer  "+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"a tab":                 {header("Authorization", "Bearer\t"+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"no token":              {header("Authorization", "Bearer"), login.CodeIDTokenRefused, "jwt_parse_error"},
		"a comma":               {header("Authorization", "Bearer,"+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"a list":                {header("Authorization", "Bearer "+ok+", Basic YTpi"), login.CodeIDTokenRefused, "verification_failed"},
		"scheme in the header":  {header("oidc_id_token", "Bearer "+ok), login.CodeIDTokenRefused, "jwt_parse_error"},
		"a session's handle":    {header("Authorization", "Bearer ."+strings.Repeat("a", 43)), login.CodeIDTokenRefused, "jwt_parse_error"},
		"cut off":               {header("oidc_id_token", ok[:len(ok)/2]), login.CodeIDTokenRefused, "jwt_parse_error"},
		"without its signature": {header("oidc_id_token", ok[:strings.LastIndexByte(ok, '.')]), login.CodeIDTokenRefused, "jwt_parse_error"},
		"an empty signature":    {header("oidc_id_token", ok[:strings.LastIndexByte(ok, '.')+1]), login.CodeIDTokenRefused, "verification_failed"},
		"a spoilt signature":    {header("oidc_id_token", hosttest.Spoil(ok)), login.CodeIDTokenRefused, "verification_failed"},
	} {
		t.Run(name, func(t *testing.T) { s.turnedAway(s.sends("", c.header), c.code, c.check, ok, "ada@example.com") })
	}
	if a := s.sends("", header("oidc_id_token", strings.Repeat("a", 40<<10))); a.code() != string(login.CodeRequestTooLarge) {
		t.Errorf("40 KiB: %s %s", a.Status, a.code())
	}
	s.taken(s.brings(ok)) // none of them spent it
}

// PNG-10: a token signs in or it does not; every refusal is one of a closed list.
// PNG-11: the two warnings and the error.
func TestPNG10_PNG11_OutcomesAndTheirLogs(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := newSite(t, idp, settings{
		Rest: partner(idp, partnerKeys) + `    mappers: [{direct: {attribute: userName, path: nick}}, {plugin: p}]
plugins:
  p: {module: "bundled:keycloak-roles", sources: [idTokenClaims], config: {sources: [idTokenClaims]}}
`,
	})
	for name, c := range map[string]struct {
		answer answer
		code   login.Code
		level  slog.Level
		msg    string
	}{
		"no token":        {s.sends("", nil), login.CodeIDTokenHeader, slog.LevelWarn, "no ID token in the header"},
		"a mapper failed": {s.brings(s.minted(with{"nick": 7})), login.CodeMappingFailed, slog.LevelWarn, "a mapper failed in a login by ID token"},
		"a plugin failed": {s.brings(s.minted(with{"realm_access": with{"roles": "canary-4711"}})), login.CodePluginFailed, slog.LevelWarn, "a mapper failed in a login by ID token"},
		"refused":         {s.brings(s.minted(with{"aud": "another"})), login.CodeIDTokenRefused, slog.LevelError, "login by ID token failed"},
		"spoilt":          {s.brings(hosttest.Spoil(s.minted(nil))), login.CodeIDTokenRefused, slog.LevelError, "login by ID token failed"},
	} {
		if c.answer.code() != string(c.code) {
			t.Errorf("%s: %s %s", name, c.answer.Status, c.answer.Body)
		}
		if l := s.logged(c.answer.Header.Get("X-Request-Id")); l.Level != c.level || l.Msg != c.msg || l.Provider != "partner" {
			t.Errorf("%s: logged %+v", name, l)
		}
	}
	if len(s.audited("login")) != 0 || strings.Contains(s.log.String(), "canary-4711") {
		t.Error("somebody signed in, or a claim is in the log")
	}
	s.taken(s.brings(s.minted(nil)))
}
