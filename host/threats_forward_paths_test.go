package host_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// requests is the shared corpus of addresses, on the hosts of these tests.
func requests(t testing.TB) (good []struct{ URI, App string }, ambiguous []string) {
	t.Helper()
	raw, err := os.ReadFile("web/testdata/addresses.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Requests  []struct{ URI, App string }
		Ambiguous []string
		Disputed  []string
	}
	if err := json.Unmarshal(raw, &v); err != nil || len(v.Requests) < 10 || len(v.Ambiguous) < 30 || len(v.Disputed) < 10 {
		t.Fatal(len(v.Requests), len(v.Ambiguous), err)
	}
	return v.Requests, append(v.Ambiguous, v.Disputed...)
}

// shared is a host that two applications are on, and one that one application
// has to itself, as in the corpus.
const shared = `
applications:
  wiki: {origins: ["https://wiki.example.test"]}
  office: {origins: ["https://office.example.test"], paths: [/, /public]}
  admin: {origins: ["https://office.example.test"], paths: [/admin]}
`

// Whatever a path looks like, it leads to the application that is meant, or
// nowhere. Nothing behind the question mark counts.
func TestT06_paths(t *testing.T) {
	t.Parallel()
	good, ambiguous := requests(t)
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels + shared})
	b := s.browser()
	b.echoed("https://office.example.test/")
	b.echoed("https://wiki.example.test/")
	office, wiki := handleAt(b.at("office.example.test", sessionCookie)), handleAt(b.at("wiki.example.test", sessionCookie))
	ask := func(host, uri, cookie string) answer {
		return s.auth("", having(having(pageAt("https://"+host+"/"), "X-Forwarded-Uri", uri), "Cookie", cookie))
	}
	for _, r := range good {
		if a := ask("office.example.test", r.URI, office); a.StatusCode != http.StatusOK || audienceOf(t, a) != r.App {
			t.Errorf("%s: %s for %s, want %s", r.URI, a.Status, audienceOf(t, a), r.App)
		}
		if a := ask("office.example.test", r.URI, ""); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s for nobody: %s", r.URI, a.Status)
		}
	}
	for _, path := range ambiguous {
		for _, uri := range []string{path, path + "?x=/public", path + "?/../public"} {
			for _, cookie := range []string{office, ""} {
				denied(t, ask("office.example.test", uri, cookie), http.StatusForbidden, login.CodePathAmbiguous)
			}
			if a := ask("wiki.example.test", uri, wiki); a.StatusCode != http.StatusOK || audienceOf(t, a) != "wiki" {
				t.Errorf("%s at an application of its own: %s", uri, a.Status)
			}
		}
	}
}

// A path that one application alone can have comes back after the login as it
// was, however strange it is.
func TestT06_strange_paths_come_back(t *testing.T) {
	t.Parallel()
	_, ambiguous := requests(t)
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels + shared})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for _, path := range append(ambiguous, `/a?b=c\d&e=|`, "/a?q={x}", "/a?q=%C3%A9&%zz") {
		a := s.auth("", having(pageAt("https://wiki.example.test/"), "X-Forwarded-Uri", path))
		b.clear("wiki.example.test")
		if a.StatusCode != http.StatusSeeOther {
			t.Errorf("%s: %s", path, a.Status)
			continue
		}
		want := "https://wiki.example.test" + strings.ReplaceAll(path, `\`, "%5C") // which browsers leave as it is in a query
		if got := b.handedOver(a.Header.Get("Location")); got != want {
			t.Errorf("%s comes back as %s", path, got)
		}
	}
}

// All forms of one host's name are one host, and one decision.
func TestT05_hosts(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	cookie := handleAt(b.at("wiki.example.test", sessionCookie))
	ask := func(host, cookie string) answer {
		return s.auth("", having(having(pageAt("https://wiki.example.test/x"), "X-Forwarded-Host", host), "Cookie", cookie))
	}
	home := ask("wiki.example.test", "").Header.Get("Location")
	for _, host := range []string{"WIKI.example.test", "wiki.EXAMPLE.Test", "wiki.example.test.", "wiki.example.test:443", "Wiki.Example.Test.:443", "wiki.example.test:"} {
		if a := ask(host, cookie); a.StatusCode != http.StatusOK || audienceOf(t, a) != "wiki" {
			t.Errorf("%s: %s", host, a.Status)
		}
		if a := ask(host, ""); a.Header.Get("Location") != home || home == "" {
			t.Errorf("%s for nobody: %s to %s, want %s", host, a.Status, a.Header.Get("Location"), home)
		}
	}
	for _, host := range []string{
		"wiki.example.test:80", "wiki.example.test:8443", "wiki.example.test:0443", "wiki.example.test:+443", "wiki.example.test..", ".wiki.example.test", "a.wiki.example.test",
		"a.OPEN.example.test", "open.example.test.evil.example", "wiki.example.test.evil.example", "evil.example", "example.test", "test", "wiki", "*", "*.example.test",
		"wiki%2eexample.test", "wiki\u3002example.test", "\uff57iki.example.test", "xn--iki-1v9i.example.test", "WI\u212aI.example.test", "wi\u212ai.example.test", "wiki_example.test",
		"wiki.example.test\\", "wiki.example.test/..", "wiki.example.test?x", "wiki.example.test#x", "x:y@wiki.example.test", "[wiki.example.test]", "[::1]", "127.0.0.1", "localhost", "null",
	} {
		for _, cookie := range []string{cookie, ""} {
			denied(t, ask(host, cookie), http.StatusForbidden, login.CodeAppUnknown)
		}
	}
}

// Who says that they only look whether somebody is there is asked like all.
func TestT07_probes_pass_nowhere(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	for _, agent := range []string{
		"kube-probe/1.30", "GoogleHC/1.0", "ELB-HealthChecker/2.0", "Prometheus/2.50.0", "Consul Health Check", "Datadog Agent/7.50", "Blackbox Exporter/0.24.0",
		"Amazon-Route53-Health-Check-Service", "HAProxy", "UptimeRobot/2.0", "doorward", "",
	} {
		for _, uri := range []string{"/", "/healthz", "/readyz", "/livez", "/metrics", "/ping", "/health", "/status", "/robots.txt", "/favicon.ico", "/.well-known/acme-challenge/x", "/.well-known/jwks.json", "/oauth2/auth", "/idp/keys"} {
			h := having(having(pageAt("https://wiki.example.test"+uri), "User-Agent", agent), "Sec-Fetch-Mode", "no-cors")
			denied(t, s.auth("", h), http.StatusUnauthorized, login.CodeSessionMissing)
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/.doorward/healthz", "/.doorward/", "/.doorward", "/.doorward/login", "/.doorward/../login", "/.doorward/%2e%2e/login", "/login", "/session", "/idp/keys", "/console"} {
		h := having(pageAt("https://wiki.example.test/"), "User-Agent", "kube-probe/1.30")
		if a := s.direct(http.MethodGet, path, h, ""); a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusNotFound {
			t.Errorf("%s on an application's origin: %s", path, a.Status)
		}
	}
	if strings.Contains(s.log.String(), "internal_error") {
		t.Errorf("something broke:\n%s", s.log)
	}
}
