package host_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// vectors are those of host/web, for our public URL.
func vectors(t *testing.T) (accepted []struct{ Target, Want string }, refused []string) {
	t.Helper()
	raw, err := os.ReadFile("web/testdata/addresses.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Accepted []struct{ Target, Want string }
		Refused  []string
	}
	text := strings.NewReplacer("login.example.com", "login.example.test", "LOGIN.example.com", "LOGIN.example.test").Replace(string(raw))
	if err := json.Unmarshal([]byte(text), &v); err != nil || len(v.Accepted) < 10 || len(v.Refused) < 50 {
		t.Fatal(len(v.Accepted), len(v.Refused), err)
	}
	own := "https://shop.example.com:8443/orders" // refused only where the path is /orders/, which no configuration can say
	return v.Accepted, slices.DeleteFunc(v.Refused, func(target string) bool { return target == own })
}

var returning = settings{Rest: `
applications:
  wiki: {origins: [https://wiki.example.com]}
  shop: {origins: ["https://shop.example.com:8443"], paths: [/cart, /orders]}
`}

// No parameter makes this host send a browser to an address that is not
// configured, at any step.
func TestT09_open_redirect(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), returning)
	b := s.browser()
	b.get("/login?idp=corp")
	_, refused := vectors(t)
	for _, target := range refused {
		query := url.Values{"return_to": {target}}.Encode()
		for _, at := range []string{"/login?idp=corp&" + query, "/login?level=Authenticated/Fresh&" + query, "/logout?" + query} {
			if a := b.step(at); a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) || a.Header.Get("Location") != "" {
				t.Errorf("%s: %s %q, Location %q", at, a.Status, a.code(), a.Header.Get("Location"))
			} else if strings.Contains(a.Body, "evil.example") || strings.Contains(strings.ToLower(a.Body), "javascript:") {
				t.Errorf("%s: the page repeats the address", at)
			}
		}
		if a := b.postStep("/logout", url.Values{"return_to": {target}}); a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" {
			t.Errorf("POST /logout to %q: %s, Location %q", target, a.Status, a.Header.Get("Location"))
		}
		if a := b.step("/logout/callback/corp?" + url.Values{"state": {target}}.Encode()); a.Header.Get("Location") != "/?signed_out=true" {
			t.Errorf("back from sign-out with the state %q: %s, Location %q", target, a.Status, a.Header.Get("Location"))
		}
	}
	if !b.session().Authenticated {
		t.Error("a refused request ended the session")
	}
}

// What is configured is where a login ends, exactly as it was asked for; nor
// can the provider's answer change it.
func TestT09_return_to(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), returning)
	accepted, _ := vectors(t)
	for _, v := range accepted {
		want := v.Want
		if want == "" {
			want = v.Target
		}
		b := s.browser()
		q := query(b.approve(b.begin("/login?" + url.Values{"idp": {"corp"}, "return_to": {v.Target}}.Encode())))
		q.Set("return_to", "https://attacker.example/")
		q.Set("redirect_uri", "https://attacker.example/")
		if a := b.callback(q); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != want {
			t.Errorf("%q: %s to %q, want %q", v.Target, a.Status, a.Header.Get("Location"), want)
		}
	}
}

// provider is the configuration of one more provider, behind corp's.
func provider(name string, idp *hosttest.Provider, keys ...string) string {
	lines := append([]string{"type: oidc", "issuer: " + idp.URL, "client_id: " + idp.ClientID, "client_secret: " + idp.ClientSecret}, keys...)
	return "  " + name + ":\n    " + strings.Join(lines, "\n    ") + "\n"
}
