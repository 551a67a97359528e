package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// notLed holds that nothing which is given the return address, at origin or at
// the host itself, leads a browser anywhere, binds it, or repeats the address.
func (b *browser) notLed(origin, target string) {
	b.t.Helper()
	query := "?" + url.Values{"return_to": {target}}.Encode()
	refused := map[string]answer{
		"GET /logout of " + origin:  b.step(origin + "/.doorward/logout" + query),
		"POST /logout of " + origin: b.signOutAt(strings.TrimPrefix(origin, "https://"), origin, target),
	}
	for _, at := range []string{
		publicURL + "/login" + query, publicURL + "/login" + query + "&idp=corp", publicURL + "/login" + query + "&force_auth=true",
		publicURL + "/login" + query + "&level=" + freshLevel, publicURL + "/logout" + query, origin + "/.doorward/start" + query,
		origin + "/.doorward/start" + query + "&fragment=x&level=" + freshLevel, origin + "/.doorward/start" + query + "&restart=1",
	} {
		refused[at] = b.step(at)
	}
	refused["POST /logout"] = b.postStep("/logout", url.Values{"return_to": {target}})
	for at, a := range refused {
		if a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) || a.Header.Get("Location") != "" || len(a.Cookies()) != 0 {
			b.t.Errorf("%s to %q: %s %q, Location %q, %d cookies", at, target, a.Status, a.code(), a.Header.Get("Location"), len(a.Cookies()))
		}
		if strings.Contains(a.Body, "evil.example") || strings.Contains(a.Body, "..;") {
			b.t.Errorf("%s to %q: the page repeats the address", at, target)
		}
	}
}

// What stands before an @ is no host: neither as a disguise of another one, nor
// before the right one.
func TestT11_userinfo_in_return_addresses(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	signedIn := s.browser()
	signedIn.signedIn("/login?idp=corp")
	for _, b := range []*browser{signedIn, s.browser()} {
		for _, target := range []string{
			"https://wiki.example.test@evil.example/", "https://wiki.example.test:443@evil.example/", "https://login.example.test@evil.example",
			"https://wiki.example.test%40evil.example/", "https://wiki.example.test%2f@evil.example/", `https://wiki.example.test\@evil.example/`, "//wiki.example.test@evil.example/",
			"https://evil.example@wiki.example.test/", "https://evil.example:x@wiki.example.test/", "https://@wiki.example.test/", "https://:@wiki.example.test/",
			"https://user@login.example.test/", "https://user:pass@login.example.test/", "https://a@b@wiki.example.test/", "https://wiki.example.test@login.example.test/",
			"https://evil.example@wiki.example.test/.doorward/finish?start=" + strings.Repeat("0", 32), "https:wiki.example.test@evil.example", "@evil.example/",
		} {
			b.notLed("https://wiki.example.test", target)
		}
	}
	if !signedIn.session().Authenticated {
		t.Error("a refused request ended the session")
	}
	for _, target := range []string{"/@evil.example", "/a?x=@evil.example", "/~user@evil.example/"} { // of a path it is a part like any other
		if got := signedIn.handedOver("https://wiki.example.test/.doorward/start?return_to=" + url.QueryEscape("https://wiki.example.test"+target)); got != "https://wiki.example.test"+target {
			t.Errorf("%s leads to %s", target, got)
		}
	}
}

// A server that reads ..; as .. does not get it from us where that leads to
// another application, or out of one.
func TestT12_dots_and_semicolons_in_return_addresses(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	signedIn := s.browser()
	signedIn.signedIn("/login?idp=corp")
	for _, b := range []*browser{signedIn, s.browser()} {
		for _, path := range []string{
			"/till/..;/admin", "/till/..;x/admin", "/till/..;x=y/admin", "/till/;/../admin", "/till;/../admin", "/till/.;/..;/admin", "/till/%2e%2e;/admin", "/till/..%3b/admin",
			"/till/..%3B/..%3b/admin", "/till/..;%2fadmin", "/till/..;/..;/..;/admin", "/till/..;", "/till;x", "/..;/till",
		} {
			b.notLed("https://till.example.test", "https://till.example.test"+path)
			b.notLed("https://office.example.test", "https://office.example.test"+strings.Replace(path, "/till", "/vault", 1))
		}
		for _, at := range []string{"/login", "/login?idp=corp", "/logout"} { // of the host's own paths
			u := mustParse(t, publicURL+at)
			for _, path := range []string{"/..;/console", "/a/..;/console", "/;/../console", "/%2e%2e;/console"} {
				q := u.Query()
				q.Set("return_to", path)
				u.RawQuery = q.Encode()
				if a := b.step(u.String()); a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) || a.Header.Get("Location") != "" {
					t.Errorf("%s: %s %q to %q", u, a.Status, a.code(), a.Header.Get("Location"))
				}
			}
		}
	}
	if !signedIn.session().Authenticated {
		t.Error("a refused request ended the session")
	}
	if got := signedIn.handedOver("https://till.example.test/.doorward/start?return_to=" + url.QueryEscape("/till/page?x=..;/admin")); got != "https://till.example.test/till/page?x=..;/admin" {
		t.Errorf("behind the question mark it leads to %s", got)
	}
}

