package idp

// Nothing secret is printed, logged or stored as it is (THREATS T48).

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

func TestT48_NoSecretsInLogsPagesOrStore(t *testing.T) {
	var global logs
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&global, &slog.HandlerOptions{Level: slog.LevelDebug}))) // op logs there
	t.Cleanup(func() { slog.SetDefault(before) })

	b := newBench(t)
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	failed := c.submit(page, "ada", "typo-CANARY")
	swapped := c.submit(page, "password-in-the-name-CANARY", "x")
	signed := c.submit(page, "ada", adaPass)
	code := c.back(signed).Get("code")
	got, _ := b.redeemed(code)
	b.token(code, "code_verifier", "wrong-CANARY")
	b.token(code, "client_id", "poster", "client_secret", "wrong-secret-CANARY")
	b.token("CANARY-code")
	b.userInfo("Bearer CANARY-token")
	b.userInfo("Bearer " + got.AccessToken)
	errors := c.get(pathAuthorize, asking("redirect_uri", "https://evil.example/?CANARY"))
	c.get(pathEndSession, url.Values{"id_token_hint": {"CANARY.x.y"}})
	c.get(pathEndSession, url.Values{"id_token_hint": {got.IDToken}})

	secrets := []string{"CANARY", code, got.AccessToken, got.IDToken, strings.Split(got.IDToken, ".")[2], verifier, c.cookie(b.provider.cfg.Cookies.Browser), "ada@example.com", "the-nonce"}
	cookie := setFor(signed.Header, b.provider.cfg.Cookies.Session)
	cookie = cookie[strings.Index(cookie, ".")+1 : strings.Index(cookie, ";")]
	for _, s := range append(secrets, cookie) {
		for where, text := range map[string]string{"log": b.log.String(), "op's log": global.String(), "error page": errors.body, "failed sign-in": failed.body} {
			if s == "" || strings.Contains(text, s) {
				t.Errorf("%q is in the %s", s, where)
			}
		}
	}
	if !strings.Contains(b.log.String(), "signed in") {
		t.Error("the log says nothing at all")
	}
	if strings.Contains(swapped.body, "value=\"x\"") {
		t.Error("the page repeats a password")
	}
	for _, bucket := range []string{grants.BucketGrants, grants.BucketIndex, grants.BucketCodes, grants.BucketTokens, grants.BucketRefresh, bucketSessions, "idp.keys"} {
		items, err := b.store.Scan(t.Context(), bucket, "", "", 100)
		must(t, err)
		for _, item := range items {
			for _, s := range []string{code, got.AccessToken, cookie, "pkcs8", adaPass} {
				if strings.Contains(item.Key+string(item.Value), s) {
					t.Errorf("%q is in bucket %s", s, bucket)
				}
			}
		}
	}
}

// What proves people besides passwords is nobody's business either.
func TestT48_NoProofsInLogsPagesOrStore(t *testing.T) {
	b := newBench(t, named, offering(factors.BadgePassword, factors.Badge, factors.Passkey), second(factors.Required)).badges()
	c := b.browser()
	page := c.get(pathAuthorize, asking())
	c.fill(pathSignIn, page, "method", "badge_password", "badge", adaBadge, "password", "typo-CANARY")
	page = c.fill(pathEnrol, c.fill(pathSignIn, page, "method", "badge_password", "badge", adaBadge, "password", adaPass), "do", "totp")
	secret := c.keyIn(page)
	code := appOf(t, secret)(b.clock.Now())
	c.back(c.fill(pathEnrol, page, "code", code, "do", "totp-confirm"))
	again := c.fill(pathSignIn, c.get(pathAuthorize, asking("prompt", "login")), "method", "badge", "badge", adaBadge)
	failed := c.fill(pathSecondFactor, again, "code", code)
	a := b.passkey("bob")
	answer := a.Get(t, c.optionsIn(c.get(pathAuthorize, asking("prompt", "login"))))
	c.fill(pathPasskey, c.get(pathAuthorize, asking("prompt", "login")), "credential", answer)

	var stored strings.Builder
	for _, bucket := range []string{people.Bucket, bucketSessions, bucketSpent, "idp.people.badge"} {
		items, err := b.store.Scan(t.Context(), bucket, "", "", 100)
		must(t, err)
		for _, item := range items {
			stored.WriteString(item.Key + string(item.Value))
		}
	}
	for _, s := range []string{"CANARY", adaBadge, "04A1B2C3", secret, code, b64.EncodeToString(a.ID)} {
		for where, text := range map[string]string{"log": b.log.String(), "page": failed.body, "store": stored.String()} {
			if strings.Contains(text, s) && !(where == "store" && s == b64.EncodeToString(a.ID)) {
				t.Errorf("%q is in the %s", s, where)
			}
		}
	}
}

