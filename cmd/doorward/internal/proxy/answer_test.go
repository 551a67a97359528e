package proxy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/cmd/doorward/internal/proxy"
)

// Whatever is not a full 200 lets nobody in, and the client reads why.
func TestOtherAnswersGoToTheClient(t *testing.T) {
	for _, status := range []int{201, 204, 301, 303, 400, 401, 403, 500, 503} {
		h := newHouse(t)
		h.set(no(status))
		resp, body := h.send(t, "GET", "/", nil, nil)
		if resp.StatusCode != status || status >= 400 && body != "the host's words" {
			t.Errorf("%d became %s %q", status, resp.Status, body)
		}
		if resp.Header.Get("X-Doorward-User")+resp.Header.Get("Cookie") != "" {
			t.Errorf("%d: the client reads what is meant for the application: %v", status, resp.Header)
		}
		if resp.Header.Get("Location") == "" || resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%d: the client does not read the way to sign in: %v", status, resp.Header)
		}
		if _, reached := h.seen(); len(reached) != 0 {
			t.Errorf("%d let the request through", status)
		}
	}
}

// A server that answers 200 to everything is no login host.
func TestA200WithoutTheHeadersLetsNobodyIn(t *testing.T) {
	for _, name := range []string{"X-Doorward-Subject", "X-Doorward-User", "X-Doorward-Email", "X-Doorward-Roles",
		"X-Doorward-Levels", "X-Doorward-Idp", "X-Doorward-Assertion", "X-Team"} {
		for what, change := range map[string]func(http.Header){
			"missing": func(h http.Header) { h.Del(name) },
			"twice":   func(h http.Header) { h.Add(name, "again") },
		} {
			h := newHouse(t)
			h.set(func(w http.ResponseWriter, r *http.Request) {
				yes(w, r)
				change(w.Header())
			})
			resp, _ := h.send(t, "GET", "/", nil, nil)
			if _, reached := h.seen(); resp.StatusCode != 503 || len(reached) != 0 {
				t.Errorf("%s %s: %s", name, what, resp.Status)
			}
		}
	}
}

func TestTheHostGivesNoAnswer(t *testing.T) {
	h := newHouse(t)
	for what, answer := range map[string]http.HandlerFunc{
		"slow":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"broken": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		h.set(answer)
		start := time.Now()
		resp, body := h.send(t, "GET", "/", nil, nil)
		if resp.StatusCode != 503 || !strings.Contains(body, "nobody is let in") || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s %q", what, resp.Status, body)
		}
		if time.Since(start) > 5*time.Second {
			t.Errorf("%s: the question has no end", what)
		}
	}
	if _, reached := h.seen(); len(reached) != 0 {
		t.Errorf("the application was reached %d times", len(reached))
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	p := httptest.NewServer(proxy.New(proxy.Config{Host: parsed(t, gone.URL), HostTransport: http.DefaultTransport,
		Upstream: parsed(t, h.URL), Transport: http.DefaultTransport}))
	t.Cleanup(p.Close)
	for _, path := range []string{"/", "/.doorward/session"} {
		resp, err := http.Get(p.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if resp.Body.Close(); resp.StatusCode != 503 {
			t.Errorf("%s with the host gone: %s", path, resp.Status)
		}
	}
}

func TestTheApplicationGivesNoAnswer(t *testing.T) {
	h := newHouse(t)
	h.serve = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	resp, body := h.send(t, "GET", "/", nil, nil)
	if resp.StatusCode != 502 || !strings.Contains(body, "application") {
		t.Errorf("%s %q", resp.Status, body)
	}
}
