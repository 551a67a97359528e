package host_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// check asks as Envoy's ext_authz does: the request itself, its target exactly
// as given, under the prefix. Lines are "Name: value".
func (s *site) check(method, target, host string, lines ...string) answer {
	s.t.Helper()
	text := method + " /auth/envoy" + target + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n"
	raw := exchange(s.t, s.listen, []byte(strings.ReplaceAll(text, "\r\n\r\n\r\n", "\r\n\r\n")))
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), &http.Request{Method: method})
	if err != nil {
		s.t.Fatalf("%v in %q", err, raw)
	}
	var body bytes.Buffer
	_, _ = body.ReadFrom(resp.Body)
	if method == http.MethodHead && !bytes.HasSuffix(raw, []byte("\r\n\r\n")) {
		s.t.Errorf("HEAD %s is answered with a body", target)
	}
	return answer{resp, body.String()}
}

const (
	overTLS = "X-Forwarded-Proto: https"
	aPage   = "Sec-Fetch-Mode: navigate"
	plainly = "Accept: application/json"
)

// Envoy's question is every other proxy's: the same answers, and the same
// headers on an admission.
func TestForwardAuth_Envoy(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	cookie := "Cookie: theme=dark; " + handleAt(b.at("wiki.example.test", sessionCookie))
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "QUERY"} {
		a := s.check(method, "/page?x=1", "wiki.example.test", overTLS, cookie)
		admitted(t, a)
		if got := a.Header.Get("Cookie"); got != "theme=dark" || a.Body != "" {
			t.Errorf("%s: the application gets the cookies %q, and the body %q", method, got, a.Body)
		}
		a = s.check(method, "/page?x=1&y=%2F", "wiki.example.test", overTLS, aPage)
		if page := method == "GET" || method == "HEAD"; page {
			if to := "https://wiki.example.test/.doorward/start?" + (url.Values{"return_to": {"/page?x=1&y=%2F"}}).Encode(); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != to {
				t.Errorf("%s by nobody: %s to %s", method, a.Status, a.Header.Get("Location"))
			}
		} else {
			denied(t, a, http.StatusUnauthorized, a.codeOr(login.CodeSessionMissing))
		}
	}
	admitted(t, s.check("GET", "/", "open.example.test", overTLS))
}

// What was asked before still comes before: a path that only begins like the
// prefix is no question, and neither is one that leads to the prefix.
func TestT06_envoy_is_asked_under_its_prefix_alone(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	cookie := "Cookie: " + handleAt(b.at("wiki.example.test", sessionCookie))
	for _, at := range []string{"/auth/envoy", "/auth/envoy?x", "/auth/envoyx/", "/auth/Envoy/", "/.doorward/auth/envoy/", "//auth/envoy/", "/x/../auth/envoy/", "/%61uth/envoy/", "/auth%2fenvoy/", "http://wiki.example.test/auth/envoy/"} {
		raw := exchange(t, s.listen, []byte("GET "+at+" HTTP/1.1\r\nHost: wiki.example.test\r\n"+overTLS+"\r\n"+cookie+"\r\n\r\n"))
		if bytes.HasPrefix(raw, []byte("HTTP/1.1 200")) || bytes.Contains(raw, []byte("X-Doorward-Subject")) {
			t.Errorf("%s: %.200q", at, raw)
		}
	}
}

// Nothing that a client can write behind the prefix reaches another route of the
// host, whose 200 would let it through.
func TestT06_envoy_targets_reach_no_other_route(t *testing.T) {
	t.Parallel()
	good, ambiguous := requests(t)
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels + shared})
	b := s.browser()
	b.echoed("https://office.example.test/")
	b.echoed("https://wiki.example.test/")
	office, wiki := "Cookie: "+handleAt(b.at("office.example.test", sessionCookie)), "Cookie: "+handleAt(b.at("wiki.example.test", sessionCookie))
	for _, escape := range []string{
		"/../../doorward.js", "/../../.well-known/jwks.json", "/../..//doorward.js", "/%2e%2e/%2e%2e/doorward.js", "/x/../../../doorward.js", "/../../login", "/../../session",
		"/../../.doorward/session", "/../../.doorward/doorward.js", "/.doorward/doorward.js", "/.doorward/session", "/..%2f..%2fdoorward.js", "/../../assets/page.css", "//../../doorward.js", `/..\..\doorward.js`,
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS", "CONNECT", "PROPFIND"} {
			if a := s.check(method, escape, "office.example.test", overTLS, plainly); a.StatusCode < 300 {
				t.Errorf("%s %s lets nobody through: %s", method, escape, a.Status)
			}
		}
	}
	for _, r := range good {
		if a := s.check("GET", r.URI, "office.example.test", overTLS, office); a.StatusCode != http.StatusOK || audienceOf(t, a) != r.App {
			t.Errorf("%s: %s for %s, want %s", r.URI, a.Status, audienceOf(t, a), r.App)
		}
	}
	for _, path := range ambiguous {
		if strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }) {
			continue // no target of a request line; Envoy refuses such a request itself
		}
		for _, uri := range []string{path, path + "?x=/public", path + "?/../public"} {
			denied(t, s.check("GET", uri, "office.example.test", overTLS, office, plainly), http.StatusForbidden, login.CodePathAmbiguous)
			denied(t, s.check("GET", uri, "office.example.test", overTLS, plainly), http.StatusForbidden, login.CodePathAmbiguous)
			if a := s.check("GET", uri, "wiki.example.test", overTLS, wiki); a.StatusCode != http.StatusOK || audienceOf(t, a) != "wiki" {
				t.Errorf("%s at an application of its own: %s", uri, a.Status)
			}
		}
	}
}

