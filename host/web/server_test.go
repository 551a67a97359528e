package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Another method of a known address is named as such, with those that it takes.
func TestT22_methods(t *testing.T) {
	public, _ := url.Parse("https://login.example.com")
	s := New(Config{PublicURL: public, Origins: NewOrigins(public, nil), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	for _, c := range []struct {
		method, path, allow string
		code                login.Code
	}{
		{http.MethodPut, "/", "GET, HEAD", login.CodeMethodNotAllowed},
		{http.MethodDelete, "/callback/corp", "GET, HEAD, POST", login.CodeMethodNotAllowed},
		{http.MethodPost, "/session", "GET, HEAD, OPTIONS", login.CodeMethodNotAllowed},
		{http.MethodPost, "/logout/callback/corp", "GET, HEAD", login.CodeMethodNotAllowed},
		{"PROPFIND", "/", "", login.CodeMethodNotAllowed},
		{"FROBNICATE", "/callback/corp", "", login.CodeMethodNotAllowed},
		{http.MethodGet, "/callback/corp/more", "", login.CodeNotFound},
		{http.MethodGet, "/Session", "", login.CodeNotFound},
		{http.MethodGet, "/session/", "", login.CodeNotFound},
	} {
		res, err := s.Test(httptest.NewRequest(c.method, "https://login.example.com"+c.path, nil))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.Header.Get("X-Request-Id") == "" || res.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s: no request id or policy", c.method, c.path)
		}
		if res.StatusCode != sentences[c.code].status || res.Header.Get("Allow") != c.allow {
			t.Errorf("%s %s: %s, Allow %q; want %s and %q", c.method, c.path, res.Status, res.Header.Get("Allow"), c.code, c.allow)
		}
	}
}
