package host_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

// at is the value of the cookie that the browser keeps for a host.
func (b *browser) at(host, name string) string {
	b.jar.mu.Lock()
	defer b.jar.mu.Unlock()
	if c := b.jar.kept[host][name]; c != nil {
		return c.Value
	}
	return ""
}
