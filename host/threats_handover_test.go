package host_test

import (
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// Nothing that start, finish or a sign-out on an application's origin is given
// leads a browser elsewhere.
func TestT09_open_redirect_at_an_application(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	_, refused := vectors(t)
	refused = append(refused, "https://login.example.test/", "https://shop.example.test/", "https://WIKI.example.test.evil.example/", "https://wiki.example.test:80/", "//wiki.example.test/", "https:wiki.example.test")
	const wiki = "https://wiki.example.test"
	for _, target := range refused {
		query := url.Values{"return_to": {target}}.Encode()
		if a := b.step(wiki + "/.doorward/start?" + query); a.StatusCode == http.StatusSeeOther {
			// A path that is strange and wiki's alone is still wiki's.
			if got := b.handedOver(wiki + "/.doorward/start?" + query); !strings.HasPrefix(got, wiki+"/") || !strings.HasPrefix(target, "/") {
				t.Errorf("start with %q leads to %s", target, got)
			}
		} else if a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) || strings.Contains(a.Body, "evil.example") {
			t.Errorf("start with %q: %s %q", target, a.Status, a.code())
		}
		if target == "https://login.example.test/" || target == "https://shop.example.test/" {
			continue // after a sign-out they are as good as any application's
		}
		ask := b.step(wiki + "/.doorward/logout?" + query)
		if strings.HasPrefix(target, "/") && ask.StatusCode == http.StatusOK && strings.Contains(ask.Body, `value="`+html.EscapeString(wiki+target)+`"`) {
			continue // likewise
		}
		for _, a := range []answer{ask, b.signOutAt("wiki.example.test", wiki, target)} {
			if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" {
				t.Errorf("sign-out with %q: %s to %q", target, a.Status, a.Header.Get("Location"))
			}
		}
	}
	for _, fragment := range []string{"\r\nLocation: https://evil.example", "#//evil.example", "//evil.example", "\\evil", "a b", "\x00", "é", strings.Repeat("a", 513), "javascript:alert(1)", "section-2", "/route?x=y"} {
		b.clear("wiki.example.test") // or it goes round in circles
		got := b.handedOver(wiki + "/.doorward/start?" + url.Values{"return_to": {"/page"}, "fragment": {fragment}}.Encode())
		plain, after, _ := strings.Cut(got, "#")
		if plain != wiki+"/page" || strings.ContainsAny(got, "\r\n \\\x00") || after != "" && after != fragment {
			t.Errorf("the fragment %q leads to %q", fragment, got)
		}
	}
	for _, code := range []string{"//evil.example", "https://evil.example", "<script>alert(1)</script>", "a\r\nb: c", "login_denied"} {
		for _, display := range []string{"page", "popup"} {
			b.clear("wiki.example.test")
			start := b.bind(wiki+"/page", "display", display, "state", "s-1")
			a := b.step(wiki + "/.doorward/finish?" + url.Values{"start": {start.id}, "error": {code}}.Encode())
			if display == "page" && a.Header.Get("Location") != wiki+"/page" || display == "popup" && a.StatusCode != http.StatusOK ||
				strings.Contains(a.Body, "evil.example") || strings.Contains(a.Body, "<script>alert") {
				t.Errorf("the error %q (%s): %s to %q\n%s", code, display, a.Status, a.Header.Get("Location"), a.Body)
			}
		}
	}
	if !b.session().Authenticated {
		t.Error("a refused request ended the session")
	}
}

// The end of a hand-over is an exact address: no other host gets a code.
func TestT10_codes_go_to_exact_addresses(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	id := strings.Repeat("0", 32)
	for _, target := range []string{
		"https://wiki.example.test.evil.example/.doorward/finish?start=" + id, "https://evil.example/.doorward/finish?start=" + id, "https://evilwiki.example.test/.doorward/finish?start=" + id,
		"https://wiki.example.test@evil.example/.doorward/finish?start=" + id, "https://x:y@wiki.example.test/.doorward/finish?start=" + id, "http://wiki.example.test/.doorward/finish?start=" + id,
		"https://wiki.example.test:444/.doorward/finish?start=" + id, "https://wiki.example.test./.doorward/finish?start=" + id, "//wiki.example.test/.doorward/finish?start=" + id,
		"https://till.example.test/.doorward/finish?start=" + id + "&x=y", "https://till.example.test/.doorward/finish", "https://till.example.test/.doorward/finish?start=" + id[1:],
		"https://till.example.test/.doorward/finish/?start=" + id, "https://till.example.test/.doorward/../.doorward/finish?start=" + id, "https://till.example.test/%2edoorward/finish?start=" + id,
		"https://till.example.test/.doorward/finish?start=" + id + "&start=" + id, "https://till.example.test/.doorward/finish?code=x&start=" + id,
	} {
		a := b.step("/login?" + url.Values{"return_to": {target}}.Encode())
		if a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeReturnRefused) || a.Header.Get("Location") != "" {
			t.Errorf("%s: %s %q to %s", target, a.Status, a.code(), a.Header.Get("Location"))
		}
	}
	for _, more := range []string{"#x", "&", "#?code=evil"} { // as it is meant, nothing of theirs goes along
		a := b.step("/login?" + url.Values{"return_to": {"https://till.example.test/.doorward/finish?start=" + id + more}}.Encode())
		if a.StatusCode == http.StatusBadRequest {
			continue
		}
		to := mustParse(t, a.Header.Get("Location"))
		if to.Host != "till.example.test" || to.Path != "/.doorward/finish" || to.Fragment != "" || len(to.Query()) != 2 || len(to.Query().Get("code")) != 43 {
			t.Errorf("%s: %s", more, to)
		}
	}
}