// All forms of one host's name are one host, and no other name is.
func TestT05_envoy_hosts(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	cookie := "Cookie: " + handleAt(b.at("wiki.example.test", sessionCookie))
	for _, host := range []string{"wiki.example.test", "WIKI.example.test", "wiki.example.test.", "wiki.example.test:443", "Wiki.Example.Test.:443"} {
		if a := s.check("GET", "/", host, overTLS, cookie); a.StatusCode != http.StatusOK || audienceOf(t, a) != "wiki" {
			t.Errorf("%s: %s", host, a.Status)
		}
	}
	for _, host := range []string{"wiki.example.test:80", "wiki.example.test..", "xwiki.example.test", "wiki.example.test.evil.example", "evil.example", "[::1]"} {
		denied(t, s.check("GET", "/", host, overTLS, cookie, plainly), http.StatusForbidden, login.CodeAppUnknown)
	}
}

// Only a listed peer is answered, whatever it sends; and who passes a client's
// request on, with the headers that proxies add, asks nothing.
func TestT01_envoy_and_forwarded_headers(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	cookie := "Cookie: " + handleAt(b.at("wiki.example.test", sessionCookie))
	admitted(t, s.check("GET", "/x", "wiki.example.test", overTLS, cookie))
	for name, value := range map[string]string{"X-Forwarded-Host": "wiki.example.test", "X-Forwarded-Uri": "/x", "X-Forwarded-Method": "GET"} {
		for _, spelled := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			for _, v := range []string{value, "open.example.test", "", "POST"} {
				denied(t, s.check("GET", "/x", "wiki.example.test", overTLS, cookie, plainly, spelled+": "+v), http.StatusBadRequest, login.CodeParameterInvalid)
			}
		}
	}
	for _, lines := range [][]string{{cookie}, {cookie, "X-Forwarded-Proto:"}, {cookie, overTLS, overTLS}, {cookie, overTLS, "X-Forwarded-Proto: http"}, {cookie, "X_Forwarded_Proto: https"}} {
		denied(t, s.check("GET", "/x", "wiki.example.test", append(lines, plainly)...), http.StatusBadRequest, login.CodeParameterInvalid)
	}
	for _, proto := range []string{"http", "https,http", "ftp"} {
		denied(t, s.check("GET", "/x", "wiki.example.test", cookie, plainly, "X-Forwarded-Proto: "+proto), http.StatusForbidden, login.CodeAppUnknown)
	}
	s.stop()
	text := settings{Rest: levels + applications + openToo}.text(s.idp) // no proxy is trusted any more
	if err := os.WriteFile(filepath.Join(s.dir, "doorward.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.start()
	for _, host := range []string{"wiki.example.test", "open.example.test", "login.example.test"} {
		denied(t, s.check("GET", "/x", host, overTLS, cookie, plainly), http.StatusForbidden, login.CodePeerUntrusted)
		denied(t, s.check("PROPFIND", "/x", host, overTLS, cookie, plainly), http.StatusForbidden, login.CodePeerUntrusted)
	}
}

// A broken cookie lets nobody in, and a long one no one either.
func TestT08_envoy_broken_cookies(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	handle := b.at("wiki.example.test", sessionCookie)
	for _, value := range []string{"", "x", handle[1:], handle + "A", handle + "; " + sessionCookie + "=" + handle, strings.Repeat("A", 20<<10), "%00\xff"} {
		a := s.check("GET", "/", "wiki.example.test", overTLS, plainly, fmt.Sprintf("Cookie: %s=%s", sessionCookie, value))
		if a.StatusCode < 400 || a.Header["X-Doorward-Subject"] != nil {
			t.Errorf("%.40q: %s", value, a.Status)
		}
	}
}

// What a form says is for the application: it asks for nothing here.
func TestForwardAuth_EnvoyBodies(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	body := strings.Repeat("level=Public&", 600)
	head := fmt.Sprintf("POST /auth/envoy/save HTTP/1.1\r\nHost: open.example.test\r\n%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", overTLS, len(body))
	if raw := exchange(t, s.listen, []byte(head+body)); !bytes.HasPrefix(raw, []byte("HTTP/1.1 200")) {
		t.Errorf("%.200q", raw)
	}
	// The query is the client's too, and not the proxy's as at /auth.
	denied(t, s.check("GET", "/x?level=Public", "wiki.example.test", overTLS, plainly), http.StatusUnauthorized, login.CodeSessionMissing)
}
