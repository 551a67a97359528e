package host_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

func newBehind(t testing.TB) (*site, *hosttest.Provider) {
	t.Helper()
	idp := hosttest.NewProvider(t)
	return newSite(t, idp, settings{Top: trusting, Rest: levels + applications}), idp
}

// The whole way: a page of an application, the login, and back to exactly that
// request with a handle of the application's own.
func TestApplicationsShareOneSession(t *testing.T) {
	s, _ := newBehind(t)
	b := s.browser()
	e := b.echoed("https://wiki.example.test/page?x=1&y=%2F..%2F")
	if e.URI != "/page?x=1&y=%2F..%2F" {
		t.Errorf("came back to %s", e.URI)
	}
	if e.Header.Get("X-Doorward-Subject") == "" || e.Header.Get("X-Doorward-Assertion") == "" || e.Header.Get("X-Doorward-Idp") != "corp" {
		t.Errorf("identity: %v", e.Header)
	}
	if strings.Contains(strings.Join(e.Header["Cookie"], ";"), "doorward") {
		t.Errorf("the application saw %v", e.Header["Cookie"])
	}
	wiki, shop := b.at("wiki.example.test", "__Host-doorward"), b.at("login.example.test", "__Host-doorward")
	if wiki == "" || wiki == shop {
		t.Fatal("the application has no handle of its own")
	}
	// The second application needs no second login.
	before := len(s.audited("login"))
	page := b.get("https://shop.example.test/")
	if page.StatusCode != http.StatusUnauthorized {
		t.Fatalf("forward_auth: status answers %s", page.Status)
	}
	if e := b.echoed(page.Header.Get("X-Doorward-Login")); e.Host != "shop.example.test" || len(s.audited("login")) != before {
		t.Errorf("single sign-on led to %s with %d logins", e.Host, len(s.audited("login"))-before)
	}
	// Signing out at one ends the other's handle at its next use.
	r := b.request(http.MethodPost, "https://wiki.example.test/.doorward/logout", "")
	r.Header.Set("Origin", "https://wiki.example.test")
	if out := b.do(r); out.StatusCode != http.StatusOK && out.StatusCode != http.StatusSeeOther {
		t.Fatalf("logout: %s\n%s", out.Status, out.Body)
	}
	if page := b.get("https://shop.example.test/"); page.StatusCode != http.StatusUnauthorized {
		t.Errorf("after signing out elsewhere: %s", page.Status)
	}
}
