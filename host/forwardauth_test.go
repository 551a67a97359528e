package host_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// asking is pageAt with other request headers of the client, "Name: value" each;
// one without a value is taken away.
func asking(at, method string, lines ...string) http.Header {
	h := having(pageAt(at), "X-Forwarded-Method", method)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if value == "" {
			h.Del(name)
		} else {
			h.Set(name, strings.TrimSpace(value))
		}
	}
	return h
}

// Only what a person looks at is sent to the login; nothing that a script, a
// form or a socket sends is answered with a page that is not theirs.
func TestForwardAuth_PagesAndScripts(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	for _, c := range []struct {
		method string
		lines  []string
		page   bool
	}{
		{"GET", nil, true}, {"HEAD", nil, true}, {"POST", nil, false}, {"PUT", nil, false}, {"DELETE", nil, false}, {"OPTIONS", nil, false}, {"QUERY", nil, false},
		{"GET", []string{"Sec-Fetch-Mode: cors", "Accept: text/html"}, false}, {"GET", []string{"Sec-Fetch-Mode: no-cors", "Accept: image/*"}, false},
		{"GET", []string{"Sec-Fetch-Mode: same-origin", "Accept: text/html"}, false}, {"GET", []string{"Sec-Fetch-Mode: websocket", "Upgrade: websocket", "Connection: Upgrade"}, false},
		{"GET", []string{"Sec-Fetch-Mode: Navigate"}, false}, {"GET", []string{"Sec-Fetch-Mode: navigate", "Accept: application/json"}, true},
		{"GET", []string{"Sec-Fetch-Mode:", "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}, true}, {"HEAD", []string{"Sec-Fetch-Mode:", "Accept: text/html"}, true},
		{"GET", []string{"Sec-Fetch-Mode:", "Accept: */*"}, false}, {"GET", []string{"Sec-Fetch-Mode:", "Accept: application/json, text/plain, */*"}, false}, {"GET", []string{"Sec-Fetch-Mode:"}, false},
		{"GET", []string{"Sec-Fetch-Mode:", "Upgrade: websocket", "Connection: Upgrade"}, false}, {"POST", []string{"Sec-Fetch-Mode:", "Accept: text/html"}, false},
		{"GET", []string{"Sec-Fetch-Mode:", "Accept: text/html", "X-Requested-With: XMLHttpRequest"}, true},
	} {
		start := "https://wiki.example.test/.doorward/start?" + url.Values{"return_to": {"/a?b=c"}}.Encode()
		a := s.auth("", asking("https://wiki.example.test/a?b=c", c.method, c.lines...))
		what := fmt.Sprint(c.method, c.lines)
		switch {
		case c.page:
			denied(t, a, http.StatusSeeOther, "")
			if a.Header.Get("Location") != start {
				t.Errorf("%s leads to %s", what, a.Header.Get("Location"))
			}
		default:
			if a.Header.Get("Location") != "" || a.Header.Get("X-Doorward-Login") != "" || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %s %v", what, a.Status, a.Header)
			}
			denied(t, a, http.StatusUnauthorized, a.codeOr(login.CodeSessionMissing))
		}
		a = s.auth("", asking("https://shop.example.test/a?b=c", c.method, c.lines...)) // forward_auth: status
		want := ""
		if c.page {
			want = strings.Replace(start, "wiki", "shop", 1)
		}
		if got := a.Header.Get("X-Doorward-Login"); a.StatusCode != http.StatusUnauthorized || got != want || a.Header.Get("Location") != "" || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("status: %s: %s, login %q, want %q", what, a.Status, got, want)
		}
	}
}

// codeOr is the answer's code, or want where the answer has no code to read: a
// HEAD, or a page.
func (a answer) codeOr(want login.Code) login.Code {
	if code := a.code(); code != "" {
		return login.Code(code)
	}
	return want
}

// What levels a request needs: those of the application, and those that the
// proxy asks for.
func TestForwardAuth_Levels(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	b.echoed("https://office.example.test/")
	wiki, office := handleAt(b.at("wiki.example.test", sessionCookie)), handleAt(b.at("office.example.test", sessionCookie))
	ask := func(at, query, cookie string) answer {
		return s.auth(query, having(asking(at, "GET", "Sec-Fetch-Mode: cors"), "Cookie", cookie))
	}
	const fresh, plain, both = "?level=Authenticated/Fresh", "?level=Authenticated", "?level=Authenticated&level=Authenticated%2FFresh&level=Authenticated/Fresh"
	for _, query := range []string{"", "?", plain, fresh, both, "?level=Public", "?level=Public&level=Authenticated/Fresh"} {
		admitted(t, ask("https://wiki.example.test/", query, wiki))
	}
	admitted(t, ask("https://office.example.test/vault/x", "", office)) // requires Fresh
	admitted(t, ask("https://open.example.test/", "?level=Public", ""))
	for _, query := range []string{plain, fresh, both, "?level=Public&level=Authenticated"} {
		denied(t, ask("https://open.example.test/", query, ""), http.StatusUnauthorized, login.CodeSessionMissing)
	}
	s.idp.Clock.Advance(6 * time.Minute)
	admitted(t, ask("https://wiki.example.test/", plain, wiki))
	admitted(t, ask("https://office.example.test/", "", office))
	for _, a := range []answer{ask("https://wiki.example.test/", fresh, wiki), ask("https://wiki.example.test/", both, wiki), ask("https://office.example.test/vault", "", office)} {
		denied(t, a, http.StatusUnauthorized, login.CodeStepUpNeeded)
		challenged(t, a, freshLevel)
	}
	// A level that no login gives is refused, to everybody.
	for _, mode := range []string{"navigate", "cors"} {
		h := having(having(pageAt("https://wiki.example.test/"), "Sec-Fetch-Mode", mode), "Cookie", wiki)
		for _, query := range []string{"?level=SecurityZones", "?level=SecurityZones&level=Authenticated/Fresh", "?level=Authenticated/Fresh&level=SecurityZones", "?level=Authenticated/Roles"} {
			a := s.auth(query, h)
			denied(t, a, http.StatusForbidden, login.CodeLevelMissing)
			if a.Header.Get("WWW-Authenticate") != "" {
				t.Errorf("%s: a challenge that leads nowhere", query)
			}
		}
	}
}

