package host_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// No answer but an asset may be kept, and each carries the headers that keep
// other sites, frames and scripts out: pages, redirects, JSON, errors, and all
// that is under /idp/.
func TestT51_headers(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), builtin)
	anonymous, b := s.browserWithoutRedirects(), s.browserWithoutRedirects()
	b.step(b.approve(b.begin("/login?idp=corp")))
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 200}, {"HEAD", "/", 200}, {"GET", "/?nonsense", 400}, {"GET", "/login", 200}, {"GET", "/login?idp=corp", 303}, {"GET", "/login?idp=local", 303},
		{"GET", "/login?return_to=//x", 400}, {"GET", "/callback/corp?state=x", 400}, {"GET", "/session", 200}, {"GET", "/session?x=1", 400}, {"POST", "/session", 405},
		{"GET", "/logout", 200}, {"POST", "/logout", 403}, {"GET", "/logout/callback/corp", 303}, {"GET", "/logout/callback/x", 404}, {"GET", "/nothing", 404},
		{"OPTIONS", "/session", 403}, {"OPTIONS", "/logout", 405}, {"GET", "/assets/nothing", 404}, {"GET", "/idp/authorize", 400}, {"GET", "/idp/authorize?client_id=x", 400}, {"GET", "/idp/sign-in", 405},
		{"POST", "/idp/sign-in", 400}, {"POST", "/idp/token", 401}, {"GET", "/idp/userinfo", 401}, {"GET", "/idp/end_session", 200}, {"GET", "/idp/nothing", 404}, {"POST", "/idp/sign-out", 403},
	} {
		for _, accept := range []string{"text/html", "application/json"} {
			for _, b := range []*browser{anonymous, b} {
				r := b.request(c.method, c.path, "")
				r.Header.Set("Accept", accept)
				a := b.do(r)
				t.Run(c.method+c.path, func(t *testing.T) {
					if (c.path == "/login?idp=local" || strings.HasPrefix(c.path, "/idp/")) && a.StatusCode/100 != c.status/100 || !strings.HasPrefix(c.path, "/idp/") && a.StatusCode != c.status {
						t.Errorf("%s, want %d\n%.300s", a.Status, c.status, a.Body)
					}
					checkHeaders(t, a)
				})
			}
		}
	}
	to, _ := b.step("/login?idp=local").Location()
	page := b.get(to.String())
	if page.StatusCode != http.StatusOK || !strings.Contains(page.Body, "password") {
		t.Fatalf("no sign-in page: %s\n%s", page.Status, page.Body)
	}
	checkHeaders(t, page)
	if vary := b.get("/session").Header.Get("Vary"); !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Origin") {
		t.Errorf("/session has Vary %q", vary)
	}
	if got := b.get("/session").Header.Values("Access-Control-Allow-Origin"); len(got) != 0 {
		t.Errorf("/session can be read from %q", got)
	}
	if a := b.get("/assets/doorward.css"); !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("the stylesheet: %s %v", a.Status, a.Header)
	}
	for _, path := range []string{"/idp/.well-known/openid-configuration", "/idp/keys"} {
		if a := b.get(path); a.StatusCode != http.StatusOK || strings.Contains(a.Header.Get("Set-Cookie"), "=") || a.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %s %v", path, a.Status, a.Header)
		}
	}
}

// A request id is the host's own: a client's would let it write the log.
func TestT51_request_ids_are_ours(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	for _, path := range []string{"/nothing", "/session", "/idp/authorize"} {
		r := b.request(http.MethodGet, path, "")
		r.Header.Set("X-Request-Id", "forged-request-id")
		if a := b.do(r); strings.Contains(a.Header.Get("X-Request-Id")+a.Body, "forged") {
			t.Errorf("%s keeps a client's request id", path)
		}
	}
	if strings.Contains(s.log.String(), "forged-request-id") {
		t.Error("the log has a client's request id")
	}
}

