package host_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// Whatever was asked for is what comes after the login, byte for byte.
func TestHandOver_ComesBackToTheExactRequest(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	for _, uri := range []string{
		"/", "/page", "/page?", "/a%20b/%C3%A9?q=%26&r=a+b&empty=&flag", "/search?q=x;y&return_to=https://evil.example/&code=1&start=2&level=Admin", "/a?b=c%0d%0aSet-Cookie:x",
		"/?%", "/100%25", "/page?x='\"<>", "/page?q=" + strings.Repeat("x", 900), "/?" + strings.Repeat("a=1&", 200),
	} {
		b := s.browser()
		a := s.auth("", having(pageAt("https://wiki.example.test/"), "X-Forwarded-Uri", uri))
		if got := b.handedOver(a.Header.Get("Location")); a.StatusCode != http.StatusSeeOther || got != "https://wiki.example.test"+uri {
			t.Errorf("%s: %s, comes back to %s", uri, a.Status, got)
		}
		admitted(t, s.auth("", having(having(pageAt("https://wiki.example.test/"), "X-Forwarded-Uri", uri), "Cookie", handleAt(b.at("wiki.example.test", sessionCookie)))))
	}
	for uri, want := range map[string]string{ // too long to carry
		"/page?q=" + strings.Repeat("x", 1025): "/page", "/page/" + strings.Repeat("x", 2000): "/", "/page?q=" + strings.Repeat("x", 7000): "/page",
	} {
		a := s.auth("", having(pageAt("https://wiki.example.test/"), "X-Forwarded-Uri", uri))
		if got := s.browser().handedOver(a.Header.Get("Location")); got != "https://wiki.example.test"+want {
			t.Errorf("a long address comes back to %.80s", got)
		}
	}
}

var nextLink = regexp.MustCompile(`id="next" href="([^"]*)"`)

// A browser is asked for its fragment by a page that works without a script; the
// fragment comes back behind the address.
func TestHandOver_BringsTheFragmentBack(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	r := b.request(http.MethodGet, "https://wiki.example.test/.doorward/start?return_to=%2Fpage%3Fx%3D%2522%253E%253Cscript%253E", "")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	a := b.do(r)
	next := nextLink.FindStringSubmatch(a.Body)
	if a.StatusCode != http.StatusOK || next == nil || len(a.Cookies()) != 0 || !strings.Contains(a.Body, `src="/.doorward/assets/fragment.js`) || !strings.Contains(a.Body, "<noscript><meta http-equiv=\"refresh\"") {
		t.Fatalf("%s\n%s", a.Status, a.Body)
	}
	checkHeaders(t, a)
	if script := b.get("https://wiki.example.test/.doorward/assets/fragment.js"); script.StatusCode != http.StatusOK || !strings.Contains(script.Body, "location.hash") {
		t.Errorf("the script: %s", script.Status)
	}
	to := mustParse(t, "https://wiki.example.test"+html.UnescapeString(next[1]))
	for fragment, want := range map[string]string{"": "", "section-2": "#section-2", "/route?tab=1&x=%20": "#/route?tab=1&x=%20", "a=1": "#a=1", strings.Repeat("f", 512): "#" + strings.Repeat("f", 512)} {
		q := to.Query()
		q.Set("fragment", fragment)
		to.RawQuery = q.Encode()
		b.clear("wiki.example.test")
		r := b.request(http.MethodGet, to.String(), "")
		r.Header.Set("Sec-Fetch-Mode", "navigate") // the second time it is no page
		a := s.browserWithoutRedirects().do(r)
		if a.StatusCode != http.StatusSeeOther {
			t.Errorf("%q: %s", fragment, a.Status)
		}
		if got := b.handedOver(to.String()); got != "https://wiki.example.test/page?x=%22%3E%3Cscript%3E"+want {
			t.Errorf("%q comes back as %s", fragment, got)
		}
	}
	// The longest of all together does not end in a refusal.
	long := url.Values{"return_to": {"/p?" + strings.Repeat("a=1&", 240)}, "fragment": {strings.Repeat("a=1&", 128)}, "level": {freshLevel}, "login_hint": {strings.Repeat("h", 200)}}
	if got := s.browser().handedOver("https://wiki.example.test/.doorward/start?" + long.Encode()); !strings.HasPrefix(got, "https://wiki.example.test/p?a=1&") {
		t.Errorf("all that is allowed at once: %.200s", got)
	}
}

