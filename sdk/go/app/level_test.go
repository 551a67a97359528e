package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/doorward/doorward/sdk/go/app"
)

// Where somebody is sent who is nobody, and comes back to.
func TestRequireLevel_ComesBack(t *testing.T) {
	t.Parallel()
	a := newApp(t, "https://login.example.com", &clock{})
	long := "/p?" + strings.Repeat("x", 1100)
	for _, c := range []struct{ target, level, to string }{
		{"/p?x=1&y=%2F", "Authenticated", "/.doorward/start?return_to=%2Fp%3Fx%3D1%26y%3D%252F"},
		{"/p", "Authenticated/Fresh", "/.doorward/start?level=Authenticated%2FFresh&return_to=%2Fp"},
		{"/p", "Authenticated/Roles/admin", "/.doorward/start?return_to=%2Fp"},
		{"//evil.example/", "Authenticated", "/.doorward/start"}, {"https://evil.example/", "Authenticated", "/.doorward/start"}, {"*", "Authenticated", "/.doorward/start"},
		{`/\evil.example`, "Authenticated", "/.doorward/start?return_to=%2F%255Cevil.example"}, {"/é", "Authenticated", "/.doorward/start?return_to=%2F%25C3%25A9"},
		{long, "Authenticated", "/.doorward/start?return_to=%2Fp"}, {"/" + strings.Repeat("x", 1100), "Authenticated", "/.doorward/start"},
	} {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("Sec-Fetch-Mode", "navigate")
		r.RequestURI = c.target
		a.Identify(a.RequireLevel(c.level, reached(t, c.target, false))).ServeHTTP(w, r)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.to || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Vary") != "*" {
			t.Errorf("%s for %s: %d to %s, want %s", c.target, c.level, w.Code, w.Header().Get("Location"), c.to)
		}
	}
	ran := false
	a.Identify(a.RequireLevel("Public", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	if !ran {
		t.Error("what is public is not")
	}
}

// Without Identify, nobody is let in, and nobody is sent round for ever.
func TestRequireLevel_StandsBehindIdentify(t *testing.T) {
	t.Parallel()
	a := newApp(t, "https://login.example.com", &clock{})
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	r.Header.Set("Accept", "text/html")
	a.RequireLevel("Public", reached(t, "alone", false)).ServeHTTP(w, r)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "not_identified") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A refusal of one's own has the status and the challenge.
func TestRefuse(t *testing.T) {
	t.Parallel()
	a, err := app.New(app.Config{Host: "https://login.example.com", Name: "wiki", Refuse: func(w http.ResponseWriter, _ *http.Request, why app.Refusal) {
		w.WriteHeader(why.Status)
		_, _ = w.Write([]byte(why.Code + " " + why.Level))
	}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	a.Identify(a.RequireLevel("Authenticated/Fresh", reached(t, "refused", false))).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusUnauthorized || w.Body.String() != "session_missing Authenticated/Fresh" || w.Header().Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}
