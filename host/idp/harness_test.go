package idp

// A provider over real HTTP, a browser with cookies, a client with PKCE.

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/store"
)

const (
	callback  = "https://app.example.com/callback/builtin"
	elsewhere = "https://app.example.com/goodbye?from=idp"
	appSecret = "app-secret-CANARY-0123456789"
	adaPass   = "correct horse CANARY battery"
	bobPass   = "bob's password CANARY"
	verifier  = "verifier-verifier-verifier-verifier-verifier-0123"
)

// clock is a fake one; t0 is when a bench begins.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logs collects a log; handlers of several goroutines write it.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

type bench struct {
	t        testing.TB
	provider *Provider
	issuer   string
	clock    *clock
	store    store.Store
	ring     *keyring.Keyring
	log      *logs
	people   Directory
}

var testKey = sync.OnceValue(func() []byte {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return der
})

// newBench starts a provider with the people ada and bob and the clients app
// and native; change edits its configuration.
func newBench(t testing.TB, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, clock: &clock{now: time.Unix(1_800_000_000, 0)}, log: &logs{}}
	b.store = openStore(t, b.clock.Now)
	b.ring = newRing(t, 1)
	b.people = Directory{Store: b.store}
	ada := Person{Subject: "sub-ada", UserName: "ada", PasswordHash: cheapHash(adaPass), GivenName: "Ada", FamilyName: "Lovelace",
		Email: "ada@example.com", EmailVerified: true, Groups: []string{"engineering", "staff"}, Claims: map[string]any{"shift": "night", "challenged": "yes"}}
	bob := Person{Subject: "sub-bob", UserName: "bob", PasswordHash: cheapHash(bobPass), Name: "Bob"}
	eve := Person{Subject: "sub-eve", UserName: "eve", PasswordHash: cheapHash(bobPass), Disabled: true}
	must(t, b.people.Seed(t.Context(), ada, bob, eve))

	server := httptest.NewUnstartedServer(nil)
	b.issuer = "http://" + server.Listener.Addr().String() + "/idp"
	b.seedKey()
	cfg := Config{
		Issuer: b.issuer, Store: b.store, Keys: b.ring, Now: b.clock.Now, Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clients: []Client{
			{ID: "app", Name: "The App", Secret: appSecret, RedirectURIs: []string{callback, callback + "?x=1"}, PostLogoutRedirectURIs: []string{elsewhere, "https://app.example.com/bye"}},
			{ID: "poster", Auth: AuthPost, Secret: appSecret, RedirectURIs: []string{callback}, IDTokenClaims: true},
			{ID: "native", Auth: AuthNone, RedirectURIs: []string{"com.example.native:/back"}},
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	provider, err := New(cfg)
	must(t, err)
	b.provider = provider
	server.Config.Handler = provider
	server.Start()
	t.Cleanup(server.Close)
	return b
}

func openStore(t testing.TB, now func() time.Time) store.Store {
	s, err := store.Open(filepath.Join(t.TempDir(), "idp.db"), store.Options{Now: now, InsecureNoSync: true})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func newRing(t testing.TB, fill byte, previous ...byte) *keyring.Keyring {
	var old [][]byte
	for _, p := range previous {
		old = append(old, bytes.Repeat([]byte{p}, 32))
	}
	ring, err := keyring.New(bytes.Repeat([]byte{fill}, 32), old...)
	must(t, err)
	return ring
}

// seedKey stores a ready key: making one takes a while.
func (b *bench) seedKey() {
	plain, err := json.Marshal([]storedKey{{"key-0", b.clock.Now(), testKey()}})
	must(b.t, err)
	must(b.t, b.store.Apply(b.t.Context(), store.Op{Bucket: bucketKeys, Key: keyRecord, Value: b.ring.Seal(purposeKeys, plain, []byte(b.issuer))}))
}

// cheapHash is a hash with a small cost.
func cheapHash(password string) string {
	h := phc{memory: 64, time: 1, threads: 1, salt: []byte("salt-salt"), key: make([]byte, 32)}
	h.key = h.compute(password)
	return h.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser keeps cookies and follows no redirect.
type browser struct {
	b *bench
	http.Client
}

func (b *bench) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{b, http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is a response with its body read.
type result struct {
	*http.Response
	body string
}

func (c *browser) do(r *http.Request) result {
	c.b.t.Helper()
	resp, err := c.Do(r)
	must(c.b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(c.b.t, err)
	return result{resp, string(body)}
}

func (c *browser) get(path string, query url.Values) result {
	c.b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, withQuery(c.b.issuer+path, query), nil)
	must(c.b.t, err)
	return c.do(r)
}

// post sends a form with header overrides; an empty override leaves it out.
func (c *browser) post(path string, form url.Values, headers ...string) result {
	c.b.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.b.issuer+path, strings.NewReader(form.Encode()))
	must(c.b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", strings.TrimSuffix(c.b.issuer, "/idp"))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	return c.do(r)
}

func (c *browser) cookie(name string) string {
	u, _ := url.Parse(c.b.issuer)
	for _, k := range c.Jar.Cookies(u) {
		if k.Name == name {
			return k.Value
		}
	}
	return ""
}

func (c *browser) setCookie(name, value string) {
	u, _ := url.Parse(c.b.issuer)
	c.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

func (c *browser) session() string { return c.cookie(c.b.provider.cfg.Cookies.Session) }

func (c *browser) setSession(value string) { c.setCookie(c.b.provider.cfg.Cookies.Session, value) }

// ask is a good authorization request of app with changes: name, value pairs;
// the value "-" removes the parameter.
func ask(changes ...string) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile email groups"},
		"state": {"the state&="}, "nonce": {"the-nonce"}, "code_challenge": {b64.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "-" {
			q.Del(changes[i])
		}
	}
	return q
}

var hidden = regexp.MustCompile(`name="request" value="([^"]+)"`)

// sealedIn is the page's hidden request.
func (c *browser) sealedIn(page result) string {
	c.b.t.Helper()
	m := hidden.FindStringSubmatch(page.body)
	if page.StatusCode != http.StatusOK || m == nil {
		c.b.t.Fatalf("no form: %d %s %s", page.StatusCode, page.Header.Get("Location"), page.body)
	}
	return html.UnescapeString(m[1])
}

// submit fills in the sign-in page.
func (c *browser) submit(page result, user, password string) result {
	c.b.t.Helper()
	return c.post(pathSignIn, url.Values{"request": {c.sealedIn(page)}, "username": {user}, "password": {password}, "do": {"sign-in"}})
}

// signIn walks from /authorize to the client and returns the code.
func (c *browser) signIn(user, password string, changes ...string) string {
	c.b.t.Helper()
	return c.back(c.submit(c.get(pathAuthorize, ask(changes...)), user, password)).Get("code")
}

// back is what the client is told at its redirect URI.
func (c *browser) back(r result) url.Values {
	c.b.t.Helper()
	location, err := url.Parse(r.Header.Get("Location"))
	must(c.b.t, err)
	if r.StatusCode/100 != 3 || location.Scheme+"://"+location.Host+location.Path != callback {
		c.b.t.Fatalf("not back at the client: %d %s %s", r.StatusCode, location, r.body)
	}
	q := location.Query()
	if q.Get("iss") != c.b.issuer || q.Get("state") != "the state&=" {
		c.b.t.Errorf("the answer has iss %q and state %q", q.Get("iss"), q.Get("state"))
	}
	return q
}

// token calls the token endpoint as app, with form changes.
func (b *bench) token(code string, changes ...string) result {
	b.t.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "-" {
			form.Del(changes[i])
		}
	}
	headers := []string{"Origin", ""}
	if !form.Has("client_id") {
		r := http.Request{Header: http.Header{}}
		r.SetBasicAuth("app", appSecret)
		headers = append(headers, "Authorization", r.Header.Get("Authorization"))
	}
	return b.browser().post(pathToken, form, headers...)
}

type tokens struct {
	AccessToken string `json:"access_token"`
	IDToken     string `json:"id_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Scope       string `json:"scope"`
}

// redeemed exchanges a code that must be good.
func (b *bench) redeemed(code string) (tokens, map[string]any) {
	b.t.Helper()
	r := b.token(code)
	var out tokens
	if r.StatusCode != http.StatusOK || json.Unmarshal([]byte(r.body), &out) != nil {
		b.t.Fatalf("no tokens: %d %s", r.StatusCode, r.body)
	}
	return out, b.verified(out.IDToken)
}

// verified are the claims of an ID token that the published keys verify.
func (b *bench) verified(token string) map[string]any {
	b.t.Helper()
	var set jose.JSONWebKeySet
	must(b.t, json.Unmarshal([]byte(b.browser().get(pathKeys, nil).body), &set))
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	must(b.t, err)
	keys := set.Key(parsed.Headers[0].KeyID)
	if len(keys) != 1 || !keys[0].IsPublic() {
		b.t.Fatalf("the key %q is not published once and publicly", parsed.Headers[0].KeyID)
	}
	var claims map[string]any
	must(b.t, parsed.Claims(keys[0].Key, &claims))
	return claims
}

// userInfo calls the userinfo endpoint with an Authorization header.
func (b *bench) userInfo(authorization string) result {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.issuer+pathUserInfo, nil)
	must(b.t, err)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return b.browser().do(r)
}

func object(t testing.TB, body string) map[string]any {
	t.Helper()
	var out map[string]any
	must(t, json.Unmarshal([]byte(body), &out))
	return out
}

func (b *bench) count(bucket string) int {
	items, err := b.store.Scan(context.Background(), bucket, "", "", 1000)
	must(b.t, err)
	return len(items)
}

func with(q url.Values, more url.Values) url.Values {
	q = maps.Clone(q)
	maps.Copy(q, more)
	return q
}