// What comes twice, or is not known, is refused everywhere; and an address that
// is not checked yet is not gone to.
func TestT13_duplicate_and_unknown_parameters(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	const wiki = "https://wiki.example.test/.doorward"
	id := strings.Repeat("0", 32)
	for _, at := range []string{
		wiki + "/start?return_to=/a&return_to=/b", wiki + "/start?return_to=/a&return_to=/a", wiki + "/start?fragment=a&fragment=b", wiki + "/start?level=Authenticated/Fresh&level=Authenticated/Fresh",
		wiki + "/start?return_to=/a&nonsense=1", wiki + "/start?app=open", wiki + "/start?RETURN_TO=/a", wiki + "/start?return_to=/a;x", wiki + "/start?return_to=%zz", wiki + "/start?display=iframe",
		wiki + "/start?display=popup&state=a%20b", wiki + "/start?display=popup&state=" + strings.Repeat("a", 129), wiki + "/start?display=popup&state=%3Cscript%3E", wiki + "/start?restart=1&restart=1",
		wiki + "/finish?start=" + id + "&start=" + id, wiki + "/finish?start=" + id + "&code=a&code=b", wiki + "/finish?start=" + id + "&error=a&error=b", wiki + "/finish?start=" + id + "&x=y",
		wiki + "/logout?return_to=/&return_to=/", wiki + "/logout?x=y", wiki + "/session?x=y", wiki + "/session?level=Authenticated", wiki + "/session/events?x=y",
		publicURL + "/login?return_to=/a&return_to=/b", publicURL + "/login?app=wiki&app=wiki", publicURL + "/session?app=wiki", publicURL + "/.well-known/jwks.json?x=y",
	} {
		a := b.step(at)
		if code := a.code(); a.StatusCode != http.StatusBadRequest || code != string(login.CodeParameterDuplicate) && code != string(login.CodeParameterInvalid) || a.Header.Get("Location") != "" || len(a.Cookies()) != 0 {
			t.Errorf("%s: %s %q to %q", at, a.Status, code, a.Header.Get("Location"))
		}
	}
	for _, query := range []string{"?x", "?level", "?level=", "?level=Authenticated/Nothing", "?level=authenticated", "?level=Authenticated&x=y", "?level=Authenticated%2FFresh%00", "?level=%zz", "?a;b", "?level=Authenticated&level=Nope", "?app=wiki"} {
		a := s.auth(query, having(pageAt("https://wiki.example.test/"), "Cookie", handleAt(b.at("wiki.example.test", sessionCookie))))
		if a.StatusCode != http.StatusBadRequest {
			t.Errorf("/auth%s: %s", query, a.Status)
		}
		denied(t, a, http.StatusBadRequest, login.Code(a.code()))
	}
	for _, more := range []string{"&idp=nobody", "&app=nothing", "&force_auth=maybe", "&max_age=x", "&level=nothing", "&login_hint=%0a", "&x=y", "&idp=corp&idp=corp"} {
		a := b.step("/login?return_to=https://evil.example/" + more) // T14
		if a.StatusCode != http.StatusBadRequest || a.Header.Get("Location") != "" || strings.Contains(a.Body, "evil.example") {
			t.Errorf("%s: %s to %q\n%s", more, a.Status, a.Header.Get("Location"), a.Body)
		}
	}
}

// After its session has ended a code is worth nothing; of two at once one wins.
func TestT16_codes_work_once(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	finish := b.code(b.bind("https://wiki.example.test/page").start)
	kept := b.jar.Cookies(mustParse(t, "https://wiki.example.test/"))
	answers := make([]answer, 6)
	var all sync.WaitGroup
	for i := range answers {
		other := s.browserWithoutRedirects()
		other.jar.SetCookies(mustParse(t, "https://wiki.example.test/"), kept)
		all.Go(func() { answers[i] = other.get(finish) })
	}
	all.Wait()
	won := 0
	for _, a := range answers {
		given := slices.ContainsFunc(a.Cookies(), func(c *http.Cookie) bool { return c.Name == sessionCookie && c.Value != "" })
		if given {
			won++
		} else if to, _ := a.Location(); to == nil || to.Path != "/.doorward/start" || to.Query().Get("return_to") != "https://wiki.example.test/page" {
			t.Errorf("one that lost: %s %q to %v", a.Status, a.code(), to)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d finishes got a handle", won, len(answers))
	}
	for name, end := range map[string]func(b *browser, finish string){
		"replayed":   func(b *browser, finish string) { b.step(finish) },
		"60 s old":   func(*browser, string) { s.idp.Clock.Advance(time.Minute) },
		"signed out": func(b *browser, _ string) { b.postStep("/logout", nil) },
		"someone new": func(b *browser, _ string) {
			s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "bob-0001" })
			b.signedIn("/login?idp=corp")
		},
	} {
		b := s.browser()
		b.signedIn("/login?idp=corp")
		finish := b.code(b.bind("https://wiki.example.test/page").start)
		kept := b.jar.Cookies(mustParse(t, "https://wiki.example.test/"))
		end(b, finish)
		b.clear("wiki.example.test")
		b.jar.SetCookies(mustParse(t, "https://wiki.example.test/"), kept)
		a := b.step(finish)
		if to, _ := a.Location(); b.at("wiki.example.test", sessionCookie) != "" || to == nil || to.Path != "/.doorward/start" {
			t.Errorf("%s: %s to %v, and the handle is %q", name, a.Status, to, b.at("wiki.example.test", sessionCookie))
		}
		s.idp.Set(func(k *hosttest.Knobs) { k.Subject = "alice-7f3a" })
	}
}