// challenged holds a 401 against RFC 9470, section 3, and RFC 9110, section
// 11.6.1.
func challenged(t testing.TB, a answer, level string) {
	t.Helper()
	values := a.Header.Values("WWW-Authenticate")
	if len(values) != 1 {
		t.Fatalf("%d challenges: %q", len(values), values)
	}
	scheme, params := authParams(t, values[0])
	if scheme != "Bearer" || params["error"] != "insufficient_user_authentication" || params["acr_values"] != level || params["error_description"] == "" || len(params) != 3 {
		t.Errorf("the challenge is %s %v", scheme, params)
	}
}

// authParams parses one challenge (RFC 9110, section 11.2): token "=" (token or
// quoted-string), with commas between.
func authParams(t testing.TB, challenge string) (scheme string, params map[string]string) {
	t.Helper()
	const tchar = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	token := func(s string) (string, string) {
		i := 0
		for i < len(s) && strings.IndexByte(tchar, s[i]) >= 0 {
			i++
		}
		return s[:i], s[i:]
	}
	scheme, rest := token(challenge)
	params = map[string]string{}
	for rest = strings.TrimLeft(rest, " "); rest != ""; rest = strings.TrimLeft(rest, " ,") {
		name, after := token(rest)
		if name == "" || !strings.HasPrefix(after, "=") || params[name] != "" {
			t.Fatalf("no auth-param: %q in %q", rest, challenge)
		}
		if after = after[1:]; !strings.HasPrefix(after, `"`) {
			params[name], rest = token(after)
			continue
		}
		value, i := "", 1
		for ; i < len(after) && after[i] != '"'; i++ {
			if after[i] == '\\' {
				i++
			}
			if i < len(after) {
				value += string(after[i])
			}
		}
		if i >= len(after) {
			t.Fatalf("a quoted string without its end: %q", challenge)
		}
		params[name], rest = value, after[i+1:]
	}
	return scheme, params
}

// A page that lacks a level is led through the step-up and back to itself.
func TestForwardAuth_StepUp(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://office.example.test/")
	s.idp.Clock.Advance(10 * time.Minute)
	handle := b.at("office.example.test", sessionCookie)
	h := having(pageAt("https://office.example.test/vault/7?x=1"), "Cookie", handleAt(handle))
	a := s.auth("", h)
	denied(t, a, http.StatusSeeOther, "")
	to := mustParse(t, a.Header.Get("Location"))
	if to.Query().Get("level") != freshLevel || to.Query().Get("return_to") != "/vault/7?x=1" || to.Host != "office.example.test" {
		t.Fatalf("the step-up begins at %s", to)
	}
	if e := b.echoed("https://office.example.test/vault/7?x=1"); e.URI != "/vault/7?x=1" || !strings.Contains(e.Header.Get("X-Doorward-Levels"), freshLevel) {
		t.Errorf("after the step-up %s holds %s", e.URI, e.Header.Get("X-Doorward-Levels"))
	}
	// status says the same without a redirect
	b.get("https://shop.example.test/.doorward/start?return_to=/")
	s.idp.Clock.Advance(10 * time.Minute)
	h = having(pageAt("https://shop.example.test/pay?x=1"), "Cookie", handleAt(b.at("shop.example.test", sessionCookie)))
	a = s.auth("?level="+freshLevel, h)
	denied(t, a, http.StatusUnauthorized, login.CodeStepUpNeeded)
	challenged(t, a, freshLevel)
	to = mustParse(t, a.Header.Get("X-Doorward-Login"))
	if to.Query().Get("level") != freshLevel || to.Query().Get("return_to") != "/pay?x=1" {
		t.Errorf("the step-up begins at %s", to)
	}
	if got := b.handedOver(to.String()); got != "https://shop.example.test/pay?x=1" {
		t.Errorf("the step-up ends at %s", got)
	}
	// A provider that does not ask the person leaves things as they are, and
	// goes round no more than twice.
	s.idp.Clock.Advance(10 * time.Minute)
	s.idp.Set(ignoresPrompt)
	s.idp.ResetCalls()
	a = b.get("https://office.example.test/vault/7")
	s.helpful(a, string(login.CodeReauthNotPerformed))
	if n := s.idp.Calls(hosttest.Authorize); n != 2 || !strings.Contains(a.Body, "/.doorward/finish?start=") {
		t.Errorf("the provider was asked %d times, and the page\n%s", n, a.Body)
	}
	b.echoed("https://office.example.test/page")
}
