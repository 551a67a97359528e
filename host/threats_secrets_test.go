package host_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// What a login is made of stays where it belongs, however the login ends: none
// of it is in the log (all of it, debug lines too), the metrics, the audit
// events, an error page or a problem document.
func TestT48_canaries(t *testing.T) {
	t.Parallel()
	echo := `{"error":"invalid_request","error_description":"canary-description","x":"canary-access-token-ABCDEF canary-mail@example.com canary-client-secret-0123456789abcdef"}`
	fault := func(at hosttest.Endpoint, f hosttest.Fault) func(*hosttest.Knobs) {
		return func(k *hosttest.Knobs) { k.Faults = map[hosttest.Endpoint]hosttest.Fault{at: f} }
	}
	for name, c := range map[string]struct {
		knobs    func(*hosttest.Knobs)
		settings settings
	}{
		"success":            {},
		"cancelled":          {knobs: func(k *hosttest.Knobs) { k.Error, k.ErrorDescription = "access_denied", "canary-description" }},
		"an error":           {knobs: func(k *hosttest.Knobs) { k.Error, k.ErrorDescription = "Canary-Description", "canary-description" }},
		"state":              {knobs: func(k *hosttest.Knobs) { k.StateParam = hosttest.Wrong }},
		"iss":                {knobs: func(k *hosttest.Knobs) { k.IssParam = hosttest.Wrong }},
		"token error":        {knobs: func(k *hosttest.Knobs) { k.TokenError = "invalid_grant" }},
		"token echo":         {knobs: fault(hosttest.Token, hosttest.Fault{Status: 400, ContentType: "application/json", Body: echo})},
		"token 500":          {knobs: fault(hosttest.Token, hosttest.Fault{Status: 500, Body: echo})},
		"token not JSON":     {knobs: fault(hosttest.Token, hosttest.Fault{ContentType: "application/json", Body: echo + echo})},
		"token dropped":      {knobs: fault(hosttest.Token, hosttest.Fault{Drop: true})},
		"token redirect":     {knobs: fault(hosttest.Token, hosttest.Fault{Redirect: "https://x.example/?canary-description"})},
		"token type":         {knobs: func(k *hosttest.Knobs) { k.TokenType = "canary-description" }},
		"no ID token":        {knobs: func(k *hosttest.Knobs) { k.EditTokens = func(m map[string]any) { delete(m, "id_token") } }},
		"keys":               {knobs: fault(hosttest.JWKS, hosttest.Fault{Status: 500, Body: echo})},
		"bad signature":      {knobs: func(k *hosttest.Knobs) { k.BadSignature = true }},
		"unknown kid":        {knobs: func(k *hosttest.Knobs) { k.EditHeader = func(h map[string]any) { h["kid"] = "canary-description" } }},
		"unknown alg":        {knobs: resigned("", nil, map[string]any{"alg": "XX256"})},
		"no JSON claims":     {knobs: rewritten(func(s string) string { return s[1:] })},
		"iss claim":          {knobs: claim("iss", "https://canary-description.example")},
		"aud claim":          {knobs: claim("aud", "canary-description")},
		"exp claim":          {knobs: claim("exp", "canary-description")},
		"nonce claim":        {knobs: claim("nonce", "canary-description")},
		"sub claim":          {knobs: claim("sub", "canary-description\n")},
		"at_hash":            {knobs: func(k *hosttest.Knobs) { k.AtHash = hosttest.Wrong }},
		"userinfo sub":       {knobs: func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoWrongSub }},
		"userinfo echo":      {knobs: fault(hosttest.UserInfo, hosttest.Fault{Status: 401, ContentType: "canary-description", Header: map[string]string{"WWW-Authenticate": echo}, Body: echo})},
		"userinfo HTML":      {knobs: fault(hosttest.UserInfo, hosttest.Fault{ContentType: "text/html", Body: echo})},
		"userinfo twice":     {knobs: fault(hosttest.UserInfo, hosttest.Fault{ContentType: "application/json", Body: `{"sub":"canary-sub","sub":"canary-sub"}`})},
		"userinfo refused":   {knobs: fault(hosttest.UserInfo, hosttest.Fault{Status: 500, Body: echo}), settings: settings{Provider: "userinfo: {on_failure: refuse}"}},
		"userinfo signed":    {knobs: func(k *hosttest.Knobs) { k.UserInfo = hosttest.UserInfoBadSignature }, settings: settings{Provider: "userinfo: {on_failure: refuse}"}},
		"two hosts":          {knobs: func(k *hosttest.Knobs) { k.UserClaims["email"] = "canary-mail@example.com@x.example" }},
		"mapper type":        {settings: settings{Provider: "mappers: [{direct: {attribute: roles, source: userInfo, path: email}}]"}},
		"mapper path":        {settings: settings{Provider: "mappers: [{direct: {attribute: email, source: userInfo, path: 'address.locality[0]'}}]"}},
		"expression":         {settings: settings{Provider: "mappers: [{expression: {attribute: attributes.n, value: 'int({idp-attributes:email})'}}]"}},
		"expression, index":  {settings: settings{Provider: "mappers: [{expression: {attribute: attributes.n, value: '{user.email: 1}[user.userName]'}}]"}},
		"policy rule":        {settings: failingRule(`to_number(input.user.email) > 3`)},
		"policy conflict":    {settings: failingRule(`object.get({input.user.email: 1}, input.user.id, 0) / (input.now - input.now) > 0`)},
		"policy path":        {settings: failingRule(`data.doorward.claims.ref(input.user.email) == 1`)},
		"level from a claim": {settings: settings{Files: map[string]string{"policies/l.rego": "package doorward.levels\n\ngrant contains input.user.email\n\ngrant contains {\"level\": \"Authenticated/Rule\", \"until\": input.user.email}\n"}, Rest: ruled}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t, c.knobs, c.settings)
			for _, accept := range []string{"text/html", "application/json"} {
				w.walk(accept)
			}
			w.look()
		})
	}
}