// How a login can end at the provider, and what the person is told.
func TestT15_outcomes_at_the_provider(t *testing.T) {
	t.Parallel()
	fault := func(at hosttest.Endpoint, f hosttest.Fault) func(*hosttest.Knobs) {
		return func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{at: f} }
	}
	for name, c := range map[string]struct {
		knobs  func(*hosttest.Knobs)
		code   login.Code
		status int
	}{
		"cancelled":          {func(k *hosttest.Knobs) { k.Error = "access_denied" }, login.CodeLoginCancelled, 403},
		"PKCE refused":       {func(k *hosttest.Knobs) { k.RefusePKCE = true }, login.CodeProviderError, 502},
		"an error":           {func(k *hosttest.Knobs) { k.Error = "server_error" }, login.CodeProviderError, 502},
		"markup as an error": {func(k *hosttest.Knobs) { k.Error = "<script>alert(1)</script>" }, login.CodeProviderError, 502},
		"token: 500":         {fault(hosttest.Token, hosttest.Fault{Status: 500, Body: "down"}), login.CodeProviderDown, 503},
		"token: 429":         {fault(hosttest.Token, hosttest.Fault{Status: 429}), login.CodeProviderDown, 503},
		"token: dropped":     {fault(hosttest.Token, hosttest.Fault{Drop: true}), login.CodeProviderDown, 503},
		"token: HTML":        {fault(hosttest.Token, hosttest.Fault{ContentType: "text/html", Body: "<html>"}), login.CodeExchangeFailed, 502},
		"token: bomb":        {fault(hosttest.Token, hosttest.Fault{ContentType: "application/json", Bomb: true}), login.CodeProviderDown, 503},
		"token: refused":     {func(k *hosttest.Knobs) { k.TokenError = "invalid_grant" }, login.CodeExchangeFailed, 502},
		"token: no ID token": {func(k *hosttest.Knobs) { k.EditTokens = func(m map[string]any) { delete(m, "id_token") } }, login.CodeIDTokenMissing, 502},
		"token: MAC":         {func(k *hosttest.Knobs) { k.TokenType = "mac" }, login.CodeExchangeFailed, 502},
		"token: header":      {func(k *hosttest.Knobs) { k.AccessToken = "a\r\nX-Evil: 1" }, login.CodeExchangeFailed, 502},
		"keys: 500":          {fault(hosttest.JWKS, hosttest.Fault{Status: 500}), login.CodeProviderDown, 503},
		"keys: none":         {fault(hosttest.JWKS, hosttest.Fault{ContentType: "application/json", Body: `{"keys":[]}`}), login.CodeIDTokenInvalid, 502},
		"keys: bomb":         {fault(hosttest.JWKS, hosttest.Fault{ContentType: "application/json", Bomb: true}), login.CodeProviderDown, 503},
		"discovery: 500":     {fault(hosttest.Discovery, hosttest.Fault{Status: 500}), login.CodeProviderDown, 503},
		"discovery: bomb":    {fault(hosttest.Discovery, hosttest.Fault{ContentType: "application/json", Bomb: true}), login.CodeProviderDown, 503},
		"discovery: another": {func(k *hosttest.Knobs) { k.Issuer = "https://attacker.example" }, login.CodeProviderDown, 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, hosttest.NewProvider(t, c.knobs), settings{})
			b := s.browser()
			a := b.get("/login?idp=corp&return_to=/here&force_auth=true")
			s.refused(b, a, c.code)
			checkHeaders(t, a)
			if a.StatusCode != c.status {
				t.Errorf("%s, want %d", a.Status, c.status)
			}
			if strings.Contains(a.Body, "alert(1)") || strings.Contains(a.Body, "the provider's own words") {
				t.Errorf("the page repeats the provider's words\n%s", a.Body)
			}
			if s.idp.Calls(hosttest.Authorize) > 0 && !strings.Contains(a.Body, `href="/login?force_auth=true&amp;idp=corp&amp;return_to=%2Fhere"`) {
				t.Errorf("the page does not lead back into the same login\n%s", a.Body)
			}
			s.idp.Set(func(k *hosttest.Knobs) { *k = hosttest.Knobs{Subject: k.Subject, UserClaims: k.UserClaims} })
			s.idp.Clock.Advance(time.Minute + time.Second) // the longest pause before a provider that was down is asked again
			if b.get("/login?idp=corp"); !b.session().Authenticated {
				t.Errorf("nobody can sign in afterwards\n%s", s.log)
			}
		})
	}
}

// builtin is a site with the built-in provider too.
var builtin = settings{
	Rest: `  local:
    type: builtin
    people_file: people.yaml
`,
	Files: map[string]string{"people.yaml": `people:
  - user_name: ada
    subject: ada-0001
    password_hash: $argon2id$v=19$m=19456,t=2,p=1$xXiUH/oXvP8uTIXBY7BMbA$I2lMxKiq6uDlCTOtOlBGHs+SDbFPhDfCeP48DlGeei0
    email: ada@example.com
`},
}

// checkHeaders holds an answer that is no asset against what all must have.
func checkHeaders(t *testing.T, a answer) {
	t.Helper()
	for name, want := range map[string]string{
		"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
	} {
		if got := a.Header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	policy := a.Header.Values("Content-Security-Policy")
	if len(policy) != 1 || strings.Contains(policy[0], "unsafe") || strings.Contains(policy[0], "*") {
		t.Fatalf("the policy is %q", policy)
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "script-src 'self'"} {
		if !strings.Contains(policy[0], want) {
			t.Errorf("the policy lacks %s: %s", want, policy[0])
		}
	}
	if server := a.Header.Get("Server"); server != "" {
		t.Errorf("the answer tells the server: %s", server)
	}
	if id := a.Header.Get("X-Request-Id"); len(id) != 16 {
		t.Errorf("the request id is %q", id)
	}
}
