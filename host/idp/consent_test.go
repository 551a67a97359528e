package idp

// What people are asked to allow.

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
)

// withThird adds a client whose people are asked, and one of the site that may
// have refresh tokens.
func withThird(cfg *Config) {
	grants := []string{clients.GrantCode, clients.GrantRefresh}
	cfg.Clients = append(cfg.Clients,
		clients.Client{ID: "third", Name: "Third Party", Secret: appSecret, Auth: clients.AuthPost, RedirectURIs: []string{callback}, Consent: true, GrantTypes: grants},
		clients.Client{ID: "offline", Secret: appSecret, Auth: clients.AuthPost, RedirectURIs: []string{callback}, GrantTypes: grants})
}

// asks reports whether the page asks for consent.
func asks(r result) bool { return strings.Contains(r.body, `value="allow"`) }

// A scope of the configuration has no text of its own: its claims tell what it
// is.
func TestConsentNamesTheClaimsOfAConfiguredScope(t *testing.T) {
	b := newBench(t, withThird, func(c *Config) { c.Scopes = map[string][]string{"plant": {"line", "shift"}} })
	c := b.browser()
	page := c.submit(c.get(pathAuthorize, asking("client_id", "third", "scope", "openid plant")), "ada", adaPass)
	if !asks(page) || !strings.Contains(page.body, "line, shift") {
		t.Errorf("%d %s", page.StatusCode, page.body)
	}
}

func TestConsent(t *testing.T) {
	b := newBench(t, withThird)
	c := b.browser()
	third := func(changes ...string) result {
		return c.get(pathAuthorize, asking(append(changes, "client_id", "third")...))
	}
	page := c.submit(third("scope", "openid profile"), "ada", adaPass)
	for _, want := range []string{"Third Party", "Ada Lovelace", "app.example.com"} {
		if !asks(page) || !strings.Contains(page.body, want) {
			t.Fatalf("the page has no %q: %s", want, page.body)
		}
	}
	if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' https://app.example.com;") {
		t.Errorf("policy: %s", policy)
	}
	if q := c.back(third("scope", "openid profile", "prompt", "none")); q.Get("error") != "consent_required" {
		t.Errorf("before: %v", q)
	}
	if q := c.back(c.press(pathConsent, page, "do", "deny")); q.Get("error") != "access_denied" {
		t.Errorf("denied: %v", q)
	}
	if n := b.count(bucketConsents); n != 0 {
		t.Errorf("a refusal was remembered")
	}
	if q := c.back(c.press(pathConsent, page, "do", "allow")); !q.Has("code") {
		t.Errorf("allowed: %v", q)
	}
	for name, test := range map[string]struct {
		changes []string
		asked   bool
	}{
		"the same":         {[]string{"scope", "openid profile"}, false},
		"less":             {[]string{"scope", "openid"}, false},
		"more":             {[]string{"scope", "openid profile email"}, true},
		"a claim by name":  {[]string{"scope", "openid", "claims", `{"userinfo":{"email":null}}`}, true},
		"prompt=consent":   {[]string{"scope", "openid", "prompt", "consent"}, true},
		"another client":   {[]string{"scope", "openid", "client_id", "app"}, false},
		"offline access":   {[]string{"scope", "openid offline_access"}, true},
		"unknown is none":  {[]string{"scope", "openid unknown"}, false},
		"another's refuse": {[]string{"scope", "openid offline_access", "client_id", "app"}, false}, // app has no refresh tokens
	} {
		r := c.get(pathAuthorize, asking(append([]string{"client_id", "third"}, test.changes...)...))
		if asks(r) != test.asked {
			t.Errorf("%s: asked %v, want %v (%d %s)", name, asks(r), test.asked, r.StatusCode, r.Header.Get("Location"))
		}
	}
	other := b.browser()
	if page := other.submit(other.get(pathAuthorize, asking("client_id", "third", "scope", "openid")), "bob", bobPass); !asks(page) {
		t.Error("bob was not asked, because ada was")
	}
	must(t, b.provider.forgetConsent(t.Context(), "sub-ada", "third"))
	if !asks(third("scope", "openid")) {
		t.Error("a consent that was taken back still holds")
	}
}