// The same for every other secret that passes: devices, pushed requests,
// refresh tokens, second factors, badges and new passwords.
func TestT48_NoSecretsOfTheOtherSteps(t *testing.T) {
	var global logs
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&global, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	b := newBench(t, machines, second(factors.Optional), offering(factors.Password, factors.Badge, factors.BadgePassword)).badges()
	secrets := map[string]string{"badge": adaBadge, "new password": newPass, "app secret": appSecret}

	got, c := b.granted("keeper")
	secrets["refresh token"] = got["refresh_token"].(string)
	b.as("keeper", pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {secrets["refresh token"]}})
	b.clock.advance(time.Minute)
	b.as("keeper", pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {secrets["refresh token"]}}) // reused
	b.as("api", pathIntrospect, url.Values{"token": {secrets["refresh token"]}})
	b.as("api", pathRevoke, url.Values{"token": {secrets["refresh token"]}})

	pushed := object(t, b.as("keeper", pathPushed, asking("client_id", "keeper")).body)["request_uri"].(string)
	secrets["pushed request"] = strings.TrimPrefix(pushed, pushedPrefix)
	for range 2 {
		c.get(pathAuthorize, url.Values{"client_id": {"keeper"}, "request_uri": {pushed}})
	}
	d := b.device("openid")
	secrets["device code"], secrets["user code"] = d.code, d.user
	d.poll()
	c.press(pathDevice, c.typed(d.user), "do", "allow")
	d.poll()
	d.poll()

	page := c.own(c.account(), "totp")
	secrets["TOTP secret"] = c.keyIn(page)
	b.clock.advance(time.Minute)
	page = c.own(c.account(), "totp")
	app := appOf(t, c.keyIn(page))
	c.own(page, "totp-confirm", "code", app(b.clock.Now()))
	b.clock.advance(time.Minute)
	other := b.browser()
	asked := other.fill(pathSignIn, other.get(pathAuthorize, asking()), "method", "badge", "badge", adaBadge)
	other.fill(pathSecondFactor, asked, "code", "999999")
	other.fill(pathSecondFactor, asked, "code", app(b.clock.Now()))
	secrets["session"] = strings.SplitN(other.session(), ".", 2)[1]
	other.own(other.own(other.account(), "password"), "change-password", "current", adaPass, "password", newPass, "again", newPass)
	if b.browser().submitNew("ada", newPass).StatusCode != http.StatusOK || b.ada().TOTP == nil {
		t.Fatal("the walk went another way")
	}
	for name, secret := range secrets {
		for where, text := range map[string]string{"log": b.log.String(), "op's log": global.String(), "store": b.everything()} {
			if secret == "" || strings.Contains(text, secret) {
				t.Errorf("the %s is in the %s", name, where)
			}
		}
	}
}

// everything is all that the store holds.
func (b *bench) everything() string {
	var all strings.Builder
	for _, bucket := range []string{
		grants.BucketGrants, grants.BucketIndex, grants.BucketCodes, grants.BucketTokens, grants.BucketRefresh, grants.BucketDevices, grants.BucketUser,
		bucketSessions, bucketSubjects, bucketConsents, bucketPushed, bucketLogouts, bucketSpent, people.Bucket, "idp.keys", "idp.clients", "idp.proofs", "idp.assertions",
	} {
		items, err := b.store.Scan(b.t.Context(), bucket, "", "", 1000)
		must(b.t, err)
		for _, item := range items {
			all.WriteString(item.Key + " " + string(item.Value) + "\n")
		}
	}
	return all.String()
}

func TestSecretsPrintRedacted(t *testing.T) {
	client := clients.Client{ID: "app", Secret: appSecret}
	encoded, err := json.Marshal(client)
	must(t, err)
	texts := []string{string(encoded), slog.AnyValue(client.Secret).Resolve().String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, client), fmt.Sprintf(verb, client.Secret), fmt.Sprintf(verb, &client))
	}
	for _, text := range texts {
		if strings.Contains(text, "CANARY") || strings.Contains(text, fmt.Sprintf("%x", "CANARY")) {
			t.Errorf("printed: %s", text)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", people.Person{PasswordHash: "CANARY", Email: "CANARY"}, people.Person{Name: "CANARY"}, people.Person{Name: "CANARY"}); strings.Contains(text, "CANARY") {
		t.Errorf("printed: %s", text)
	}
}

func TestConfigFaults(t *testing.T) {
	b := newBench(t)
	client := func(change func(*clients.Client)) func(*Config) {
		return func(c *Config) {
			one := clients.Client{ID: "x", Secret: appSecret, RedirectURIs: []string{callback}}
			change(&one)
			c.Clients = []clients.Client{one}
		}
	}
	for want, change := range map[string]func(*Config){
		"the issuer":       func(c *Config) { c.Issuer = "http://login.example.com/idp" },
		"trailing slash":   func(c *Config) { c.Issuer = "https://login.example.com/idp/" },
		"with a path":      func(c *Config) { c.Issuer = "https://login.example.com" },
		"a store and":      func(c *Config) { c.Store = nil },
		`"__Host-"`:        func(c *Config) { c.Issuer, c.Cookies.Session = "https://login.example.com/idp", "idp" },
		"the form target":  func(c *Config) { c.FormTargets = []string{"https://wiki.example.com/path"} },
		"the client id":    client(func(c *clients.Client) { c.ID = "" }),
		"method":           client(func(c *clients.Client) { c.Auth = "secret" }),
		"at least 16":      client(func(c *clients.Client) { c.Secret = "short" }),
		"has no secret":    client(func(c *clients.Client) { c.Auth = clients.AuthNone }),
		"at least one":     client(func(c *clients.Client) { c.RedirectURIs = nil }),
		"must be absolute": client(func(c *clients.Client) { c.RedirectURIs = []string{"/callback"} }),
		"cannot be parsed": client(func(c *clients.Client) { c.PostLogoutRedirectURIs = []string{"https://a.example/ b"} }),
		"configured twice": func(c *Config) { client(func(*clients.Client) {})(c); c.Clients = append(c.Clients, c.Clients[0]) },
	} {
		cfg := Config{Issuer: b.issuer, Store: b.store, Keys: b.ring}
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestNothingOutsideTheIssuer(t *testing.T) {
	b := newBench(t)
	for _, path := range []string{"/", "/idp", "/idpx/authorize", "/authorize", "/idp//authorize", "/idp/authorize/"} {
		w := &answer{header: http.Header{}}
		b.provider.ServeHTTP(w, &http.Request{Method: "GET", URL: &url.URL{Path: path, RawQuery: asking().Encode()}, Header: http.Header{}, Body: http.NoBody})
		if w.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.status)
		}
	}
}