// Whatever else is wrong, it is said on a page of ours as long as the return
// address has not been checked, and nowhere else when it is refused.
func TestT14_errors_render_here(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	const wiki, evil = "https://wiki.example.test", "https://evil.example/"
	local := func(at string, a answer) { // nothing was followed
		t.Helper()
		if a.StatusCode < 400 || a.StatusCode >= 500 || a.code() == "" || a.Header.Get("Location")+a.Header.Get("Refresh") != "" {
			t.Errorf("%s: %s %q to %q", at, a.Status, a.code(), a.Header.Get("Location"))
		}
		if strings.Contains(a.Body, "evil.example") {
			t.Errorf("%s: the page has the address\n%s", at, a.Body)
		}
	}
	of := func(more string) string { return "?return_to=" + url.QueryEscape(evil) + more }
	for _, more := range []string{
		"", "&idp=nobody", "&app=nothing", "&app=wiki", "&force_auth=maybe", "&max_age=-1", "&level=nothing", "&level=Authenticated", "&login_hint=%0a", "&nonsense=1", "&idp=corp&idp=corp", "&return_to=/", "&a=%zz",
		"&prompt=none", "&error=login_required", "&level=" + freshLevel + "&max_age=0",
	} {
		for _, who := range []*browser{b, s.browser()} {
			local("/login"+more, who.step("/login"+of(more)))
		}
	}
	for _, more := range []string{
		"", "&display=iframe", "&display=popup&state=a%20b", "&state=%3Cx%3E", "&nonsense=1", "&level=a&level=b", "&level=" + strings.Repeat("x", 300), "&return_to=/", "&a=%zz", "&restart=1&restart=1", "&fragment=%0a",
		"&error=login_required", "&prompt=none",
	} {
		local("start"+more, b.step(wiki+"/.doorward/start"+of(more)))
	}
	// To a popup's opener an error is told by a page that leads home, at most.
	a := b.step(wiki + "/.doorward/start" + of("&display=popup&state=s-1"))
	if a.StatusCode != http.StatusOK || a.Header.Get("Location") != "" || strings.Contains(a.Body, "evil.example") || !strings.Contains(a.Body, string(login.CodeReturnRefused)) {
		t.Errorf("to a popup: %s to %q\n%s", a.Status, a.Header.Get("Location"), a.Body)
	}
	start := b.bind(wiki + "/page")
	for _, query := range []string{
		of("&start=" + start.id), of("&start=" + start.id + "&error=login_denied"), of("&start=" + start.id + "&code=x"), "?start=" + start.id + "&start=" + url.QueryEscape(evil), of("&error=x"),
		"?start=" + url.QueryEscape(evil) + "&error=login_denied", "?start=" + url.QueryEscape(evil) + "&code=x", "?start=//evil.example&error=//evil.example", "?error=" + url.QueryEscape(evil), "?start=" + start.id + "&redirect_uri=" + url.QueryEscape(evil),
	} {
		who := b
		if !strings.Contains(query, start.id) {
			who = s.browser() // somebody who is signed in here goes home instead
		}
		local("finish"+query, who.step(wiki+"/.doorward/finish"+query))
	}
	if a := b.step(wiki + "/.doorward/finish?start=" + start.id + "&error=" + url.QueryEscape(evil)); a.Header.Get("Location") != wiki+"/page" { // which was checked
		t.Errorf("an error leads to %q", a.Header.Get("Location"))
	}
}

// A provider that will not, or may not, ask the person sends them back with an
// error: that ends on our page, at no address that the answer names.
func TestT14_the_providers_errors_render_here(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	const target = "https://wiki.example.test/page"
	for _, code := range []string{"login_required", "interaction_required", "consent_required", "account_selection_required", "access_denied", "server_error", "https://evil.example/", "//evil.example"} {
		s.idp.Set(func(k *hosttest.Knobs) { k.Error, k.ErrorDescription = code, "go to https://evil.example/" })
		for _, more := range []string{"", "&force_auth=true", "&level=" + freshLevel, "&max_age=0"} {
			b := s.browser()
			q := query(b.approve(b.begin("/login?idp=corp&return_to=" + url.QueryEscape(target) + more)))
			for _, name := range []string{"return_to", "redirect_uri", "error_uri", "post_logout_redirect_uri"} {
				q.Set(name, "https://evil.example/")
			}
			stolen := s.browser().callback(q)
			for what, a := range map[string]answer{"": b.callback(q), "in another browser": stolen} {
				if a.StatusCode < 400 || a.code() == "" || a.Header.Get("Location")+a.Header.Get("Refresh") != "" || strings.Contains(a.Body, `="https://evil.example`) || strings.Contains(a.Body, `="//evil.example`) {
					t.Errorf("%s%s %s: %s %q to %q", code, more, what, a.Status, a.code(), a.Header.Get("Location"))
				}
				if back := strings.Contains(a.Body, `href="`+target); back && what != "" {
					t.Errorf("%s%s %s: a link to what another browser asked for", code, more, what)
				}
			}
			if b.session().Authenticated {
				t.Errorf("%s%s: signed in", code, more)
			}
		}
		// An error without a login of ours.
		for _, state := range []string{"", "x", "https://evil.example/"} {
			a := s.browser().callback(url.Values{"error": {code}, "state": {state}, "return_to": {"https://evil.example/"}})
			if a.StatusCode < 400 || a.StatusCode >= 500 || a.Header.Get("Location") != "" || strings.Contains(a.Body, `="https://evil.example`) {
				t.Errorf("%s without a login, state %q: %s %q", code, state, a.Status, a.code())
			}
		}
	}
}
