package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// signOutAt is a sign-out as a page of origin sends it to host.
func (b *browser) signOutAt(host, origin, returnTo string) answer {
	b.t.Helper()
	r := b.request(http.MethodPost, "https://"+host+"/.doorward/logout", url.Values{"return_to": {returnTo}}.Encode())
	if origin != "" {
		r.Header["Origin"] = strings.Split(origin, "|")
	}
	follow := b.http.CheckRedirect
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	defer func() { b.http.CheckRedirect = follow }()
	return b.do(r)
}

// Signing out at one application ends the session at every other and at the
// host, and the old cookies are dead.
func TestT25_signing_out_at_an_application(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	hosts := []string{"wiki.example.test", "shop.example.test", "office.example.test"}
	old := map[string]string{"login.example.test": ""}
	for _, host := range hosts {
		if host == "shop.example.test" {
			b.get("https://" + host + "/.doorward/start?return_to=/") // it answers with a status, not a redirect
		} else {
			b.echoed("https://" + host + "/")
		}
		old[host] = b.at(host, sessionCookie)
	}
	old["login.example.test"] = b.handle()
	for _, origin := range []string{"", "null", publicURL, "https://shop.example.test", "https://open.example.test", "http://wiki.example.test", "https://wiki.example.test:443", "https://wiki.example.test/", "https://WIKI.example.test",
		"https://wiki.example.test.evil.example", "https://wiki.example.test|https://wiki.example.test", publicURL + "|https://wiki.example.test", "https://wiki.example.test https://shop.example.test"} {
		if a := b.signOutAt(hosts[0], origin, ""); a.StatusCode != http.StatusForbidden || a.code() != string(login.CodeOriginRefused) || len(a.Cookies()) != 0 {
			t.Errorf("from %q: %s %q", origin, a.Status, a.code())
		}
	}
	r := b.request(http.MethodPost, "/logout", "")
	r.Header.Set("Origin", "https://wiki.example.test")
	if a := b.do(r); a.code() != string(login.CodeOriginRefused) {
		t.Errorf("from an application at the host: %s %q", a.Status, a.code())
	}
	if a := b.get("https://wiki.example.test/.doorward/logout"); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, `action="/.doorward/logout"`) || !b.session().Authenticated {
		t.Errorf("the question before a sign-out: %s\n%s", a.Status, a.Body)
	}
	a := b.signOutAt(hosts[0], "https://wiki.example.test", "/bye?x=1")
	checkCleared(t, a, sessionCookie)
	action, fields := hosttest.FormPost(a.Body)
	if !strings.HasPrefix(action, s.idp.URL+"/logout") || strings.Contains(a.Body, s.idp.ClientSecret) {
		t.Fatalf("the sign-out does not go on at the provider: %s\n%s", a.Status, a.Body)
	}
	if end := b.postStep(action, fields); !strings.HasPrefix(end.Header.Get("Location"), publicURL+"/logout/callback/corp?") {
		t.Errorf("the provider sends the browser to %s", end.Header.Get("Location"))
	} else if got := b.step(end.Header.Get("Location")).Header.Get("Location"); got != "https://wiki.example.test/bye?x=1" {
		t.Errorf("after the sign-out a path of wiki's leads to %s", got)
	}
	for host, handle := range old {
		if host == "login.example.test" {
			if s.holding(handle).session().Authenticated {
				t.Error("the host's old handle opens a session")
			}
			continue
		}
		denied(t, s.auth("", having(having(pageAt("https://"+host+"/"), "Cookie", handleAt(handle)), "Sec-Fetch-Mode", "cors")), http.StatusUnauthorized, login.CodeSessionMissing)
	}
	if n := len(s.audited("logout")); n != 1 {
		t.Errorf("%d sign-outs are audited", n)
	}
}

// A sign-out without a provider's leads back the same way.
func TestT25_signing_out_leads_back_to_the_application(t *testing.T) {
	t.Parallel()
	s := newOpen(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(d map[string]any) { delete(d, "end_session_endpoint") }
	})
	for returnTo, want := range map[string]string{
		"": "https://wiki.example.test/", "/": "https://wiki.example.test/", "/bye?x=1": "https://wiki.example.test/bye?x=1",
		"https://wiki.example.test/bye": "https://wiki.example.test/bye", "https://shop.example.test/a": "https://shop.example.test/a", publicURL + "/x": publicURL + "/x",
	} {
		b := s.browser()
		b.echoed("https://wiki.example.test/page")
		old := b.at("wiki.example.test", sessionCookie)
		a := b.signOutAt("wiki.example.test", "https://wiki.example.test", returnTo)
		to, err := a.Location() // as the browser resolves it
		if err != nil || a.StatusCode != http.StatusSeeOther || to.String() != want {
			t.Errorf("%q leads to %v, want %s", returnTo, to, want)
		}
		checkCleared(t, a, sessionCookie)
		if b.session().Authenticated || b.at("wiki.example.test", sessionCookie) != "" {
			t.Error("the session goes on")
		}
		again := s.browser()
		again.jar.SetCookies(mustParse(t, "https://wiki.example.test/"), []*http.Cookie{{Name: sessionCookie, Value: old}})
		if a := again.signOutAt("wiki.example.test", "https://wiki.example.test", ""); a.StatusCode != http.StatusSeeOther {
			t.Errorf("a second sign-out: %s", a.Status)
		}
	}
	if n := len(s.audited("logout")); n != 6 {
		t.Errorf("%d sign-outs are audited", n)
	}
}