// A step-up that fails, and a login that is refused because of its parameters,
// tell as little.
func TestT48_refused_before_the_provider(t *testing.T) {
	t.Parallel()
	w := newWatch(t, nil, settings{})
	b := w.walk("text/html")
	w.site.idp.Clock.Advance(6 * time.Minute)
	w.site.idp.Set(func(k *hosttest.Knobs) { k.AuthTime = hosttest.OldAuthTime })
	w.keep("step-up", b.get("/login?level=Authenticated/Fresh").Body)
	w.site.idp.Set(func(k *hosttest.Knobs) { k.Subject = "canary-other-sub" })
	w.secret("canary-other-sub")
	w.keep("person", b.get("/login?level=Authenticated/Fresh").Body)
	for _, at := range []string{
		"/login?canary-query=canary-query", "/login?login_hint=canary-query%0A", "/login?return_to=//canary-query", "/login?idp=canary-query", "/login?app=canary-query",
		"/login?level=canary-query", "/login?max_age=canary-query", "/callback/corp?code=canary-query&state=canary-query", "/callback/canary-query?state=x",
		"/callback/corp?state=a&state=canary-query", "/canary-query", "/logout?return_to=canary-query:x", "/logout/callback/canary-query", "/assets/canary-query",
	} {
		w.keep(at, b.step(at).Body)
	}
	w.secret("canary-query")
	w.look()
}

// A browser is told its own claims and none of the tokens, wherever a mapper
// copied them.
func TestT48_tokens_never_reach_a_browser(t *testing.T) {
	t.Parallel()
	w := newWatch(t, nil, settings{Provider: `mappers:
  - {direct: {attribute: userName, source: tokenEndpointResponse, path: refresh_token}}
  - {direct: {attribute: attributes.copy, source: tokenEndpointResponse, path: access_token}}
  - {direct: {attribute: attributes.all, source: tokenEndpointResponse, path: id_token}}
  - {expression: {attribute: lastName, value: '"Bearer " + {attribute-source:tokenEndpointResponse:access_token}'}}`})
	b := w.walk("text/html")
	d := b.session()
	if !d.Authenticated || d.User.Email != "canary-mail@example.com" || !strings.Contains(d.User.UserName, "sha256:") {
		t.Fatalf("the session is %+v\n%s", d.User, w.site.log)
	}
	r := b.request(http.MethodGet, "/session", "")
	r.Header.Set("Accept", "application/json")
	for where, body := range map[string]string{"/session": b.do(r).Body, "/": b.get("/").Body, "/logout": b.get("/logout").Body} {
		for _, secret := range w.tokens {
			if strings.Contains(strings.ToLower(body), strings.ToLower(secret)) {
				t.Errorf("%s holds %.24s…", where, secret)
			}
		}
	}
	w.look()
}

// A role becomes a level's name, which is shown and logged, so a token is
// refused there.
func TestT48_a_token_is_no_role(t *testing.T) {
	t.Parallel()
	w := newWatch(t, nil, settings{Provider: `mappers:
  - {expression: {attribute: roles, value: '["staff", {attribute-source:tokenEndpointResponse:access_token}]'}}`})
	b := w.site.browser()
	w.site.helpful(b.get("/login"), "mapping_failed")
	if b.session().Authenticated {
		t.Error("a session was made")
	}
	w.look()
}

// watch is a site and everything of its logins that must not show.
type watch struct {
	t       *testing.T
	site    *site
	secrets []string // claims and what is below
	tokens  []string // not even for the browser itself
	seen    map[string]string
}

