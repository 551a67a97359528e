package idp

// The whole way, and what IGN-21 to IGN-27 of the reference say of it.

import (
	"crypto/sha256"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
)

func TestCodeFlow(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	code := c.signIn("ada", adaPass)
	got, claims := b.redeemed(code)

	if got.TokenType != "Bearer" || got.ExpiresIn != 3600 || got.Scope != "openid profile email groups" {
		t.Errorf("token response: %q %d %q", got.TokenType, got.ExpiresIn, got.Scope)
	}
	t0 := float64(b.clock.Now().Unix())
	sum := sha256.Sum256([]byte(got.AccessToken))
	want := map[string]any{
		"iss": b.issuer, "sub": "sub-ada", "aud": "app", "iat": t0, "exp": t0 + 600, "auth_time": t0, "challenged": true,
		"amr": []any{"uname", "pwd"}, "acr": factors.ACRPassword, "nonce": "the-nonce", "at_hash": b64.EncodeToString(sum[:16]), "sid": strings.Split(c.session(), ".")[0],
	}
	if !reflect.DeepEqual(claims, want) {
		t.Errorf("ID token:\n got %v\nwant %v", claims, want)
	}
	info := b.userInfo("Bearer " + got.AccessToken)
	wantInfo := map[string]any{"sub": "sub-ada", "name": "Ada Lovelace", "preferred_username": "ada", "given_name": "Ada", "family_name": "Lovelace",
		"email": "ada@example.com", "email_verified": true, "groups": []any{"engineering", "staff"}, "urn:internal:userid": "sub-ada"}
	if got := object(t, info.body); !reflect.DeepEqual(got, wantInfo) {
		t.Errorf("userinfo:\n got %v\nwant %v", got, wantInfo)
	}
	if cc := info.Header.Get("Cache-Control"); cc != "no-store" {
		t.Errorf("userinfo's Cache-Control is %q", cc)
	}
}

func TestIDTokenClaimsForClientsThatAskForThem(t *testing.T) {
	b := newBench(t)
	code := b.browser().signIn("ada", adaPass, "client_id", "poster")
	r := b.token(code, "client_id", "poster", "client_secret", appSecret)
	claims := b.verified(object(t, r.body)["id_token"].(string))
	if claims["email"] != "ada@example.com" || claims["given_name"] != "Ada" || claims["challenged"] != true || claims["aud"] != "poster" {
		t.Errorf("ID token: %v", claims)
	}
}

func TestPublicClientWithoutSecret(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	r := c.submit(c.get(pathAuthorize, asking("client_id", "native", "redirect_uri", "com.example.native:/back")), "bob", bobPass)
	location := r.Header.Get("Location")
	if !strings.HasPrefix(location, "com.example.native:/back?") {
		t.Fatalf("sent to %q", location)
	}
	_, query, _ := strings.Cut(location, "?")
	q, _ := url.ParseQuery(query)
	if r := b.token(q.Get("code"), "client_id", "native", "redirect_uri", "com.example.native:/back"); r.StatusCode != http.StatusOK {
		t.Errorf("token: %d %s", r.StatusCode, r.body)
	}
}

