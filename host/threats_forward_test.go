package host_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// openToo adds an application that needs nobody signed in, and one that is on a
// path alone.
const openToo = `  open: {origins: ["https://open.example.test"], require: [Public], headers: {X-Open-Mail: email}}
  till: {origins: ["https://till.example.test"], paths: [/till]}
`

func newOpen(t testing.TB, change ...func(*hosttest.Knobs)) *site {
	t.Helper()
	return newSite(t, hosttest.NewProvider(t, change...), settings{Top: trusting, Rest: levels + applications + openToo})
}

// forgeries are what a client can claim of itself.
var forgeries = map[string][]string{
	"X-Forwarded-Method": {"GET"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"open.example.test"}, "X-Forwarded-Uri": {"/public"},
	"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Port": {"443"}, "X-Forwarded-Prefix": {"/public"}, "X-Forwarded-Server": {"a"},
	"X-Real-Ip": {"127.0.0.1"}, "Forwarded": {"for=127.0.0.1;host=open.example.test;proto=https"}, "X-Original-Url": {"/public"},
	"X-Original-Uri": {"/public"}, "X-Original-Method": {"OPTIONS"}, "X-Rewrite-Url": {"/public"}, "X-Http-Method-Override": {"OPTIONS"},
	"X-Forwarded-User": {"alice"}, "Client-Ip": {"127.0.0.1"}, "Via": {"1.1 proxy"},
}

// No proxy is trusted unless it is listed: whatever a client says of itself, and
// whoever it is, /auth refuses in the same words.
func TestT01_nobody_is_trusted_by_default(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: levels + applications + openToo})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	plain := func(a answer) string { return strings.ReplaceAll(a.Body, a.Header.Get("X-Request-Id"), "") }
	for _, at := range []string{"/auth", "/.doorward/auth"} {
		want := s.direct(http.MethodGet, at, http.Header{}, "")
		denied(t, want, http.StatusForbidden, login.CodePeerUntrusted)
		all := http.Header{}
		for name, values := range forgeries {
			all[name] = values
			for _, h := range []http.Header{{name: values}, {name: {values[0], values[0]}}, {name: {""}}, {strings.ToLower(name): values}, {strings.ReplaceAll(name, "-", "_"): values}} {
				a := s.direct(http.MethodGet, at, h, "")
				denied(t, a, http.StatusForbidden, login.CodePeerUntrusted)
				if plain(a) != plain(want) {
					t.Errorf("%v changes the answer:\n%s", h, a.Body)
				}
			}
		}
		for _, h := range []http.Header{all, pageAt("https://open.example.test/"), having(pageAt("https://wiki.example.test/"), "Cookie", handleAt(b.handle())), having(all, "Host", "open.example.test")} {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
				if a := s.direct(method, at, h, ""); a.StatusCode != http.StatusForbidden || a.Header.Get("X-Doorward-Subject") != "" {
					t.Errorf("%s by an untrusted peer: %s", method, a.Status)
				}
			}
		}
	}
}

