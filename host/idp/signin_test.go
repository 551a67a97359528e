package idp

// The sign-in page: whose form, how often, what it tells (THREATS T16, T22, T23).

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/people"
)

func TestSignInPage(t *testing.T) {
	b := newBench(t, func(c *Config) { c.FormTargets = []string{"https://wiki.example.com"} })
	r := b.browser().get(pathAuthorize, asking())
	policy := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self' https://app.example.com https://wiki.example.com;"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy has no %q: %s", want, policy)
		}
	}
	if r.Header.Get("X-Frame-Options") != "DENY" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("headers: %v", r.Header)
	}
	for _, want := range []string{`autocomplete="username"`, `autocomplete="current-password"`, `method="post" action="/idp/sign-in"`, "The App"} {
		if !strings.Contains(r.body, want) {
			t.Errorf("the page has no %q: %s", want, r.body)
		}
	}
	if strings.Contains(r.body, "<script") {
		t.Error("the page has a script")
	}
}

func TestCookies(t *testing.T) {
	b := newBench(t)
	secure, err := New(Config{Issuer: "https://login.example.com/idp", Store: openStore(t, b.clock.Now), Keys: b.ring, Now: b.clock.Now, Clients: b.provider.cfg.Clients, People: b.people})
	must(t, err)
	send := func(method, path, body, cookie string) *answer {
		r, err := http.NewRequest(method, "https://login.example.com/idp"+path, strings.NewReader(body))
		must(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "https://login.example.com")
		r.Header.Set("Cookie", cookie)
		w := &answer{header: http.Header{}}
		secure.ServeHTTP(w, r)
		return w
	}
	page := send("GET", "/authorize?"+asking().Encode(), "", "")
	set := page.sent.Get("Set-Cookie")
	request := hidden.FindStringSubmatch(page.body.String())[1]
	pair, attributes, _ := strings.Cut(set, "; ")
	if !strings.HasPrefix(pair, "__Host-doorward-idp-browser=") || attributes != "Path=/; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("browser cookie: %s", set)
	}
	done := send("POST", "/sign-in", url.Values{"request": {request}, "username": {"ada"}, "password": {adaPass}}.Encode(), pair)
	for name, want := range map[string]string{
		"__Host-doorward-idp": "Path=/; HttpOnly; Secure; SameSite=Lax", "__Host-doorward-idp-device": "Path=/; Max-Age=15552000; HttpOnly; Secure; SameSite=Lax",
	} {
		if _, attributes, _ := strings.Cut(setFor(done.sent, name), "; "); attributes != want {
			t.Errorf("%s: %s (%d %s)", name, attributes, done.status, done.body.String())
		}
	}
}

func TestT16_SignInIsBoundToTheBrowser(t *testing.T) {
	b := newBench(t)
	attacker, victim := b.browser(), b.browser()
	sealed := attacker.sealedIn(attacker.get(pathAuthorize, asking()))
	own := victim.sealedIn(victim.get(pathAuthorize, asking()))
	form := func(request string) url.Values {
		return url.Values{"request": {request}, "username": {"bob"}, "password": {bobPass}}
	}
	for name, r := range map[string]result{
		"another browser's request": victim.post(pathSignIn, form(sealed)),
		"no origin":                 victim.post(pathSignIn, form(own), "Origin", ""),
		"another origin":            victim.post(pathSignIn, form(own), "Origin", "https://evil.example"),
		"origin null":               victim.post(pathSignIn, form(own), "Origin", "null"),
		"origin's prefix":           victim.post(pathSignIn, form(own), "Origin", strings.TrimSuffix(b.issuer, "/idp")+"0"),
		"no cookie":                 b.browser().post(pathSignIn, form(own)),
	} {
		if r.StatusCode/100 != 4 || r.Header.Get("Location") != "" || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", name, r.StatusCode, r.Header)
		}
	}
	second := b.browser()
	second.setCookie(b.provider.cfg.Cookies.Browser, victim.cookie(b.provider.cfg.Cookies.Browser))
	if r := second.post(pathSignIn, form(own)); r.StatusCode != http.StatusSeeOther {
		t.Errorf("the control failed: %d %s", r.StatusCode, r.body)
	}
	if n := b.count(bucketSessions); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