// IGN-21, 22, 23, 24, 27.
func TestAuthTimeAndChallenged(t *testing.T) {
	b := newBench(t, func(c *Config) { c.RememberMe = 30 * 24 * time.Hour })
	c := b.browser()
	t0 := float64(b.clock.Now().Unix())
	check := func(what, code string, authTime float64, challenged bool) {
		t.Helper()
		_, claims := b.redeemed(code)
		if claims["auth_time"] != authTime || claims["challenged"] != challenged || !reflect.DeepEqual(claims["amr"], []any{"uname", "pwd"}) {
			t.Errorf("%s: auth_time %v (want %v), challenged %v (want %v), amr %v", what, claims["auth_time"], authTime, claims["challenged"], challenged, claims["amr"])
		}
	}
	page := c.get(pathAuthorize, asking())
	first := c.post(pathSignIn, url.Values{"request": {c.sealedIn(page)}, "username": {"ada"}, "password": {adaPass}, "remember": {"yes"}})
	check("first login", c.back(first).Get("code"), t0, true)

	b.clock.advance(10 * time.Minute)
	check("single sign-on", c.back(c.get(pathAuthorize, asking())).Get("code"), t0, false)
	check("prompt=none", c.back(c.get(pathAuthorize, asking("prompt", "none"))).Get("code"), t0, false)

	for i, force := range [][]string{{"prompt", "login"}, {"prompt", "login", "max_age", "1"}, {"max_age", "0"}, {"max_age", "60"}} {
		b.clock.advance(10 * time.Minute)
		now := float64(b.clock.Now().Unix())
		check("forced "+strings.Join(force, " "), c.signIn("ada", adaPass, force...), now, true) // fails when no page is shown
		b.clock.advance(time.Minute)
		check("single sign-on after force", c.back(c.get(pathAuthorize, asking())).Get("code"), now, false)
		if i == 0 {
			check("max_age not exceeded", c.back(c.get(pathAuthorize, asking("max_age", "60"))).Get("code"), now, false)
		}
	}
}

func TestMaxAgeBoundary(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	b.clock.advance(10 * time.Second)
	if c.back(c.get(pathAuthorize, asking("max_age", "10", "prompt", "none"))).Get("code") == "" {
		t.Error("an age of exactly max_age was refused")
	}
	b.clock.advance(time.Second)
	if got := c.back(c.get(pathAuthorize, asking("max_age", "10", "prompt", "none"))).Get("error"); got != "login_required" {
		t.Errorf("an age over max_age with prompt=none: error %q", got)
	}
	c.sealedIn(c.get(pathAuthorize, asking("max_age", "10")))
}

// IGN-26.
func TestSessionEnds(t *testing.T) {
	for name, test := range map[string]struct {
		remember string
		steps    []time.Duration
		alive    bool
	}{
		"used within idle":                    {"", []time.Duration{29 * time.Minute, 29 * time.Minute}, true},
		"idle":                                {"", []time.Duration{29 * time.Minute, 30 * time.Minute}, false},
		"expired though used":                 {"", []time.Duration{29 * time.Minute, 29 * time.Minute, 29 * time.Minute, 29 * time.Minute, 10 * time.Minute}, false},
		"remembered beyond both":              {"yes", []time.Duration{23 * time.Hour}, true},
		"remembered too long":                 {"yes", []time.Duration{23 * time.Hour, time.Hour}, false},
		"remembered only when it is asked so": {"no", []time.Duration{3 * time.Hour}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, func(c *Config) { c.Idle, c.Expiration, c.RememberMe = 30*time.Minute, 2*time.Hour, 24*time.Hour })
			c := b.browser()
			page := c.get(pathAuthorize, asking())
			r := c.post(pathSignIn, url.Values{"request": {c.sealedIn(page)}, "username": {"ada"}, "password": {adaPass}, "remember": {test.remember}})
			cookie := setFor(r.Header, b.provider.cfg.Cookies.Session)
			if persistent := strings.Contains(cookie, "Max-Age=86400"); persistent != (test.remember == "yes") {
				t.Errorf("cookie: %s", cookie)
			}
			last := url.Values{}
			for _, step := range test.steps {
				b.clock.advance(step)
				last = c.back(c.get(pathAuthorize, asking("prompt", "none")))
			}
			if alive := last.Get("code") != ""; alive != test.alive {
				t.Errorf("alive: %v, want %v (%v)", alive, test.alive, last)
			}
		})
	}
}

func TestRememberMeNotOffered(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	if strings.Contains(page.body, `name="remember"`) {
		t.Error("the page offers to remember")
	}
	c.post(pathSignIn, url.Values{"request": {c.sealedIn(page)}, "username": {"ada"}, "password": {adaPass}, "remember": {"yes"}})
	b.clock.advance(29 * time.Minute)
	if !c.back(c.get(pathAuthorize, asking("prompt", "none"))).Has("code") {
		t.Error("a forged remember shortened the session")
	}
	b.clock.advance(31 * time.Minute)
	if got := c.back(c.get(pathAuthorize, asking("prompt", "none"))).Get("error"); got != "login_required" {
		t.Error("a forged remember kept the session")
	}
}

