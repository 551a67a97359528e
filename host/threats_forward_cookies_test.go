package host_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// A cookie that is no handle of this very origin never lets a request through,
// nor does any of it reach the log.
func TestT08_cookies_that_are_no_session(t *testing.T) {
	t.Parallel()
	s, other := newOpen(t), newOpen(t)
	b, stranger := s.browser(), other.browser()
	b.echoed("https://wiki.example.test/")
	b.echoed("https://office.example.test/")
	stranger.echoed("https://wiki.example.test/")
	wiki, office := b.at("wiki.example.test", sessionCookie), b.at("office.example.test", sessionCookie)
	public, foreign := b.handle(), stranger.at("wiki.example.test", sessionCookie)
	binding := b.bind("https://wiki.example.test/again")
	code := query(b.code(binding.start)).Get("code")
	if wiki == "" || office == "" || public == "" || foreign == "" || len(code) != 43 {
		t.Fatal(wiki, office, public, foreign, code)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(wiki)
	flipped := []byte(wiki)
	flipped[20] ^= 1
	valid := handleAt(wiki)
	admitted(t, s.auth("", having(pageAt("https://wiki.example.test/"), "Cookie", valid)))
	for name, cookies := range map[string][]string{
		"garbage": {handleAt("\xff\xfe%00,,;=;;=")}, "empty": {handleAt("")}, "no value": {sessionCookie}, "truncated": {valid[:len(valid)-1]}, "longer": {valid + "A"},
		"flipped": {handleAt(string(flipped))}, "padded": {valid + "="}, "other base64": {handleAt(base64.StdEncoding.EncodeToString(raw))}, "lower case": {handleAt(strings.ToLower(wiki))},
		"reversed name": {"drawrood-tsoH__=" + wiki}, "lower name": {"__host-doorward=" + wiki}, "no prefix": {"doorward=" + wiki}, "of a port": {"doorward-443=" + wiki}, "encoded": {handleAt(url.QueryEscape("%" + wiki))},
		"two": {valid + "; " + handleAt(strings.Repeat("A", 43))}, "two, ours last": {handleAt("x") + "; " + valid}, "two of the same": {valid + "; " + valid},
		"two lines": {valid, handleAt("x")}, "two lines of the same": {valid, valid}, "two, one empty": {valid + "; " + handleAt("")},
		"of another application": {handleAt(office)}, "of the host": {handleAt(public)}, "of another host": {handleAt(foreign)}, "a code": {handleAt(code)},
		"a binding": {handleAt(binding.value)}, "start of a binding": {handleAt(binding.value[:43])}, "a name of a binding": {binding.name + "=" + wiki}, "trail": {sessionCookie + "-trail=" + wiki},
		"a login's": {sessionCookie + "-login-" + binding.id + "=" + wiki}, "all zero": {handleAt(strings.Repeat("A", 43))}, "a dollar": {"$Version=1; $" + valid},
		"many": {strings.Repeat("a=b; ", 3000)}, "nothing but separators": {"; ; ;=;"}, "30 KB": {handleAt(strings.Repeat("A", 30<<10))},
	} {
		for _, mode := range []string{"navigate", "cors"} {
			h := having(pageAt("https://wiki.example.test/"), "Sec-Fetch-Mode", mode)
			h["Cookie"] = cookies
			a := s.auth("", h)
			if mode == "navigate" {
				denied(t, a, http.StatusSeeOther, "")
			} else {
				denied(t, a, http.StatusUnauthorized, login.CodeSessionMissing)
			}
			if a.StatusCode != http.StatusSeeOther && a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %s", name, a.Status)
			}
		}
	}
	for name, cookie := range map[string]string{"wiki's": wiki, "office's": office, "code": code, "binding": binding.value} { // at the host itself
		if s.holding(cookie).session().Authenticated {
			t.Errorf("%s opens a session of the host", name)
		}
	}
	for at, cookie := range map[string]string{"https://office.example.test/": wiki, "https://open.example.test/": wiki, "https://shop.example.test/": office} {
		if a := s.auth("", having(pageAt(at), "Cookie", handleAt(cookie))); a.Header.Get("X-Doorward-Subject") != "" || strings.Contains(asJSON(a.Header), "alice") {
			t.Errorf("%s is told who it is by another's handle: %v", at, a.Header)
		}
	}
	for _, size := range []int{60 << 10, 64 << 10, 200 << 10} {
		a := s.raw(t, "GET /auth HTTP/1.1\r\nHost: h\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: open.example.test\r\nX-Forwarded-Uri: /\r\n"+
			"Cookie: "+handleAt(strings.Repeat("A", size))+"\r\n\r\n")
		denied(t, a, http.StatusRequestHeaderFieldsTooLarge, login.CodeRequestTooLarge)
	}
	for name, secret := range map[string]string{"wiki": wiki, "office": office, "public": public, "foreign": foreign, "code": code, "binding": binding.value, "flipped": string(flipped)} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds the %s", name)
		}
	}
	admitted(t, s.auth("", having(pageAt("https://wiki.example.test/"), "Cookie", valid))) // it spoiled nothing
}