func TestOfflineAccessOnlyWithConsent(t *testing.T) {
	b := newBench(t, withThird)
	c := b.browser()
	q := asking("client_id", "offline", "scope", "openid offline_access")
	if page := c.submit(c.get(pathAuthorize, q), "ada", adaPass); !asks(page) {
		t.Fatalf("a client of the site gets offline access unasked: %s", page.Header.Get("Location"))
	}
	if got := c.back(c.get(pathAuthorize, with(q, url.Values{"prompt": {"none"}}))); got.Get("error") != "consent_required" {
		t.Errorf("%v", got)
	}
	code := c.back(c.press(pathConsent, c.get(pathAuthorize, q), "do", "allow")).Get("code")
	got := object(t, b.token(code, "client_id", "offline", "client_secret", appSecret).body)
	if got["refresh_token"] == nil || got["scope"] != "openid offline_access" {
		t.Errorf("%v", got)
	}
	if !c.back(c.get(pathAuthorize, asking("client_id", "offline", "scope", "openid"))).Has("code") {
		t.Error("asked without offline access")
	}
}

// IGN-23: the answer behind the consent page is challenged, once.
func TestIGN23_ChallengedBehindTheConsent(t *testing.T) {
	b := newBench(t, withThird)
	c := b.browser()
	page := c.submit(c.get(pathAuthorize, asking("client_id", "third", "prompt", "login consent")), "ada", adaPass)
	proved := float64(b.clock.Now().Unix())
	b.clock.advance(time.Minute)
	claims := func(r result) map[string]any {
		t.Helper()
		got := b.token(c.back(r).Get("code"), "client_id", "third", "client_secret", appSecret)
		return b.verified(object(t, got.body)["id_token"].(string))
	}
	if got := claims(c.press(pathConsent, page, "do", "allow")); got["challenged"] != true || got["auth_time"] != proved {
		t.Errorf("first: %v", got)
	}
	if again := c.press(pathConsent, page, "do", "allow"); !strings.Contains(again.body, `name="password"`) {
		t.Errorf("the page again: %d %s", again.StatusCode, again.Header.Get("Location"))
	}
	page = c.get(pathAuthorize, asking("client_id", "third", "prompt", "consent"))
	if got := claims(c.press(pathConsent, page, "do", "allow")); got["challenged"] != false || got["auth_time"] != proved {
		t.Errorf("single sign-on: %v", got)
	}
}

func TestConsentWhenTheSessionIsGone(t *testing.T) {
	b := newBench(t, withThird)
	c := b.browser()
	page := c.submit(c.get(pathAuthorize, asking("client_id", "third")), "ada", adaPass)
	must(t, b.provider.endSessionsOf(t.Context(), "sub-ada", ""))
	r := c.press(pathConsent, page, "do", "allow")
	if !strings.Contains(r.body, `name="password"`) || b.count(bucketConsents) != 0 {
		t.Errorf("%d %s", r.StatusCode, r.Header.Get("Location"))
	}
}

func TestSomebodyElseConsents(t *testing.T) {
	b := newBench(t, withThird)
	c := b.browser()
	page := c.submit(c.get(pathAuthorize, asking("client_id", "third")), "ada", adaPass)
	page = c.submit(c.press(pathConsent, page, "do", "other"), "bob", bobPass)
	if !asks(page) || !strings.Contains(page.body, "Bob") || len(c.sids()) != 2 {
		t.Fatalf("%d people: %s", len(c.sids()), page.body)
	}
	got := b.token(c.back(c.press(pathConsent, page, "do", "allow")).Get("code"), "client_id", "third", "client_secret", appSecret)
	if claims := b.verified(object(t, got.body)["id_token"].(string)); claims["sub"] != "sub-bob" {
		t.Errorf("%v", claims)
	}
}

func TestT16_ConsentIsBoundToTheBrowser(t *testing.T) {
	b := newBench(t, withThird)
	c, victim := b.browser(), b.browser()
	page := c.submit(c.get(pathAuthorize, asking("client_id", "third")), "ada", adaPass)
	victim.signIn("bob", bobPass)
	form := url.Values{"request": {c.sealedIn(page)}, "do": {"allow"}}
	for name, r := range map[string]result{
		"another browser": victim.post(pathConsent, form),
		"no origin":       c.post(pathConsent, form, "Origin", ""),
		"another origin":  c.post(pathConsent, form, "Origin", "https://evil.example"),
		"empty":           c.post(pathConsent, nil),
		"by GET":          c.get(pathConsent, form),
		"another step's":  c.post(pathConsent, url.Values{"request": {c.sealedIn(c.get(pathAuthorize, asking("prompt", "login")))}, "do": {"allow"}}),
	} {
		if r.StatusCode/100 != 4 || r.Header.Get("Location") != "" {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.Header.Get("Location"))
		}
	}
	b.clock.advance(pendingFor)
	if r := c.post(pathConsent, form); r.StatusCode != 400 || !strings.Contains(r.body, "state_expired") {
		t.Errorf("too late: %d", r.StatusCode)
	}
	if b.count(bucketConsents) != 0 {
		t.Error("a consent was stored")
	}
}