// Five tabs finish on their own; the sixth took the place of the first, which is
// not left at a dead end.
func TestHandOver_ParallelTabs(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	var tabs []bound
	for i := range 6 {
		s.idp.Clock.Advance(time.Second)
		tabs = append(tabs, b.bind("https://wiki.example.test/tab-"+string(rune('0'+i))))
	}
	kept := 0
	for _, c := range b.jar.Cookies(mustParse(t, "https://wiki.example.test/")) {
		if strings.HasPrefix(c.Name, sessionCookie+"-start-") {
			kept++
		}
	}
	if kept != 5 || b.at("wiki.example.test", tabs[0].name) != "" {
		t.Errorf("the browser keeps %d bindings, the first one's is %q", kept, b.at("wiki.example.test", tabs[0].name))
	}
	for i, tab := range tabs[1:] {
		want := "https://wiki.example.test/tab-" + string(rune('1'+i))
		if got := b.handedOver(tab.start); got != want || b.at("wiki.example.test", tab.name) != "" {
			t.Errorf("tab %d ends at %s, and its binding is left %q", i+2, got, b.at("wiki.example.test", tab.name))
		}
		b.echoed(want)
	}
	if got := b.handedOver(tabs[0].start); got != "https://wiki.example.test/" { // somebody is signed in by now
		t.Errorf("the first of six ends at %s", got)
	}
	if got := b.handedOver(b.bind("https://wiki.example.test/tab-6").start); got != "https://wiki.example.test/tab-6" {
		t.Errorf("the next ends at %s", got)
	}
	// The sixth's first, alone: nobody is signed in at wiki.
	other := s.browser()
	first := other.bind("https://wiki.example.test/first")
	for range 5 {
		s.idp.Clock.Advance(time.Second)
		other.bind("https://wiki.example.test/other")
	}
	if got := other.handedOver(first.start); got != "https://wiki.example.test/" {
		t.Errorf("the first of six, alone, ends at %s", got)
	}
	other.echoed("https://wiki.example.test/")
}

// A code that waited too long is fetched anew, once and without a person, and
// leads where the first would have.
func TestHandOver_AStaleCodeIsFetchedOnceMore(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	s.idp.ResetCalls()
	finish := b.code(b.bind("https://wiki.example.test/page?x=1", "fragment", "there").start)
	s.idp.Clock.Advance(time.Minute)
	again, err := b.step(finish).Location()
	if err != nil || again.Path != "/.doorward/start" || again.Query().Get("restart") != "1" || b.at("wiki.example.test", sessionCookie) != "" {
		t.Fatalf("a code of 60 s leads to %v", again)
	}
	second := b.code(again.String())
	kept := b.jar.Cookies(mustParse(t, "https://wiki.example.test/"))
	if got := b.step(second).Header.Get("Location"); got != "https://wiki.example.test/page?x=1#there" || s.idp.Calls(hosttest.Authorize) != 0 {
		t.Errorf("it ends at %s, and the provider was asked %d times", got, s.idp.Calls(hosttest.Authorize))
	}
	b.echoed("https://wiki.example.test/page")
	// A second that fails too says so.
	for _, c := range kept {
		b.clear("wiki.example.test")
		b.jar.SetCookies(mustParse(t, "https://wiki.example.test/"), []*http.Cookie{c})
	}
	a := b.step(second)
	s.helpful(a, string(login.CodeHandOverFailed))
	checkHeaders(t, a)
}

// A browser that keeps no cookies is asked once more, and then told why.
func TestHandOver_WithoutCookiesIsExplained(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	at := b.code(b.bind("https://wiki.example.test/page").start)
	b.clear("wiki.example.test")
	again, err := b.step(at).Location()
	if err != nil || again.Path != "/.doorward/start" || again.Host != "wiki.example.test" {
		t.Fatalf("without its binding: %v", again)
	}
	at = b.code(again.String())
	b.clear("wiki.example.test")
	a := b.step(at)
	s.helpful(a, string(login.CodeBindingMissing))
	for _, id := range []string{"", "x", strings.Repeat("0", 33), strings.Repeat("z", 32), "rr" + strings.Repeat("0", 32), "../" + strings.Repeat("0", 32), "a;b=c"} {
		if a := b.step("https://wiki.example.test/.doorward/finish?" + url.Values{"start": {id}}.Encode()); a.code() != string(login.CodeBindingMissing) || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("start=%q: %s %q %v", id, a.Status, a.code(), a.Header["Set-Cookie"])
		}
	}
}

// A proxy that asks about another origin than the one that is open, or loses the
// cookie, sends the browser round; it is stopped, and told. Ten pages that are
// opened at once are no circle.
func TestHandOver_CirclesAreFound(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	start := "https://wiki.example.test/.doorward/start?return_to=%2Fpage"
	rounds := 0
	for ; rounds < 10 && b.handedOver(start) == "https://wiki.example.test/page"; rounds++ {
		s.idp.Clock.Advance(time.Second)
	}
	if rounds != 3 {
		t.Errorf("%d rounds within half a minute", rounds)
	}
	for range 3 { // again, from the beginning
		if got := b.handedOver(start); got != "https://wiki.example.test/page" && !strings.Contains(got, "login_loop") {
			t.Errorf("after the explanation: %s", got)
		}
	}
	a := b.step(start)
	s.helpful(a, string(login.CodeLoginLoop))
	checkHeaders(t, a)
	for range 4 { // slowly, it is somebody who signs in now and then
		s.idp.Clock.Advance(16 * time.Second)
		if got := b.handedOver(start); got != "https://wiki.example.test/page" {
			t.Errorf("a sign-in every 16 s: %s", got)
		}
	}
	fresh := s.browser()
	for i := range 10 {
		at := "/tab-" + string(rune('0'+i))
		if got := fresh.handedOver("https://wiki.example.test/.doorward/start?return_to=" + url.QueryEscape(at)); got != "https://wiki.example.test"+at {
			t.Errorf("page %d of ten at once: %s", i, got)
		}
	}
}