// An untrusted peer's claims choose neither the origin nor the session.
func TestT01_claims_choose_no_origin(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	wiki := b.at("wiki.example.test", sessionCookie)
	s.stop()
	text := settings{Rest: levels + applications + openToo}.text(s.idp) // no proxy is trusted any more
	if err := os.WriteFile(filepath.Join(s.dir, "doorward.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	for _, host := range []string{"login.example.test", "wiki.example.test"} {
		for _, claimed := range []string{"", "wiki.example.test", "login.example.test", "evil.example"} {
			h := http.Header{"Host": {host}, "Cookie": {handleAt(wiki)}, "Accept": {"application/json"}}
			if claimed != "" {
				h["X-Forwarded-Host"], h["X-Forwarded-Proto"] = []string{claimed}, []string{"https"}
			}
			a := s.direct(http.MethodGet, "/.doorward/session", h, "")
			if host == "wiki.example.test" {
				denied(t, a, http.StatusForbidden, login.CodeAppUnknown) // plain http, as far as can be told
			} else if a.StatusCode != http.StatusOK || a.Body != nobody {
				t.Errorf("%s, claimed to be %q: %s %s", host, claimed, a.Status, a.Body)
			}
			if a := s.direct(http.MethodGet, "/login?idp=corp", h, ""); host == "login.example.test" && a.StatusCode != http.StatusSeeOther {
				t.Errorf("claimed to be %q: /login answers %s", claimed, a.Status)
			}
		}
	}
}

// A trusted proxy that does not say exactly what it asks about is not answered
// about something else.
func TestT01_a_trusted_proxy_must_be_exact(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	good := having(pageAt("https://wiki.example.test/page"), "Cookie", handleAt(b.at("wiki.example.test", sessionCookie)))
	admitted(t, s.auth("", good))
	for _, name := range []string{"X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"} {
		value := good.Get(name)
		for what, values := range map[string][]string{
			"missing": nil, "empty": {""}, "doubled": {value, value}, "two": {value, "/public"}, "empty and right": {"", value},
		} {
			h := good.Clone()
			h[name] = values
			a := s.auth("", h)
			denied(t, a, http.StatusBadRequest, login.CodeParameterInvalid)
			if t.Failed() {
				t.Fatalf("%s %s: %s", name, what, a.Status)
			}
		}
		h := good.Clone()
		h.Del(name)
		h[strings.ReplaceAll(name, "-", "_")] = []string{value}
		denied(t, s.auth("", h), http.StatusBadRequest, login.CodeParameterInvalid)
	}
	for _, c := range []struct {
		name, value string
		code        login.Code
	}{
		{"X-Forwarded-Proto", "https,http", login.CodeAppUnknown}, {"X-Forwarded-Proto", "https, https", login.CodeAppUnknown}, {"X-Forwarded-Proto", "http", login.CodeAppUnknown},
		{"X-Forwarded-Proto", "ftp", login.CodeAppUnknown}, {"X-Forwarded-Proto", "https://", login.CodeAppUnknown},
		{"X-Forwarded-Host", "wiki.example.test,open.example.test", login.CodeAppUnknown}, {"X-Forwarded-Host", "open.example.test, wiki.example.test", login.CodeAppUnknown},
		{"X-Forwarded-Host", "wiki.example.test/", login.CodeAppUnknown}, {"X-Forwarded-Host", "x@wiki.example.test", login.CodeAppUnknown},
		{"X-Forwarded-Host", publicURL[len("https://"):], login.CodeAppUnknown},
		{"X-Forwarded-Uri", "https://wiki.example.test/page", login.CodeParameterInvalid}, {"X-Forwarded-Uri", "*", login.CodeParameterInvalid},
		{"X-Forwarded-Uri", "page", login.CodeParameterInvalid}, {"X-Forwarded-Uri", "?x", login.CodeParameterInvalid}, {"X-Forwarded-Uri", "/page#x", login.CodeParameterInvalid},
		{"X-Forwarded-Uri", "wiki.example.test:443", login.CodeParameterInvalid},
	} {
		status := http.StatusBadRequest
		if c.code == login.CodeAppUnknown {
			status = http.StatusForbidden
		}
		denied(t, s.auth("", having(good, c.name, c.value)), status, c.code)
	}
	for name, values := range forgeries { // nothing else has a say
		if strings.HasPrefix(name, "X-Forwarded-") && good.Get(name) != "" {
			continue
		}
		h := good.Clone()
		h[name] = values
		a := s.auth("", h)
		admitted(t, a)
		if audienceOf(t, a) != "wiki" {
			t.Errorf("%s leads to %s", name, audienceOf(t, a))
		}
	}
	for _, host := range []string{"open.example.test", "login.example.test", "evil.example", "127.0.0.1", "shop.example.test"} { // the peer's own
		if a := s.auth("", having(good, "Host", host)); a.StatusCode != http.StatusOK || audienceOf(t, a) != "wiki" {
			t.Errorf("asked as %s: %s", host, a.Status)
		}
	}
}

// Only GET and HEAD are pages; a method that nobody knows passes like any other
// and goes nowhere without a session.
func TestT01_methods(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "TRACE", "BREW", "get", "GET ", "GET, POST", "GET\tHEAD", "é"} {
		h := having(pageAt("https://wiki.example.test/page"), "X-Forwarded-Method", method)
		a := s.auth("", h)
		if strings.TrimSpace(method) == "GET" || method == "HEAD" {
			denied(t, a, http.StatusSeeOther, "")
		} else {
			denied(t, a, http.StatusUnauthorized, login.CodeSessionMissing)
		}
		admitted(t, s.auth("", having(h, "Cookie", handleAt(b.at("wiki.example.test", sessionCookie)))))
	}
}

// The header names that an application trusts come from the host alone.
func TestT02_forged_identities_do_not_come_back(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	forged := http.Header{}
	for _, name := range append([]string{"X-Open-Mail", "X-Wiki-Team", "X-Doorward-Login", "X-Doorward-Anything"}, identityHeaders...) {
		for _, spelt := range []string{name, strings.ToLower(name), strings.ToUpper(name), strings.ReplaceAll(name, "-", "_"), strings.ReplaceAll(strings.ToLower(name), "-", "_")} {
			if name != "Cookie" {
				forged[spelt] = []string{"forged", "forged-too"}
			}
		}
	}
	for at, cookie := range map[string]string{"https://open.example.test/": "", "https://wiki.example.test/": handleAt(b.at("wiki.example.test", sessionCookie)), "https://shop.example.test/": ""} {
		h := pageAt(at)
		for name, values := range forged {
			h[name] = values
		}
		h["Cookie"] = []string{cookie}
		a := s.auth("", h)
		if strings.Contains(asJSON(a.Header)+a.Body, "forged") {
			t.Errorf("%s: a forged value comes back: %v", at, a.Header)
		}
		if !strings.Contains(at, "shop") {
			admitted(t, a)
		}
	}
}

// A preflight to an application that is open to everybody passes with empty
// headers, so that forged ones are replaced; elsewhere it does not pass.
func TestT04_preflights(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	ask := func(at string) answer {
		h := pageAt(at)
		h.Del("Sec-Fetch-Mode")
		for _, name := range identityHeaders[:7] {
			h.Set(name, "forged")
		}
		h["X-Forwarded-Method"], h["Origin"], h["Access-Control-Request-Method"] = []string{"OPTIONS"}, []string{"https://evil.example"}, []string{"POST"}
		return s.auth("", h)
	}
	a := ask("https://open.example.test/api")
	admitted(t, a)
	for _, name := range append([]string{"X-Open-Mail"}, identityHeaders...) {
		want := ""
		if name == "X-Doorward-Levels" {
			want = "Public"
		}
		if got := a.Header[name]; len(got) != 1 || got[0] != want && got[0] != "" {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, at := range []string{"https://wiki.example.test/api", "https://shop.example.test/api", "https://office.example.test/vault", "https://till.example.test/till"} {
		denied(t, ask(at), http.StatusUnauthorized, login.CodeSessionMissing)
	}
	denied(t, ask("https://till.example.test/"), http.StatusForbidden, login.CodeAppUnknown)
}