func TestPromptNoneNotLoggedIn(t *testing.T) {
	b := newBench(t)
	q := b.browser().back(b.browser().get(pathAuthorize, asking("prompt", "none")))
	if q.Get("error") != "login_required" || q.Has("code") {
		t.Errorf("answer: %v", q)
	}
}

func TestSessionEndsWithThePerson(t *testing.T) {
	for name, change := range map[string]func(*people.Person){
		"disabled":            func(p *people.Person) { p.Disabled = true },
		"another password":    func(p *people.Person) { p.PasswordHash = cheapHash("new") },
		"the name went to an": func(p *people.Person) { p.Subject = "sub-other" },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			c := b.browser()
			code := c.signIn("ada", adaPass)
			got, _ := b.redeemed(c.back(c.get(pathAuthorize, asking())).Get("code"))
			ada, err := b.people.Person(t.Context(), "ada")
			must(t, err)
			change(&ada)
			_, err = b.people.PutPerson(t.Context(), ada)
			must(t, err)
			if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
				t.Errorf("the session goes on: %v", q)
			}
			if name == "another password" {
				return // what was granted stays until it expires
			}
			if r := b.token(code); r.StatusCode != http.StatusBadRequest {
				t.Errorf("a code from before gives %d %s", r.StatusCode, r.body)
			}
			if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != http.StatusUnauthorized {
				t.Errorf("an access token from before gives %d %s", r.StatusCode, r.body)
			}
		})
	}
}

// A subject never changes: who gets another user name stays signed in, and
// whoever gets the old one is somebody else.
func TestSessionOutlivesTheName(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	code := c.signIn("ada", adaPass)
	got, _ := b.redeemed(c.back(c.get(pathAuthorize, asking())).Get("code"))
	must(t, b.people.Update(t.Context(), "ada", func(p *people.Person) error { p.UserName = "lovelace"; return nil }))
	_, err := b.people.PutPerson(t.Context(), people.Person{UserName: "ada", Subject: "sub-other", PasswordHash: cheapHash("other")})
	must(t, err)
	if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != http.StatusOK || object(t, r.body)["sub"] != "sub-ada" {
		t.Errorf("an access token from before gives %d %s", r.StatusCode, r.body)
	}
	if _, claims := b.redeemed(code); claims["sub"] != "sub-ada" {
		t.Errorf("a code from before gives %v", claims)
	}
	if _, claims := b.redeemed(c.back(c.get(pathAuthorize, asking("prompt", "none", "login_hint", "lovelace"))).Get("code")); claims["sub"] != "sub-ada" {
		t.Errorf("single sign-on gives %v", claims)
	}
	if page := c.account(); !strings.Contains(page.body, "lovelace") {
		t.Errorf("my account: %d %s", page.StatusCode, page.body)
	}
}

func TestForcedLoginAsAnother(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	_, adas := b.redeemed(c.signIn("ada", adaPass))
	old := c.session()
	_, claims := b.redeemed(c.signIn("bob", bobPass, "prompt", "login"))
	if claims["sub"] != "sub-bob" || claims["challenged"] != true || claims["sid"] == adas["sid"] {
		t.Errorf("ID token: %v", claims)
	}
	if _, sso := b.redeemed(c.back(c.get(pathAuthorize, asking())).Get("code")); sso["sub"] != "sub-bob" || sso["sid"] != claims["sid"] {
		t.Errorf("single sign-on is %v", sso)
	}
	c.setSession(old)
	if q := c.back(c.get(pathAuthorize, asking("prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("ada's session is still there: %v", q)
	}
	if n := b.count(bucketSessions); n != 1 {
		t.Errorf("%d sessions are stored", n)
	}
}
