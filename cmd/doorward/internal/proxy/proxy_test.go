package proxy_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/proxy"
)

// house is a host that answers as it is told, an application that writes down
// what reaches it, and the proxy before them.
type house struct {
	*httptest.Server
	mu       sync.Mutex
	answer   http.HandlerFunc // of the host, to /auth
	serve    http.HandlerFunc // of the application
	asked    []*http.Request  // of the host
	reached  []*http.Request  // of the application
	lastBody string
}

// set makes the host answer otherwise.
func (h *house) set(answer http.HandlerFunc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

// seen are the requests that reached the host and the application so far.
func (h *house) seen() (host, application []*http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked), slices.Clone(h.reached)
}

// yes is a full 200 of /auth.
func yes(w http.ResponseWriter, _ *http.Request) {
	for name, value := range map[string]string{
		"Subject": "s-1", "User": "ada", "Email": "", "Roles": "admin,engineer", "Levels": "Authenticated", "Idp": "demo", "Assertion": "a.b.c",
	} {
		w.Header().Set("X-Doorward-"+name, value)
	}
	w.Header().Set("X-Team", "analysts")
	w.Header().Set("Cookie", "theme=dark")
	w.Header().Set("Cache-Control", "no-store")
}

func no(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Doorward-User", "nobody")
		w.Header().Set("Cookie", "nothing=here")
		w.Header().Set("Location", "http://localhost/login")
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_user_authentication"`)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "the host's words")
	}
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{answer: yes, serve: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }}
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.asked = append(h.asked, r)
		answer := h.answer
		h.mu.Unlock()
		if r.URL.Path == "/auth" {
			answer(w, r)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "doorward-1", Value: "handle"})
		fmt.Fprintf(w, "host %s", r.URL.RequestURI())
	}))
	t.Cleanup(host.Close)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		h.reached, h.lastBody = append(h.reached, r), string(body)
		serve := h.serve
		h.mu.Unlock()
		serve(w, r)
	}))
	t.Cleanup(app.Close)
	h.Server = httptest.NewServer(proxy.New(proxy.Config{
		Host: parsed(t, host.URL), HostTransport: http.DefaultTransport,
		Upstream: parsed(t, app.URL), Transport: http.DefaultTransport,
		Levels:  map[string][]string{"/": {"Public"}, "/vault": {"A/Fresh", "A/Two"}, "/vault/open": nil},
		Headers: []string{"x-team"}, Patience: 300 * time.Millisecond,
	}))
	t.Cleanup(h.Close)
	return h
}

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// send sends one request and returns the answer and its body.
func (h *house) send(t *testing.T, method, uri string, header http.Header, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, h.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = uri
	for name, values := range header {
		req.Header[name] = values
	}
	return roundTrip(t, req)
}

func roundTrip(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}
