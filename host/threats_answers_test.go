package host_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// Without its store the host lets nobody in at any application.
func TestForwardAuth_StoreGone(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.echoed("https://wiki.example.test/")
	finish := b.code(b.bind("https://wiki.example.test/again").start)
	cookie := handleAt(b.at("wiki.example.test", sessionCookie))
	if err := s.host.CloseStore(); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []string{"navigate", "cors"} {
		denied(t, s.auth("", having(having(pageAt("https://wiki.example.test/"), "Cookie", cookie), "Sec-Fetch-Mode", mode)), http.StatusServiceUnavailable, login.CodeStoreUnavailable)
	}
	for _, path := range []string{"/.doorward/session", "/.doorward/session/events", "/.doorward/logout"} {
		if a := b.step("https://wiki.example.test" + path); a.StatusCode != http.StatusServiceUnavailable || a.code() != string(login.CodeStoreUnavailable) {
			t.Errorf("%s: %s %q", path, a.Status, a.code())
		}
	}
	if a := b.step(finish); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("finish: %s %q", a.Status, a.code())
	}
	if a := b.signOutAt("wiki.example.test", "https://wiki.example.test", ""); a.StatusCode != http.StatusServiceUnavailable || len(a.Cookies()) != 0 {
		t.Errorf("a sign-out that could not be: %s %v", a.Status, a.Cookies())
	}
	if status, body := s.atAdmin("/readyz"); status != http.StatusServiceUnavailable || readiness(t, body).Parts["store"].Ready {
		t.Errorf("/readyz: %d %s", status, body)
	}
}

const zoned = `zones: {plant: {networks: [10.0.0.0/8]}}
applications:
  floor: {origins: ["https://floor.example.test"], require: [SecurityZones/plant]}
  press: {origins: ["https://press.example.test"], require: [Authenticated, SecurityZones/plant], forward_auth: status}
  odd: {origins: ["https://odd.example.test"], require: [Authenticated/Fresh, SecurityZones/plant]}
`

// Where somebody is, is what a trusted proxy says last; and nobody is sent to a
// login that cannot help.
func TestForwardAuth_Zones(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{Top: trusting, Rest: levels + zoned})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	b.get("https://press.example.test/.doorward/start?return_to=/") // from outside; it is a handle all the same
	cookie := handleAt(b.at("press.example.test", sessionCookie))
	for _, c := range []struct {
		forwarded []string
		inside    bool
	}{
		{[]string{"10.1.2.3"}, true}, {[]string{"192.0.2.7, 10.1.2.3"}, true}, {[]string{"10.1.2.3, 192.0.2.7"}, false}, {[]string{"10.1.2.3", "192.0.2.7"}, false},
		{[]string{"::ffff:10.1.2.3"}, true}, {[]string{""}, false}, {nil, false}, {[]string{"10.1.2.3, unknown"}, false}, {[]string{"127.0.0.1"}, false}, {[]string{"10.1.2.3:1234"}, false},
	} {
		for _, mode := range []string{"navigate", "cors"} {
			for at, cookie := range map[string]string{"https://floor.example.test/": "", "https://press.example.test/": cookie} {
				h := having(having(pageAt(at), "Sec-Fetch-Mode", mode), "Cookie", cookie)
				h["X-Forwarded-For"] = c.forwarded
				h["X-Real-Ip"], h["Forwarded"], h["Client-Ip"] = []string{"10.1.2.3"}, []string{"for=10.1.2.3"}, []string{"10.1.2.3"}
				a := s.auth("", h)
				if c.inside {
					admitted(t, a)
					continue
				}
				denied(t, a, http.StatusForbidden, login.CodeLevelMissing)
				if a.Header.Get("Location")+a.Header.Get("X-Doorward-Login") != "" {
					t.Errorf("%q at %s: sent to a login that cannot help", c.forwarded, at)
				}
			}
		}
	}
	for _, at := range []string{"https://press.example.test/", "https://odd.example.test/"} { // a login alone would not do
		denied(t, s.auth("", pageAt(at)), http.StatusForbidden, login.CodeLevelMissing)
	}
	denied(t, s.auth("", having(pageAt("https://press.example.test/"), "X-Forwarded-For", "10.1.2.3")), http.StatusUnauthorized, login.CodeSessionMissing)
}

