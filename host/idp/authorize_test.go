package idp

// Requests that must not be answered as asked (CONFORMANCE c.2, c.4; THREATS
// T11 to T14).

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
)

// local checks for an error page without a redirect, a form or a stored byte.
func local(t *testing.T, b *bench, r result, status int) {
	t.Helper()
	if r.StatusCode != status || r.Header.Get("Location") != "" || strings.Contains(r.body, "<form") {
		t.Errorf("answered %d to %q: %s", r.StatusCode, r.Header.Get("Location"), r.body)
	}
	for _, name := range []string{"Content-Security-Policy", "Cache-Control"} {
		if r.Header.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	if n := b.count(grants.BucketCodes); n != 0 {
		t.Errorf("%d codes were issued", n)
	}
}

func TestT11_UserInfoInRedirectURI(t *testing.T) {
	b := newBench(t)
	for _, uri := range []string{
		"https://app.example.com@evil.example/callback/builtin", "https://evil@app.example.com/callback/builtin", "https://app.example.com:x@evil.example",
	} {
		local(t, b, b.browser().get(pathAuthorize, asking("redirect_uri", uri)), 400)
	}
	_, err := New(Config{Issuer: b.issuer, Store: b.store, Keys: b.ring, Clients: []clients.Client{{ID: "x", Secret: appSecret, RedirectURIs: []string{"https://user@app.example.com/"}}}})
	if err == nil || !strings.Contains(err.Error(), "user info") {
		t.Errorf("such a URI can be configured: %v", err)
	}
}

func TestT12_TraversalInRedirectURI(t *testing.T) {
	b := newBench(t)
	for _, uri := range []string{
		callback + "/..;/", callback + "/../../", "https://app.example.com/callback/..;/callback/builtin", callback + "%2f..", callback + "/",
		callback + "#x", callback + "?", callback + "?x=2", "https://APP.example.com/callback/builtin", "https://app.example.com:443/callback/builtin",
		"http://app.example.com/callback/builtin", callback + "\\", "//app.example.com/callback/builtin", " " + callback, "javascript:alert(1)", "",
		"com.example.native:/back", // another client's
	} {
		local(t, b, b.browser().get(pathAuthorize, asking("redirect_uri", uri)), 400)
	}
}

func TestT13_DuplicateParameters(t *testing.T) {
	b := newBench(t)
	for name := range asking("prompt", "none") {
		q := asking("prompt", "none")
		q.Add(name, q.Get(name))
		local(t, b, b.browser().get(pathAuthorize, q), 400)
		local(t, b, b.browser().post(pathAuthorize, q), 400)
		split, err := http.NewRequest(http.MethodPost, b.issuer+pathAuthorize+"?"+url.Values{name: {q.Get(name)}}.Encode(), strings.NewReader(asking("prompt", "none").Encode()))
		must(t, err)
		split.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		local(t, b, b.browser().do(split), 400)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {"a", "b"}, "redirect_uri": {callback}, "client_id": {"native"}, "code_verifier": {verifier}}
	if r := b.browser().post(pathToken, form); r.StatusCode != 400 || object(t, r.body)["error"] != "invalid_request" {
		t.Errorf("two codes at /token: %d %s", r.StatusCode, r.body)
	}
}

func TestT14_ErrorsBeforeTheRedirectURIIsKnown(t *testing.T) {
	b := newBench(t)
	for name, changes := range map[string][]string{
		"unknown client":           {"client_id", "nobody"},
		"no client":                {"client_id", "-"},
		"no redirect URI":          {"redirect_uri", "-"},
		"foreign redirect URI":     {"redirect_uri", "https://evil.example/"},
		"and a bad response type":  {"redirect_uri", "https://evil.example/", "response_type", "token"},
		"and a bad scope":          {"redirect_uri", "https://evil.example/", "scope", "-"},
		"and a request object":     {"redirect_uri", "https://evil.example/", "request", "x.y.z"},
		"and no sign-in to follow": {"redirect_uri", "https://evil.example/", "prompt", "login"},
	} {
		t.Run(name, func(t *testing.T) {
			q := asking("prompt", "none")
			for i := 0; i < len(changes); i += 2 {
				q = with(q, url.Values{changes[i]: {changes[i+1]}})
			}
			local(t, b, b.browser().get(pathAuthorize, q), 400)
			if r := b.browser().post(pathAuthorize, q); r.Header.Get("Location") != "" {
				t.Errorf("a POST is sent to %s", r.Header.Get("Location"))
			}
		})
	}
}

func TestAuthorizeRefusals(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass) // so that nothing but the fault stands in the way
	for name, test := range map[string]struct {
		changes []string
		want    string
	}{
		"response-type-missing":      {[]string{"response_type", "-"}, "invalid_request"},
		"implicit":                   {[]string{"response_type", "token"}, "unsupported_response_type"},
		"hybrid":                     {[]string{"response_type", "code id_token"}, "unsupported_response_type"},
		"unknown response mode":      {[]string{"response_mode", "web_message"}, "invalid_request"},
		"no openid":                  {[]string{"scope", "profile email"}, "invalid_scope"},
		"no scope":                   {[]string{"scope", "-"}, "invalid_scope"},
		"request object":             {[]string{"request", "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"},
		"request URI":                {[]string{"request_uri", "https://app.example.com/r"}, "request_uri_not_supported"},
		"PKCE plain":                 {[]string{"code_challenge_method", "plain", "code_challenge", verifier}, "invalid_request"},
		"PKCE without method":        {[]string{"code_challenge_method", "-"}, "invalid_request"},
		"PKCE method alone":          {[]string{"code_challenge", "-"}, "invalid_request"},
		"PKCE challenge too short":   {[]string{"code_challenge", "abc"}, "invalid_request"},
		"prompt none and login":      {[]string{"prompt", "none login"}, "invalid_request"},
		"max_age negative":           {[]string{"max_age", "-1"}, "invalid_request"},
		"max_age not a number":       {[]string{"max_age", "1e3"}, "invalid_request"},
		"max_age empty":              {[]string{"max_age", ""}, "invalid_request"},
		"max_age 0 and none":         {[]string{"max_age", "0", "prompt", "none"}, "login_required"},
		"id_token_hint no token":     {[]string{"id_token_hint", "x"}, "invalid_request"},
		"nonce without end":          {[]string{"nonce", strings.Repeat("n", 1025)}, "invalid_request"},
		"unknown prompt is no error": {[]string{"prompt", "create"}, ""},
		"display, locales, acr, claims, unknown": {[]string{"display", "popup", "ui_locales", "se", "claims_locales", "se", "acr_values", "1 2",
			"claims", `{"userinfo":{"name":{"essential":true}}}`, "extra", "foobar"}, ""},
		"no nonce":               {[]string{"nonce", "-"}, ""},
		"no PKCE, but a secret":  {[]string{"code_challenge", "-", "code_challenge_method", "-"}, ""},
		"registered query, kept": {[]string{"redirect_uri", callback + "?x=1"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			q := c.back(c.get(pathAuthorize, asking(test.changes...)))
			if q.Get("error") != test.want || q.Has("code") == (test.want != "") {
				t.Errorf("answer: %v, want error %q", q, test.want)
			}
		})
	}
}

func TestPublicClientNeedsPKCE(t *testing.T) {
	b := newBench(t)
	for _, changes := range [][]string{
		{"code_challenge", "-", "code_challenge_method", "-"}, {"code_challenge_method", "plain"}, {"code_challenge_method", "-"},
	} {
		r := b.browser().get(pathAuthorize, asking(append(changes, "client_id", "native", "redirect_uri", "com.example.native:/back")...))
		if !strings.HasPrefix(r.Header.Get("Location"), "com.example.native:/back?error=invalid_request&") {
			t.Errorf("%v: %d %s", changes, r.StatusCode, r.Header.Get("Location"))
		}
	}
}

func TestAuthorizeByPost(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	r := c.post(pathAuthorize, asking(), "Origin", "https://app.example.com")
	if r.StatusCode != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), b.issuer+pathAuthorize+"?") {
		t.Fatalf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
	again, err := http.NewRequest(http.MethodGet, r.Header.Get("Location"), nil)
	must(t, err)
	if !c.back(c.do(again)).Has("code") {
		t.Error("no code after a POST")
	}
}

