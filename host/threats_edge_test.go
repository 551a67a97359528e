package host_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// A session cookie that the host did not make, or that comes twice, opens
// nothing and breaks nothing.
func TestT26_cookies_that_are_no_session(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	b.get("/login?idp=corp")
	h := b.handle()
	raw, _ := base64.RawURLEncoding.DecodeString(h)
	for name, cookies := range map[string][]string{
		"truncated": {sessionCookie + "=" + h[:42]}, "longer": {sessionCookie + "=" + h + "A"}, "padded": {sessionCookie + "=" + h + "="},
		"quoted and cut": {sessionCookie + `="` + h[:20] + `"`}, "other base64": {sessionCookie + "=" + base64.StdEncoding.EncodeToString(raw)},
		"lower case": {sessionCookie + "=" + strings.ToLower(h)}, "garbage": {sessionCookie + "=\xff%00;=;;="}, "no value": {sessionCookie}, "empty": {sessionCookie + "="},
		"two": {sessionCookie + "=" + h + "; " + sessionCookie + "=" + strings.Repeat("A", 43)}, "two of the same": {sessionCookie + "=" + h + "; " + sessionCookie + "=" + h},
		"two headers": {sessionCookie + "=" + h, sessionCookie + "=x"}, "another name": {"__host-doorward=" + h}, "without prefix": {"doorward=" + h}, "a space": {sessionCookie + " =" + h + " x"},
		"20 KB": {sessionCookie + "=" + strings.Repeat("A", 20<<10)}, "many": {strings.Repeat("a=b; ", 3000)},
		"bearer": nil,
	} {
		for _, path := range []string{"/session", "/", "/login?level=Authenticated/Fresh", "/logout"} {
			r := s.browser().request(http.MethodGet, path, "")
			r.Header["Cookie"] = cookies
			if name == "bearer" {
				r.Header["Authorization"] = []string{"Bearer " + h}
			}
			a := s.browserWithoutRedirects().do(r)
			if a.StatusCode >= 500 || strings.Contains(a.Body, "alice") || strings.Contains(a.Body, `"authenticated":true`) {
				t.Errorf("%s at %s: %s\n%.300s", name, path, a.Status, a.Body)
			}
		}
	}
	if !b.session().Authenticated {
		t.Error("the session itself is gone")
	}
}

// A login's cookie is good for the login that it is named for, as it is.
func TestT26_cookies_that_are_no_login(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	b := s.browser()
	q, other := query(b.approve(b.begin("/login?idp=corp"))), query(b.approve(b.begin("/login?idp=corp")))
	var names, values []string
	for _, c := range b.jar.Cookies(home()) {
		names, values = append(names, c.Name), append(values, c.Value)
	}
	half := len(values[0]) / 2
	for name, cookie := range map[string]string{
		"exchanged": names[0] + "=" + values[1] + "; " + names[1] + "=" + values[0],
		"truncated": names[0] + "=" + values[0][:half] + "; " + names[1] + "=" + values[1][:half],
		"spoilt":    names[0] + "=" + values[0][:half] + "AAAA" + values[0][half+4:] + "; " + names[1] + "=" + values[1][:half] + "AAAA" + values[1][half+4:],
		"empty":     names[0] + "=; " + names[1] + "=",
		"twice":     names[0] + "=" + values[0] + "; " + names[1] + "=" + values[1] + "; " + names[0] + "=" + values[0] + "; " + names[1] + "=" + values[1],
		"garbage":   names[0] + "=\xff; " + names[1] + "=%%%",
	} {
		for _, q := range []url.Values{q, other} {
			r := b.request(http.MethodGet, "/callback/corp?"+q.Encode(), "")
			r.Header.Set("Cookie", cookie)
			a := s.browserWithoutRedirects().do(r)
			if a.StatusCode != http.StatusBadRequest || a.code() != string(login.CodeStateUnknown) {
				t.Errorf("%s: %s %q", name, a.Status, a.code())
			}
		}
	}
	if s.idp.Calls(hosttest.Token) != 0 {
		t.Error("the token endpoint was called")
	}
}