func newWatch(t *testing.T, knobs func(*hosttest.Knobs), with settings) *watch {
	w := &watch{t: t, seen: map[string]string{}}
	idp := hosttest.NewProvider(t, func(k *hosttest.Knobs) {
		k.Subject = "canary-sub"
		k.UserClaims = map[string]any{
			"name": "Canary-Name", "given_name": "Canary-Given", "preferred_username": "canary-user", "email": "canary-mail@example.com",
			"email_verified": true, "groups": []string{"canary-group"}, "address": map[string]any{"locality": "Canary-Town"},
		}
		k.AccessToken, k.RefreshToken = "canary-access-token-ABCDEF", "canary-refresh-token-ABCDEF"
	})
	if knobs != nil {
		idp.Set(knobs)
	}
	idp.Set(func(k *hosttest.Knobs) {
		before := k.EditIDToken
		k.EditIDToken = func(compact string) string {
			if before != nil {
				compact = before(compact)
			}
			for _, part := range append(strings.Split(compact, ".")[1:], compact) {
				if part != "" {
					w.tokens = append(w.tokens, part)
				}
			}
			return compact
		}
	})
	idp.ClientSecret = "canary-client-secret-0123456789abcdef"
	w.secret("canary-sub", "canary-name", "canary-given", "canary-user", "canary-mail", "canary-group", "canary-town", "canary-description")
	w.tokens = append(w.tokens, "canary-access-token", "canary-refresh-token", "canary-client-secret", base64.StdEncoding.EncodeToString([]byte(idp.ClientID+":canary-client")))
	w.site = newSite(t, idp, with)
	return w
}

func (w *watch) secret(list ...string)   { w.secrets = append(w.secrets, list...) }
func (w *watch) keep(where, text string) { w.seen[where] = text }

// walk is one login, with what it is made of noted down on the way.
func (w *watch) walk(accept string) *browser {
	w.t.Helper()
	b := w.site.browser()
	authorize := b.begin("/login?idp=corp")
	q := authorize.Query()
	for name := range q {
		if !slices.Contains([]string{"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}, name) {
			w.t.Errorf("the provider is sent %s in an address", name)
		}
	}
	w.secret(q.Get("nonce"), q.Get("state"))
	for _, c := range b.jar.Cookies(home()) {
		w.tokens = append(w.tokens, c.Value)
	}
	w.keep("authorize "+accept, strings.NewReplacer(q.Get("nonce"), "", q.Get("state"), "").Replace(authorize.String()))
	callback := b.approve(authorize)
	if code := query(callback).Get("code"); code != "" {
		w.tokens = append(w.tokens, code)
	}
	r := b.request(http.MethodGet, callback, "")
	r.Header.Set("Accept", accept)
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	a := b.do(r)
	b.http.CheckRedirect = nil
	w.keep("answer "+accept, a.Body)
	header := a.Header.Clone()
	header.Del("Set-Cookie")
	w.keep("headers "+accept, url.QueryEscape(asJSON(header))+asJSON(header))
	if verifier := url.Values(w.site.idp.Last(hosttest.Token).Form).Get("code_verifier"); verifier != "" {
		w.tokens = append(w.tokens, verifier)
	}
	if h := b.handle(); h != "" {
		w.tokens = append(w.tokens, h)
	}
	return b
}

// look searches everything that others than the person can read.
func (w *watch) look() {
	w.t.Helper()
	_, w.seen["metrics"] = w.site.atAdmin("/metrics")
	_, w.seen["readiness"] = w.site.atAdmin("/readyz")
	w.seen["log"] = w.site.log.String()
	w.site.mu.Lock()
	w.seen["audit"] = asJSON(w.site.events)
	w.site.mu.Unlock()
	if len(w.seen["log"]) < 100 || len(w.seen["metrics"]) < 100 {
		w.t.Fatal("there is nothing to look at")
	}
	for where, text := range w.seen {
		lower := strings.ToLower(text)
		for _, secret := range slices.Concat(w.secrets, w.tokens) {
			if i := strings.Index(lower, strings.ToLower(secret)); i >= 0 {
				w.t.Errorf("%s holds %.24s…: %.300s", where, secret, text[max(0, i-200):])
			}
		}
	}
}

const ruled = "levels: {Authenticated/Rule: {}}\npolicies: {path: policies/}\n"

// failingRule is a site with a rule that fails on what it reads.
func failingRule(body string) settings {
	return settings{Rest: ruled, Files: map[string]string{"policies/l.rego": "package doorward.levels\n\ngrant contains \"Authenticated/Rule\" if " + body + "\n"}}
}

func asJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// A request that cannot be read is refused without its content in the log.
func TestT48_unreadable_requests(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	for _, broken := range []string{"Bad Key: x", "Content-Length: zz", " folded: x"} {
		conn, err := net.Dial("tcp", s.listen)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /callback/corp?code=canary-code HTTP/1.1\r\nHost: login.example.test\r\nCookie: __Host-doorward=canary-cookie\r\n%s\r\n\r\n", broken)
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		answer, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(answer), "HTTP/1.1 4") || strings.Contains(string(answer), "canary") {
			t.Errorf("%q is answered with %.300s", broken, answer)
		}
	}
	if strings.Contains(s.log.String(), "canary") {
		t.Errorf("the log quotes a request:\n%s", s.log)
	}
}