func TestIDTokenHint(t *testing.T) {
	b := newBench(t)
	c, other := b.browser(), b.browser()
	got, _ := b.redeemed(c.signIn("ada", adaPass))
	forBob, _ := b.redeemed(other.signIn("bob", bobPass))
	if !c.back(c.get(pathAuthorize, asking("id_token_hint", got.IDToken, "prompt", "none"))).Has("code") {
		t.Error("her own hint stands in the way")
	}
	if q := c.back(c.get(pathAuthorize, asking("id_token_hint", forBob.IDToken, "prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("bob's hint in ada's browser: %v", q)
	}
	before := c.session()
	r := c.submit(c.get(pathAuthorize, asking("id_token_hint", forBob.IDToken)), "ada", adaPass)
	if q := c.back(r); q.Get("error") != "login_required" || c.session() != before {
		t.Errorf("ada signed in where bob was asked for: %v", q)
	}
	forPoster := b.token(c.signIn("ada", adaPass, "client_id", "poster", "prompt", "login"), "client_id", "poster", "client_secret", appSecret)
	foreignIssuer, err := b.provider.keys.Sign(t.Context(), "RS256", "JWT", map[string]any{"iss": "https://evil.example/idp", "sub": "sub-ada", "aud": "app"})
	must(t, err)
	parts := strings.Split(got.IDToken, ".")
	for name, hint := range map[string]string{
		"signature of another": parts[0] + "." + parts[1] + "." + strings.Split(forBob.IDToken, ".")[2],
		"alg none":             "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"another client's":     object(t, forPoster.body)["id_token"].(string),
		"another issuer's":     foreignIssuer,
	} {
		if q := c.back(c.get(pathAuthorize, asking("id_token_hint", hint))); q.Get("error") != "invalid_request" {
			t.Errorf("%s: %v", name, q)
		}
	}
	b.clock.advance(20 * time.Minute)
	if !c.back(c.get(pathAuthorize, asking("id_token_hint", got.IDToken, "prompt", "none"))).Has("code") {
		t.Error("an expired hint stands in the way")
	}
}

func TestLoginHintFillsInTheName(t *testing.T) {
	b := newBench(t)
	page := b.browser().get(pathAuthorize, asking("login_hint", `ada"><script>`))
	if !strings.Contains(page.body, `value="ada&#34;&gt;&lt;script&gt;"`) || strings.Contains(page.body, "<script>") {
		t.Error(page.body)
	}
}

func TestDiscovery(t *testing.T) {
	b := newBench(t)
	r := b.browser().get(pathDiscovery, nil)
	d := object(t, r.body)
	for name, want := range map[string]any{
		"issuer": b.issuer, "authorization_endpoint": b.issuer + "/authorize", "token_endpoint": b.issuer + "/token", "jwks_uri": b.issuer + "/keys",
		"userinfo_endpoint": b.issuer + "/userinfo", "end_session_endpoint": b.issuer + "/end_session",
		"authorization_response_iss_parameter_supported": true, "request_uri_parameter_supported": true,
	} {
		if d[name] != want {
			t.Errorf("%s is %v, want %v", name, d[name], want)
		}
	}
	if got := d["code_challenge_methods_supported"].([]any); len(got) != 1 || got[0] != "S256" {
		t.Errorf("PKCE methods: %v", got)
	}
	if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers: %v", r.Header)
	}
}

// Whatever is asked, nobody is sent anywhere but to the client's own address.
func FuzzAuthorize(f *testing.F) {
	f.Add(asking().Encode())
	f.Add(asking("prompt", "none").Encode())
	f.Add(asking("redirect_uri", "https://evil.example").Encode() + "&redirect_uri=" + url.QueryEscape(callback))
	f.Add("client_id=app;redirect_uri=%zz&&=")
	b := newBench(f)
	f.Fuzz(func(t *testing.T, query string) {
		r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/idp/authorize", RawQuery: query}, Header: http.Header{}, Body: http.NoBody}
		w := &answer{header: http.Header{}}
		b.provider.ServeHTTP(w, r)
		location := w.sent.Get("Location")
		if location != "" && !strings.HasPrefix(location, callback+"?") && !strings.HasPrefix(location, "com.example.native:/back?") {
			t.Errorf("sent to %q", location)
		}
		if w.status >= 500 {
			t.Errorf("status %d", w.status)
		}
	})
}
