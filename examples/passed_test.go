package examples_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// proxies starts each example's proxy before a place.
var proxies = map[string]func(*testing.T, *place){
	"nginx":   func(t *testing.T, p *place) { p.startNginx(installed(t, "nginx")) },
	"haproxy": func(t *testing.T, p *place) { p.startHAProxy(installed(t, "haproxy")) },
	"traefik": func(t *testing.T, p *place) { p.startTraefik() },
	"envoy":   func(t *testing.T, p *place) { p.startEnvoy() },
	"caddy":   func(t *testing.T, p *place) { p.startCaddy(false) },
}

// TestT01_passed_to_Doorward puts a server in the place of Doorward that keeps
// what it is sent, and looks at what passes under /.doorward/ and at Doorward's
// own host: a client says neither where it came to nor what to judge, and asks
// nothing. With an answer of /.doorward/auth, a page's script would have the
// assertion.
func TestT01_passed_to_Doorward(t *testing.T) {
	t.Parallel()
	for name, start := range proxies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, name)
			doorward := newEcho(t)
			p.doorward = doorward.addr
			start(t, p)
			b := p.browser(t).http1()
			forged := map[string]string{
				"X-Forwarded-For": "10.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "other.example.com", "X-Forwarded-Method": "DELETE", "X-Forwarded-Uri": "/other",
			}
			for _, host := range []string{wikiHost, notesHost, loginHost} {
				for _, at := range []string{"/.doorward/session", "/.doorward/start?return_to=%2F", "/.doorward/logout", "/.doorward/authenticate"} {
					r := page(t, "https://"+host+at)
					for name, value := range forged {
						r.Header[name] = []string{value, value}
						r.Header[strings.ReplaceAll(name, "-", "_")] = []string{value}
					}
					a := b.step(r)
					got := doorward.one(t)
					if a.StatusCode != http.StatusOK || got.URL.String() != at {
						t.Errorf("%s at %s: %s, and %s arrived", at, host, a.Status, got.URL)
					}
					for name, want := range map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host} {
						if lines := got.Header.Values(name); !slices.Equal(lines, []string{want}) {
							t.Errorf("%s at %s: %s arrived as %q", at, host, name, lines)
						}
					}
					for _, name := range []string{"X-Forwarded-Method", "X-Forwarded-Uri"} {
						if lines := got.Header.Values(name); len(lines) > 0 {
							t.Errorf("%s at %s: %s arrived as %q", at, host, name, lines)
						}
					}
				}
				questions := []string{"/.doorward/auth", "/.doorward/auth?level=Authenticated", "/.doorward/%61uth"}
				if host == loginHost {
					questions = append(questions, "/auth", "/auth?level=Authenticated", "/%61uth")
				}
				for _, at := range questions {
					if a := b.step(odd(t, host, at)); a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusTeapot {
						t.Errorf("%s at %s: %s", at, host, a.Status)
					}
					for _, got := range doorward.take() {
						t.Errorf("%s at %s arrived:\n%s", at, host, got.Head)
					}
				}
			}
		})
	}
}
