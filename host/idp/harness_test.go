package idp

// A provider over real HTTP, a browser with cookies, a client with PKCE.

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/page"
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
	people   people.Directory
}

var testKey = sync.OnceValue(func() []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
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
	b.people = people.Directory{Store: b.store, Keys: b.ring}
	ada := people.Person{Subject: "sub-ada", UserName: "ada", PasswordHash: cheapHash(adaPass), GivenName: "Ada", FamilyName: "Lovelace",
		Email: "ada@example.com", EmailVerified: true, Groups: []string{"engineering", "staff"}, Claims: map[string]any{"shift": "night", "challenged": "yes"}}
	bob := people.Person{Subject: "sub-bob", UserName: "bob", PasswordHash: cheapHash(bobPass), Name: "Bob"}
	eve := people.Person{Subject: "sub-eve", UserName: "eve", PasswordHash: cheapHash(bobPass), Disabled: true}
	must(t, b.people.Seed(t.Context(), ada, bob, eve))

	server := httptest.NewUnstartedServer(nil)
	b.issuer = "http://" + server.Listener.Addr().String() + "/idp"
	b.seedKey()
	cfg := Config{
		Issuer: b.issuer, Store: b.store, Keys: b.ring, Now: b.clock.Now, Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Clients: []clients.Client{
			{ID: "app", Name: "The App", Secret: appSecret, RedirectURIs: []string{callback, callback + "?x=1"}, PostLogoutRedirectURIs: []string{elsewhere, "https://app.example.com/bye"}},
			{ID: "poster", Auth: clients.AuthPost, Secret: appSecret, RedirectURIs: []string{callback}, IDTokenClaims: true},
			{ID: "native", Auth: clients.AuthNone, RedirectURIs: []string{"com.example.native:/back"}},
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	provider, err := New(cfg)
	must(t, err)
	b.provider, b.issuer = provider, cfg.Issuer
	server.Config.Handler = withAssets(provider)
	server.Start()
	t.Cleanup(server.Close)
	return b
}

// withAssets serves what pages load, as the host does.
func withAssets(provider http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if content, mediaType, ok := page.Asset(r.URL.Path); ok {
			w.Header().Set("Content-Type", mediaType)
			_, _ = w.Write(content)
			return
		}
		provider.ServeHTTP(w, r)
	})
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
	plain, err := json.Marshal([]map[string]any{{"kid": "key-0", "made": b.clock.Now(), "pkcs8": testKey()}})
	must(b.t, err)
	must(b.t, b.store.Apply(b.t.Context(), store.Op{Bucket: "idp.keys", Key: "signing", Value: b.ring.Seal("idp.signing-keys", plain, []byte("signing"))}))
}

// cheapHash is a hash with a small cost.
func cheapHash(password string) string {
	hash, err := people.Cost{Memory: 64, Time: 1, Threads: 1}.Hash(password)
	if err != nil {
		panic(err)
	}
	return hash
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
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

// useStore puts another store under everything that was wired already.
func (b *bench) useStore(s store.Store) {
	b.provider.cfg.Store, b.provider.grants.Store, b.provider.proofs.Store = s, s, s
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