// What the application gets as Cookie is what the client sent, byte for byte,
// without what is ours.
func TestT08_the_applications_own_cookies(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	valid := handleAt(b.at("wiki.example.test", sessionCookie))
	for _, c := range []struct {
		sent []string
		want string
	}{
		{[]string{valid}, ""}, {[]string{valid + "; theme=dark"}, "theme=dark"}, {[]string{"a=1; " + valid + "; b=2"}, "a=1; b=2"},
		{[]string{"a=1", valid, "b=2"}, "a=1; b=2"}, {[]string{valid + "; a=%22b%22; c=d=e=="}, "a=%22b%22; c=d=e=="},
		{[]string{valid + `; JSESSIONID="abc 1"; x="y"`}, `JSESSIONID="abc 1"; x="y"`}, // RFC 6265, section 4.1.1: the quotes are part of the value
		{[]string{valid + "; doorward-8443=x; doorward-1-trail=y; __Host-doorward-start-0=z; __Host-doorwardx=q; doorward=mine; doorward-x=1"}, "doorward=mine; doorward-x=1"},
		{[]string{valid + ";\t__Host-doorward-trail =x;a=1"}, "a=1"}, {[]string{valid + "; flag; =nameless; empty="}, "flag; =nameless; empty="},
		{[]string{valid + "; name=\xc3\xa9"}, "name=\xc3\xa9"},
	} {
		h := pageAt("https://wiki.example.test/")
		h["Cookie"] = c.sent
		a := s.auth("", h)
		admitted(t, a)
		if got := a.Header.Get("Cookie"); got != c.want {
			t.Errorf("%q goes on as %q, want %q", c.sent, got, c.want)
		}
	}
	// A folded line cannot become a header of ours.
	a := s.raw(t, "GET /auth HTTP/1.1\r\nHost: h\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: open.example.test\r\nX-Forwarded-Uri: /\r\n"+
		"Cookie: a=1;\r\n X-Doorward-User: eve\r\n\tX-Doorward-Roles: admin\r\n\r\n")
	if a.StatusCode == http.StatusOK && (a.Header.Get("X-Doorward-User") != "" || a.Header.Get("X-Doorward-Roles") != "" || len(a.Header["X-Doorward-User"]) != 1) {
		t.Errorf("a folded cookie: %s %v", a.Status, a.Header)
	}
}

// bound is a hand-over that a browser has begun.
type bound struct{ start, id, name, value string }

// bind begins a hand-over that leads to an address, and stops before the login.
func (b *browser) bind(at string, more ...string) bound {
	b.t.Helper()
	u := mustParse(b.t, at)
	query := url.Values{"return_to": {u.RequestURI()}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	a := b.step("https://" + u.Host + "/.doorward/start?" + query.Encode())
	to, err := a.Location()
	if err != nil || !strings.HasPrefix(to.String(), publicURL+"/login?") {
		b.t.Fatalf("start: %s %s %v", a.Status, a.code(), to)
	}
	got := bound{start: to.String(), id: mustParse(b.t, to.Query().Get("return_to")).Query().Get("start")}
	got.name = sessionCookie + "-start-" + got.id
	if got.value = b.at(u.Host, got.name); len(got.id) != 32 || got.value == "" {
		b.t.Fatalf("start binds %+v", got)
	}
	return got
}

// code goes through the login, and is the address of the finish that it leads
// to, which is not visited.
func (b *browser) code(at string) string {
	b.t.Helper()
	for range 4 {
		a := b.step(at)
		to, err := a.Location()
		if err != nil {
			b.t.Fatalf("%s: %s %s", at, a.Status, a.code())
		}
		if at = to.String(); to.Path == "/.doorward/finish" {
			return at
		}
	}
	b.t.Fatalf("no finish, but %s", at)
	return ""
}

func FuzzT08_session_cookie_at_auth(f *testing.F) {
	s := newSite(f, hosttest.NewProvider(f), settings{Top: "trusted_proxies: [0.0.0.0/32]", Rest: levels + applications + openToo})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	valid := b.handle()
	for _, seed := range []string{"", "x", valid, valid[:42], valid + "A", strings.Repeat("A", 43), "\x00", `"` + valid[:41] + `"`, "a; " + sessionCookie + "=b", "%41", "ÿ", ";", "=", ","} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "http://doorward/auth", nil)
		r.Header = pageAt("https://wiki.example.test/")
		r.Header.Set("Cookie", sessionCookie+"="+value)
		a, err := s.host.Web().Test(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, _ := io.ReadAll(a.Body)
		broken := strings.ContainsAny(value, "\x00\r\n") && a.StatusCode == http.StatusBadRequest
		if a.StatusCode != http.StatusSeeOther && !broken { // the peer is trusted, and nobody is signed in
			t.Errorf("%q: %s", value, a.Status)
		}
		for _, name := range identityHeaders {
			if a.Header[name] != nil {
				t.Errorf("%q: a refusal has %s", value, name)
			}
		}
		if said := fmt.Sprint(a.Header) + string(body); strings.Contains(said, "alice") || len(value) > 20 && strings.Contains(said, value) {
			t.Errorf("%q: %s", value, said)
		}
	})
}