func TestT22_StepsOutOfOrder(t *testing.T) {
	b := newBench(t)
	fresh, c := b.browser(), b.browser()
	sealed := c.sealedIn(c.get(pathAuthorize, asking()))
	c.signIn("ada", adaPass)
	confirm := c.sealedIn(c.get(pathEndSession, nil))
	sessions := b.count(bucketSessions)
	for name, r := range map[string]result{
		"authorize, empty":                  fresh.get(pathAuthorize, nil),
		"authorize, empty POST":             fresh.post(pathAuthorize, nil),
		"sign-in, empty":                    fresh.post(pathSignIn, nil),
		"sign-in, credentials only":         fresh.post(pathSignIn, url.Values{"username": {"ada"}, "password": {adaPass}}),
		"sign-in, empty with cookies":       c.post(pathSignIn, nil),
		"sign-in, request only":             c.post(pathSignIn, url.Values{"request": {sealed}}),
		"sign-in, no password":              c.post(pathSignIn, url.Values{"request": {sealed}, "username": {"ada"}}),
		"sign-in, blank name":               c.post(pathSignIn, url.Values{"request": {sealed}, "username": {"  "}, "password": {adaPass}}),
		"sign-in, a sign-out's request":     c.post(pathSignIn, url.Values{"request": {confirm}, "username": {"ada"}, "password": {adaPass}}),
		"sign-in, broken request":           c.post(pathSignIn, url.Values{"request": {sealed[:len(sealed)-2]}, "username": {"ada"}, "password": {adaPass}}),
		"sign-in, no base64":                c.post(pathSignIn, url.Values{"request": {"%%%"}, "username": {"ada"}, "password": {adaPass}}),
		"sign-in by GET":                    c.get(pathSignIn, url.Values{"request": {sealed}, "username": {"ada"}, "password": {adaPass}}),
		"sign-out, empty":                   c.post(pathSignOut, nil),
		"sign-out, a sign-in's request":     c.post(pathSignOut, url.Values{"request": {sealed}}),
		"sign-out from elsewhere":           c.post(pathSignOut, url.Values{"request": {confirm}}, "Origin", "https://evil.example"),
		"sign-out in another browser":       fresh.post(pathSignOut, url.Values{"request": {confirm}}),
		"token, empty":                      fresh.post(pathToken, nil),
		"userinfo, empty":                   fresh.post(pathUserInfo, nil),
		"userinfo by GET, empty":            fresh.get(pathUserInfo, nil),
		"the issuer itself":                 fresh.get("", nil),
		"op's own paths":                    fresh.get("/ready", nil),
		"a path that climbs":                fresh.get("/authorize/../sign-in", nil),
		"multipart instead of a plain form": fresh.post(pathSignIn, nil, "Content-Type", "multipart/form-data; boundary=x"),
		"a form without end":                fresh.post(pathSignIn, url.Values{"request": {strings.Repeat("x", maxBody)}}),
		"a query without end":               fresh.get(pathAuthorize, url.Values{"state": {strings.Repeat("x", maxQuery)}}),
	} {
		if r.StatusCode/100 != 4 || r.Header.Get("Location") != "" || strings.Contains(r.Header.Get("Set-Cookie"), b.provider.cfg.Cookies.Session+"=") {
			t.Errorf("%s: %d %v", name, r.StatusCode, r.Header)
		}
	}
	if n := b.count(bucketSessions); n != sessions {
		t.Errorf("%d sessions, were %d", n, sessions)
	}
}

