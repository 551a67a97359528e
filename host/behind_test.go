package host_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

// applications are what tests put behind the host's forward auth: two hosts with
// one application each, and one that two share.
const applications = `
applications:
  wiki: {origins: ["https://wiki.example.test"], headers: {X-Wiki-Team: attributes.team}}
  shop: {origins: ["https://shop.example.test"], forward_auth: status, require: [Authenticated]}
  office: {origins: ["https://office.example.test"], paths: [/, /public]}
  vault: {origins: ["https://office.example.test"], paths: [/vault], require: [Authenticated, Authenticated/Fresh]}
`

const trusting = "trusted_proxies: [127.0.0.1]"

// echo is what an application got of a request.
type echo struct {
	URI    string
	Host   string
	Header http.Header
}

// behind does what a proxy in front of an application does with a request: it
// passes /.doorward/ on, asks about everything else, and lets through what the
// host admits. ask changes the question, for tests of proxies that err.
func (w way) behind(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/.doorward/") {
		return w.pass(r, r.Method, r.URL.RequestURI(), r.Body)
	}
	question, err := w.pass(r, http.MethodGet, "/auth"+w.site.asks, nil)
	if err != nil || question.StatusCode != http.StatusOK {
		return question, err
	}
	defer question.Body.Close()
	got := echo{URI: r.URL.RequestURI(), Host: r.URL.Host, Header: r.Header.Clone()}
	for name := range got.Header {
		if strings.HasPrefix(name, "X-Doorward-") {
			got.Header.Del(name)
		}
	}
	for name, values := range question.Header {
		if strings.HasPrefix(name, "X-Doorward-") || name == "X-Wiki-Team" || name == "Cookie" {
			got.Header[name] = values
		}
	}
	answer := httptest.NewRecorder()
	answer.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(answer).Encode(got); err != nil {
		return nil, err
	}
	resp := answer.Result()
	resp.Request = r
	return resp, nil
}

// pass sends a request on to the host, with what a proxy says of it.
func (w way) pass(r *http.Request, method, uri string, body io.Reader) (*http.Response, error) {
	to, err := http.NewRequestWithContext(r.Context(), method, "http://"+w.site.listen+uri, body)
	if err != nil {
		return nil, err
	}
	to.Host, to.Header = r.URL.Host, r.Header.Clone()
	for name, value := range map[string]string{
		"X-Forwarded-Method": r.Method, "X-Forwarded-Proto": "https", "X-Forwarded-Host": r.URL.Host,
		"X-Forwarded-Uri": r.URL.RequestURI(), "X-Forwarded-For": "192.0.2.7",
	} {
		to.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(to)
	if err == nil {
		resp.Request = r
	}
	return resp, err
}

// echoed is what the application at an address got.
func (b *browser) echoed(at string) (e echo) {
	b.t.Helper()
	a := b.get(at)
	if a.StatusCode != http.StatusOK || json.Unmarshal([]byte(a.Body), &e) != nil {
		b.t.Fatalf("%s was not let through: %s %s\n%s", at, a.Status, a.Request.URL, a.Body)
	}
	return e
}

// identityHeaders are those that every admission has.
var identityHeaders = []string{
	"X-Doorward-Subject", "X-Doorward-User", "X-Doorward-Email", "X-Doorward-Roles", "X-Doorward-Levels", "X-Doorward-Idp", "X-Doorward-Assertion", "Cookie",
}

// pageAt is what a proxy says of a request for the page at an address.
func pageAt(at string) http.Header {
	u, err := url.Parse(at)
	if err != nil {
		panic(err) // of a test
	}
	return http.Header{
		"X-Forwarded-Method": {http.MethodGet}, "X-Forwarded-Proto": {u.Scheme}, "X-Forwarded-Host": {u.Host},
		"X-Forwarded-Uri": {u.RequestURI()}, "X-Forwarded-For": {"192.0.2.7"}, "Sec-Fetch-Mode": {"navigate"},
	}
}

// auth asks the host as a proxy does, with exactly this header.
func (s *site) auth(query string, header http.Header) answer {
	s.t.Helper()
	return s.direct(http.MethodGet, "/auth"+query, header, "")
}

// direct is a request that no proxy and no browser stands between.
func (s *site) direct(method, at string, header http.Header, body string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://"+s.listen+at, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header = header.Clone()
	if host := header.Get("Host"); host != "" {
		r.Host = host
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp, string(text)}
}

// having is a header with one more line, or one that replaces another.
func having(h http.Header, name, value string) http.Header {
	h = h.Clone()
	h[name] = []string{value}
	return h
}

// handleAt is a session cookie as a Cookie header.
func handleAt(handle string) string { return sessionCookie + "=" + handle }

// admitted holds a 200 against what each must have: every identity header once.
func admitted(t testing.TB, a answer) {
	t.Helper()
	if a.StatusCode != http.StatusOK {
		t.Errorf("%s %s, want 200", a.Status, a.code())
	}
	for _, name := range identityHeaders {
		if got := a.Header[name]; len(got) != 1 {
			t.Errorf("%s is there %d times: %q", name, len(got), got)
		}
	}
}

// denied holds a refusal of /auth against what each must be: no 2xx, and
// nothing that a proxy could pass on as an identity.
func denied(t testing.TB, a answer, status int, code login.Code) {
	t.Helper()
	if a.StatusCode != status || a.code() != string(code) {
		t.Errorf("%s %q, want %d %q", a.Status, a.code(), status, code)
	}
	for name := range a.Header {
		if name == "Cookie" || strings.HasPrefix(name, "X-Doorward-") && name != "X-Doorward-Login" {
			t.Errorf("a refusal has %s", name)
		}
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("a refusal has Cache-Control %q", got)
	}
}

// audienceOf is the application that an assertion is for.
func audienceOf(t testing.TB, a answer) string {
	t.Helper()
	parts := strings.Split(a.Header.Get("X-Doorward-Assertion"), ".")
	var claims struct{ Aud string }
	if len(parts) != 3 || json.Unmarshal(payload(strings.Join(parts, ".")), &claims) != nil {
		t.Errorf("%s has no assertion: %v", a.Status, a.Header)
	}
	return claims.Aud
}

// at is the value of the cookie that the browser keeps for a host.
func (b *browser) at(host, name string) string {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	if c := b.jar.kept[host][name]; c != nil {
		return c.Value
	}
	return ""
}

// clear forgets what the browser keeps for a host.
func (b *browser) clear(host string) {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	delete(b.jar.kept, host)
}

// handedOver follows a hand-over from its start to the application, and is the
// address that finish sends the browser to, or where it went wrong.
func (b *browser) handedOver(start string) string {
	b.t.Helper()
	at := start
	for range 8 { // start, login, authorize, callback, finish, and once more
		a := b.step(at)
		to, err := a.Location()
		if err != nil {
			return a.Status + " " + a.code() + " at " + at
		}
		if finished := strings.Contains(at, "/.doorward/finish?"); finished && !strings.HasPrefix(to.Path, "/.doorward/") {
			return a.Header.Get("Location")
		}
		at = to.String()
	}
	return "lost at " + at
}