// A request that is too large is refused with a 4xx, and the next is answered.
func TestT26_large_requests(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{})
	big := strings.Repeat("A", 64<<10)
	for name, c := range map[string]struct {
		text   string
		status int // any 4xx when zero
	}{
		"cookie":           {"GET /session HTTP/1.1\r\nHost: login.example.test\r\nCookie: __Host-doorward=" + big + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"header":           {"GET /session HTTP/1.1\r\nHost: login.example.test\r\nX-Big: " + big + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"many headers":     {"GET /session HTTP/1.1\r\nHost: login.example.test\r\n" + strings.Repeat("A: b\r\n", 12000) + "\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"address":          {"GET /login?return_to=/" + big + " HTTP/1.1\r\nHost: login.example.test\r\n\r\n", 0},
		"long query":       {"GET /login?idp=" + big[:9<<10] + " HTTP/1.1\r\nHost: login.example.test\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"long answer":      {"GET /callback/corp?state=" + big[:20<<10] + " HTTP/1.1\r\nHost: login.example.test\r\n\r\n", http.StatusBadRequest},
		"body":             {"POST /callback/corp HTTP/1.1\r\nHost: login.example.test\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("a", 100000), http.StatusRequestHeaderFieldsTooLarge},
		"huge body":        {"POST /callback/corp HTTP/1.1\r\nHost: login.example.test\r\nContent-Length: 999999999\r\n\r\n", 0},
		"no request":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 0},
		"unknown method":   {"BREW /session HTTP/1.1\r\nHost: login.example.test\r\n\r\n", 0},
		"no host":          {"GET /session HTTP/1.1\r\n\r\n", 0},
		"header with null": {"GET /session HTTP/1.1\r\nHost: login.example.test\r\nX-A: a\x00b\r\n\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.raw(t, c.text)
			if a.StatusCode >= 500 || c.status != 0 && a.StatusCode != c.status || c.status == 0 && a.StatusCode >= 300 && a.StatusCode < 400 {
				t.Errorf("%s\n%s", a.Status, a.Body)
			}
			if name != "unknown method" { // the framework's own few words
				checkHeaders(t, a)
			}
			if len(a.Cookies()) != 0 {
				t.Errorf("cookies were set: %v", a.Cookies())
			}
		})
	}
	s.browser().session()
}

// Every endpoint, called out of order, with any method and without what it
// needs, answers calmly and signs nobody in.
func TestT22_out_of_order(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), builtin)
	b := s.browserWithoutRedirects()
	paths := []string{
		"/", "/?signed_out=x", "/login", "/login?", "/login?idp=", "/login?idp=nobody", "/login?level=", "/login?level=Authenticated", "/login?max_age=-1",
		"/login?level=nothing", "/login?app=nothing", "/login?force_auth=maybe", "/login?idp=corp&idp=corp", "/login?nonsense=1", "/login/", "/LOGIN",
		"/callback", "/callback/", "/callback/corp", "/callback/nobody", "/callback/corp/more", "/callback/corp?error=access_denied", "/callback/%2e%2e",
		"/callback/corp?state=x&code=y", "/session", "/session?x=y", "/session/", "/logout", "/logout?return_to=//x", "/logout/callback/corp", "/logout/callback/nobody",
		"/logout/callback/corp?state=x", "/assets/", "/assets/../go.mod", "/assets/%2e%2e/x", "/assets/doorward.css", "/healthz", "/readyz", "/metrics",
		"/idp", "/idp/", "/idp/.well-known/openid-configuration", "/idp/authorize", "/idp/sign-in", "/idp/token", "/idp/userinfo", "/idp/keys",
		"/idp/end_session", "/idp/sign-out", "/idp/nothing", "/idp/../session", "/.doorward/start", "/auth", "/console/", "/%00", "/a//b", "/;", "/?", "*",
	}
	bodies := map[string]string{"": "", "application/x-www-form-urlencoded": "state=&code=", "application/json": `{"state":"x"`, "multipart/form-data": "--", "text/xml": "<a>"}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		for _, path := range paths {
			for kind, body := range bodies {
				if body != "" && method == http.MethodHead {
					continue
				}
				r := b.request(method, publicURL+"/", body)
				r.URL.Opaque = path // as it is, uncleaned
				r.Header.Del("Content-Type")
				if kind != "" {
					r.Header.Set("Content-Type", kind)
				}
				a := b.do(r)
				if a.StatusCode >= 500 {
					t.Errorf("%s %s (%s): %s\n%.400s", method, path, kind, a.Status, a.Body)
				}
				for _, c := range a.Cookies() {
					if c.Name == sessionCookie && c.Value != "" {
						t.Errorf("%s %s (%s) set a session", method, path, kind)
					}
				}
			}
		}
	}
	if b.session().Authenticated || s.idp.Calls(hosttest.Token) != 0 {
		t.Error("a step was skipped")
	}
}

func FuzzT26_session_cookie(f *testing.F) {
	s := newSite(f, hosttest.NewProvider(f), settings{})
	b := s.browser()
	b.get("/login?idp=corp")
	valid := b.handle()
	for _, seed := range []string{"", "x", valid[:42], valid + "A", strings.Repeat("A", 43), "\x00", `"` + valid[:41] + `"`, "a; " + sessionCookie + "=b", "%41", "ÿ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if strings.Contains(value, valid) {
			return // the handle itself
		}
		status, body := s.ask(t, "/session", sessionCookie+"="+value)
		if status >= 500 || strings.Contains(body, `"authenticated":true`) {
			t.Errorf("%q: %d %s", value, status, body)
		}
	})
}

func FuzzT26_login_cookie(f *testing.F) {
	s := newSite(f, hosttest.NewProvider(f), settings{})
	b := s.browser()
	q := query(b.approve(b.begin("/login?idp=corp")))
	kept := b.jar.Cookies(home())[0]
	for _, seed := range []string{"", "x", kept.Value[:len(kept.Value)-1], kept.Value + "A", strings.Repeat("A", 400), "\x00", "=", "; ;", "AXI"} {
		f.Add(seed, q.Get("state"))
	}
	f.Add(kept.Value, "another state")
	f.Fuzz(func(t *testing.T, value, state string) {
		if strings.Contains(value, kept.Value) && state == q.Get("state") {
			return // the login itself
		}
		at := "/callback/corp?" + url.Values{"state": {state}, "code": {"x"}}.Encode()
		if status, body := s.ask(t, at, kept.Name+"="+value); status < 400 || status >= 500 {
			t.Errorf("%q, %q: %d %s", value, state, status, body)
		}
		if n := s.idp.Calls(hosttest.Token); n != 0 {
			t.Errorf("%q, %q: the token endpoint was called", value, state)
		}
	})
}

// ask is a GET without a listener between.
func (s *site) ask(t *testing.T, at, cookie string) (status int, body string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, publicURL+at, nil)
	r.Header.Set("Cookie", cookie)
	a, err := s.host.Web().Test(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	return a.StatusCode, string(text)
}

// raw sends bytes that no client would, and reads one answer.
func (s *site) raw(t *testing.T, text string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", s.listen)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() { _, _ = fmt.Fprint(conn, text) }() // the host may hang up before it has all
	a, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, _ := io.ReadAll(a.Body)
	return answer{a, string(body)}
}

func (s *site) browserWithoutRedirects() *browser {
	b := s.browser()
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}