// Every answer of the new addresses has the headers that keep others out, and
// none but a 200 has an identity.
func TestT51_answers_for_applications(t *testing.T) {
	t.Parallel()
	s := newOpen(t)
	b := s.browser()
	b.signedIn("/login?idp=corp")
	b.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	id := strings.Repeat("0", 32)
	for _, c := range []struct {
		method, at string
		status     int
	}{
		{"GET", "https://wiki.example.test/.doorward/start", 303}, {"GET", "https://wiki.example.test/.doorward/start?x", 400}, {"GET", "https://wiki.example.test/.doorward/start?return_to=//x", 400},
		{"GET", "https://wiki.example.test/.doorward/start?display=popup&state=s&return_to=//x", 200}, {"POST", "https://wiki.example.test/.doorward/start", 405},
		{"GET", "https://wiki.example.test/.doorward/finish", 400}, {"GET", "https://wiki.example.test/.doorward/finish?start=" + id, 303}, {"GET", "https://wiki.example.test/.doorward/finish?start=r" + id, 400},
		{"GET", "https://wiki.example.test/.doorward/logout", 200}, {"POST", "https://wiki.example.test/.doorward/logout", 403}, {"GET", "https://wiki.example.test/.doorward/session", 200},
		{"GET", "https://wiki.example.test/.doorward/session/events", 401}, {"POST", "https://wiki.example.test/.doorward/session/token", 401}, {"GET", "https://wiki.example.test/.doorward/session/token", 405},
		{"GET", "https://wiki.example.test/.doorward/nothing", 404}, {"GET", "https://wiki.example.test/.doorward/assets/nothing", 404}, {"GET", "https://wiki.example.test/.doorward/assets/../../x", 404},
		{"GET", "https://nowhere.example.test/.doorward/start", 403}, {"GET", "https://nowhere.example.test/", 403}, {"GET", "https://wiki.example.test/", 303}, {"GET", "https://shop.example.test/", 401},
		{"GET", publicURL + "/session/events", 200}, {"GET", publicURL + "/.doorward/nothing", 404}, {"GET", publicURL + "/auth", 400}, {"POST", publicURL + "/session/token", 401},
	} {
		for _, accept := range []string{"text/html", "application/json"} {
			if strings.HasSuffix(c.at, publicURL+"/session/events") || strings.HasSuffix(c.at, "wiki.example.test/") && accept != "text/html" {
				continue // a stream; a script
			}
			r := b.request(c.method, c.at, "")
			r.Header.Set("Accept", accept)
			a := b.do(r)
			t.Run(c.method+strings.TrimPrefix(c.at, "https://"), func(t *testing.T) {
				if a.StatusCode != c.status {
					t.Errorf("%s %q, want %d", a.Status, a.code(), c.status)
				}
				checkHeaders(t, a)
				for _, name := range identityHeaders {
					if a.Header[name] != nil {
						t.Errorf("it has %s", name)
					}
				}
				if strings.Contains(a.Body, s.idp.ClientSecret) || strings.Contains(a.Body, b.handle()) {
					t.Error("it tells a secret")
				}
			})
		}
	}
	b.http.CheckRedirect = nil
	b.echoed("https://wiki.example.test/")
	for at, cookie := range map[string]string{"https://wiki.example.test/": handleAt(b.at("wiki.example.test", sessionCookie)), "https://open.example.test/": ""} {
		a := s.auth("", having(pageAt(at), "Cookie", cookie))
		admitted(t, a)
		if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Vary") != "*" || a.Header.Get("X-Content-Type-Options") != "nosniff" || len(a.Cookies()) != 0 {
			t.Errorf("%s: %v", at, a.Header)
		}
	}
	a := s.auth("", pageAt("https://wiki.example.test/"))
	if a.Header.Get("Vary") != "*" {
		t.Errorf("a way to the login has Vary %q", a.Header.Get("Vary"))
	}
	for path, vary := range map[string][]string{"https://wiki.example.test/.doorward/session": {"Cookie", "Origin", "Authorization"}, publicURL + "/session": {"Cookie", "Origin", "Authorization"}} {
		for _, want := range vary {
			if got := b.get(path).Header.Get("Vary"); !strings.Contains(got, want) {
				t.Errorf("%s has Vary %q", path, got)
			}
		}
	}
}