func TestT23_SessionFixation(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	planted := people.NewID() + "." + newSecret()
	c.setSession(planted)
	c.signIn("ada", adaPass)
	first := c.session()
	if first == planted || first == "" {
		t.Fatal("the planted session was taken over")
	}
	b.clock.advance(time.Second)
	_, before := b.redeemed(c.back(c.get(pathAuthorize, asking())).Get("code"))
	_, after := b.redeemed(c.signIn("ada", adaPass, "prompt", "login"))
	second := c.session()
	if second == first {
		t.Error("signing in again kept the cookie")
	}
	if before["sid"] != after["sid"] {
		t.Error("the same person's sid changed within the session")
	}
	old := b.browser()
	for _, dead := range []string{planted, first, second[:len(second)-1] + "A", strings.Split(second, ".")[0] + "." + newSecret(), "", "."} {
		old.setSession(dead)
		if q := old.back(old.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" && dead != second {
			t.Errorf("a dead session answers: %v", q)
		}
	}
	if n := b.count(bucketSessions); n != 1 {
		t.Errorf("%d sessions are stored", n)
	}
	name := b.provider.cfg.Cookies.Session
	r, err := http.NewRequest(http.MethodGet, b.issuer+pathAuthorize+"?"+asking("prompt", "none").Encode(), nil)
	must(t, err)
	r.Header.Set("Cookie", name+"="+second+"; "+name+"="+planted)
	if q := old.back((&browser{b, http.Client{CheckRedirect: old.CheckRedirect}}).do(r)); q.Get("error") != "login_required" {
		t.Errorf("two session cookies answer: %v", q)
	}
}

func TestUnknownAndKnownNamesAnswerAlike(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	var bodies []string
	for _, name := range []string{"ada", "zzz", "eve", "bob"} { // known, unknown, disabled (with the right password), known
		password := "wrong"
		if name == "eve" {
			password = bobPass
		}
		r := c.submit(page, name, password)
		if r.StatusCode != http.StatusForbidden || r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", name, r.StatusCode, r.Header)
		}
		body := hidden.ReplaceAllString(r.body, "") // sealed anew each time
		bodies = append(bodies, strings.ReplaceAll(body, `value="`+name+`"`, `value="NAME"`))
	}
	for _, body := range bodies[1:] {
		if body != bodies[0] {
			t.Errorf("the answers differ:\n%s\n%s", bodies[0], body)
		}
	}
	if !strings.Contains(bodies[0], "do not belong together") || strings.Contains(bodies[0], "wrong") {
		t.Errorf("the page: %s", bodies[0])
	}
	if c.back(c.submit(page, " ADA ", adaPass)).Get("code") == "" {
		t.Error("the same page with the right password, and the name in capitals, does not sign in")
	}
}

func TestCancel(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	sealed := c.sealedIn(c.get(pathAuthorize, asking()))
	q := c.back(c.post(pathSignIn, url.Values{"request": {sealed}, "do": {"cancel"}}))
	if q.Get("error") != "access_denied" || c.session() != "" {
		t.Errorf("%v", q)
	}
}

func TestPendingSignInExpires(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	b.clock.advance(pendingFor)
	if r := c.submit(page, "ada", adaPass); r.StatusCode != 400 || !strings.Contains(r.body, "state_expired") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

func TestTwoTabs(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	first := c.get(pathAuthorize, asking("nonce", "one"))
	second := c.get(pathAuthorize, asking("nonce", "two"))
	for _, tab := range []struct {
		page  result
		nonce string
	}{{second, "two"}, {first, "one"}} {
		if _, claims := b.redeemed(c.back(c.submit(tab.page, "ada", adaPass)).Get("code")); claims["nonce"] != tab.nonce {
			t.Errorf("nonce %v, want %s", claims["nonce"], tab.nonce)
		}
	}
}

// Credentials in an address would be logged on their way here, so a form that
// has parameters there is refused.
func TestT21_a_form_with_a_query(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{pathSignIn, pathSignOut, pathEndSession} {
		res, err := http.Post(b.issuer+path+"?username=ada", "application/x-www-form-urlencoded", strings.NewReader("password=x"))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}
