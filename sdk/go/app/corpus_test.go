package app_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/go/app"
)

// publisher is a server that publishes keys, and nothing else of a host.
type publisher struct {
	*httptest.Server
	asked  atomic.Int32
	mu     sync.Mutex
	answer func(w http.ResponseWriter)
}

func newPublisher(t testing.TB, keys ...*signing) *publisher {
	p := &publisher{}
	p.publish(keys...)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		p.mu.Lock()
		answer := p.answer
		p.mu.Unlock()
		if r.URL.Path != "/.well-known/jwks.json" {
			t.Errorf("the application asks for %s", r.URL)
		}
		answer(w)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *publisher) set(answer func(w http.ResponseWriter)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

func (p *publisher) publish(keys ...*signing) {
	var list []map[string]any
	for _, k := range keys {
		list = append(list, k.jwk())
	}
	body, _ := json.Marshal(map[string]any{"keys": list})
	p.set(func(w http.ResponseWriter) {
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(body)
	})
}

// signing is a key and its name.
type signing struct {
	kid string
	key *ecdsa.PrivateKey
}

func newSigning(t testing.TB, kid string) *signing {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &signing{kid, key}
}

func (s *signing) jwk() map[string]any {
	point, _ := s.key.PublicKey.Bytes()
	return map[string]any{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": s.kid, "x": b64(point[1:33]), "y": b64(point[33:])}
}

func b64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func encode(v any) string {
	raw, _ := json.Marshal(v)
	return b64(raw)
}

// sign makes a compact JWS of a header and claims.
func (s *signing) sign(header, claims map[string]any) string {
	input := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(input))
	r, v, _ := ecdsa.Sign(rand.Reader, s.key, digest[:])
	var raw [64]byte
	r.FillBytes(raw[:32])
	v.FillBytes(raw[32:])
	return input + "." + b64(raw[:])
}

func (s *signing) header() map[string]any {
	return map[string]any{"alg": "ES256", "kid": s.kid, "typ": "JWT"}
}

var start = time.Unix(1790000000, 0)

// clock is what the application takes for now.
type clock struct{ atomic.Int64 }

func (c *clock) now() time.Time { return start.Add(time.Duration(c.Load())) }

func newApp(t testing.TB, host string, c *clock) *app.App {
	t.Helper()
	a, err := app.New(app.Config{Host: host, Name: "wiki", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func goodClaims(host string) map[string]any {
	return map[string]any{
		"iss": host, "aud": "wiki", "sub": "p-1", "sid": "s-1", "iat": start.Unix(), "exp": start.Unix() + 60, "idp": "corp", "idp_iss": "https://idp.example",
		"user": "ada", "email": "ada@example.com", "roles": []string{"admin"}, "levels": []string{"Authenticated"}, "auth_time": start.Unix() - 5, "team": map[string]any{"n": 1},
	}
}

func with(m map[string]any, name string, value any) map[string]any {
	m = maps.Clone(m)
	if m[name] = value; value == nil {
		delete(m, name)
	}
	return m
}

func TestVerify(t *testing.T) {
	t.Parallel()
	key := newSigning(t, "k1")
	p := newPublisher(t, key)
	a := newApp(t, p.URL, &clock{})
	id, err := a.Verify(context.Background(), key.sign(key.header(), goodClaims(p.URL)))
	if err != nil {
		t.Fatal(err)
	}
	if id.Subject != "p-1" || id.Issuer != "https://idp.example" || id.IdP != "corp" || id.User != "ada" || id.Email != "ada@example.com" || id.SessionID != "s-1" ||
		id.AuthTime.Unix() != start.Unix()-5 || id.Expires.Unix() != start.Unix()+60 || fmt.Sprint(id.Roles, id.Levels) != "[admin] [Authenticated]" || string(id.Claims["team"]) != `{"n":1}` {
		t.Errorf("%+v", id)
	}
	if !id.Holds("Authenticated") || !id.Holds("Public") || id.Holds("Authenticated/Fresh") || id.Holds("") || (*app.Identity)(nil).Holds("Authenticated") {
		t.Error("the levels are not what was signed")
	}
}

// TestT17_assertions: whatever is not the host's own assertion for this very
// application now says nothing of anybody.
func TestT17_assertions(t *testing.T) {
	t.Parallel()
	key, stranger := newSigning(t, "k1"), newSigning(t, "k1")
	p := newPublisher(t, key)
	a := newApp(t, p.URL, &clock{})
	good, header := goodClaims(p.URL), key.header()
	public, _ := x509.MarshalPKIXPublicKey(&key.key.PublicKey)
	point, _ := key.key.PublicKey.Bytes()
	hs := func(secret []byte) string {
		input := encode(with(header, "alg", "HS256")) + "." + encode(good)
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(input))
		return input + "." + b64(mac.Sum(nil))
	}
	whole := key.sign(header, good)
	parts := strings.Split(whole, ".")
	none := encode(map[string]any{"alg": "none", "typ": "JWT", "kid": "k1"}) + "." + parts[1] + "."
	corpus := map[string]string{
		"empty": "", "a word": "x", "two parts": parts[0] + "." + parts[1], "four parts": whole + ".x", "dots": "..", "JSON": `{"a":1}`, "long": strings.Repeat("a", 20<<10),
		"alg none": none, "alg none, signed": none + parts[2], "alg None": key.sign(with(header, "alg", "None"), good), "no alg": key.sign(with(header, "alg", nil), good), "alg a number": key.sign(with(header, "alg", 1), good),
		"alg RS256": key.sign(with(header, "alg", "RS256"), good), "alg ES384": key.sign(with(header, "alg", "ES384"), good), "alg es256": key.sign(with(header, "alg", "es256"), good),
		"HS256 by the public key's DER": hs(public), "HS256 by its PEM": hs(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), "HS256 by its point": hs(point), "HS256 by x": hs(point[1:33]), "HS256 by nothing": hs(nil),
		"a stranger's key of that kid": stranger.sign(header, good), "no signature": parts[0] + "." + parts[1] + ".", "zeros": parts[0] + "." + parts[1] + "." + b64(make([]byte, 64)),
		"DER signature": parts[0] + "." + parts[1] + "." + b64(append([]byte{0x30, 0x44}, make([]byte, 68)...)), "a bit of the signature": whole[:len(whole)-3] + flip(whole[len(whole)-3:]),
		"other claims": parts[0] + "." + encode(with(good, "sub", "root")) + "." + parts[2], "other header": encode(with(header, "x", 1)) + "." + parts[1] + "." + parts[2],
		"no kid": key.sign(with(header, "kid", nil), good), "kid unknown": key.sign(with(header, "kid", "k2"), good), "kid a path": key.sign(with(header, "kid", "../../etc/passwd"), good),
		"typ missing": key.sign(with(header, "typ", nil), good), "typ at+jwt": key.sign(with(header, "typ", "at+jwt"), good), "typ logout+jwt": key.sign(with(header, "typ", "logout+jwt"), good), "crit": key.sign(with(header, "crit", []string{"exp"}), good),
		"its own key": func() string {
			h := with(with(header, "jwk", stranger.jwk()), "jku", "https://evil.example/keys")
			return stranger.sign(h, good)
		}(),
		"padded": parts[0] + "=." + parts[1] + "." + parts[2], "line break": parts[0] + ".\n" + parts[1] + "." + parts[2], "spaces": " " + whole, "a list": "[" + whole + "]", "twice": whole + "," + whole, "Bearer": "Bearer " + whole,
		"another issuer": key.sign(header, with(good, "iss", "https://evil.example")), "issuer with a slash": key.sign(header, with(good, "iss", p.URL+"/")), "no issuer": key.sign(header, with(good, "iss", nil)),
		"another application": key.sign(header, with(good, "aud", "blog")), "several": key.sign(header, with(good, "aud", []string{"wiki", "blog"})), "no audience": key.sign(header, with(good, "aud", nil)), "audience in capitals": key.sign(header, with(good, "aud", "WIKI")),
		"expired": key.sign(header, with(good, "exp", start.Unix()-6)), "just expired": key.sign(header, with(good, "exp", start.Unix()-5)), "no exp": key.sign(header, with(good, "exp", nil)), "exp a text": key.sign(header, with(good, "exp", fmt.Sprint(start.Unix()+60))),
		"exp huge": key.sign(header, with(good, "exp", json.Number("1e300"))), "exp far": key.sign(header, with(good, "exp", int64(1)<<62)), "exp negative": key.sign(header, with(good, "exp", -1)), "exp a fraction": key.sign(header, with(good, "exp", 1790000060.5)),
		"iat ahead": key.sign(header, with(good, "iat", start.Unix()+6)), "no iat": key.sign(header, with(good, "iat", nil)), "iat null": key.sign(header, with(good, "iat", json.RawMessage("null"))),
		"no sub": key.sign(header, with(good, "sub", nil)), "sub a number": key.sign(header, with(good, "sub", 1)), "sub empty": key.sign(header, with(good, "sub", "")), "no sid": key.sign(header, with(good, "sid", nil)),
		"levels a text": key.sign(header, with(good, "levels", "Authenticated/Fresh")), "levels of numbers": key.sign(header, with(good, "levels", []int{1})), "no roles": key.sign(header, with(good, "roles", nil)),
	}
	if _, err := a.Verify(context.Background(), whole); err != nil {
		t.Fatal(err)
	}
	for name, assertion := range corpus {
		id, err := a.Verify(context.Background(), assertion)
		if id != nil || !errors.Is(err, app.ErrAssertion) || errors.Is(err, app.ErrKeys) {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
		if err != nil && len(assertion) > 40 && strings.Contains(err.Error(), parts[1]) {
			t.Errorf("%s: the error shows the assertion", name)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["X-Doorward-Assertion"] = []string{assertion}
		w := httptest.NewRecorder()
		a.Identify(reached(t, name, assertion == "")).ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized && assertion != "" {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	for _, at := range []int64{-5, 0, 4} { // within the leeway
		if _, err := a.Verify(context.Background(), key.sign(header, with(with(good, "exp", start.Unix()-at+1), "iat", start.Unix()+max(at, 0)))); err != nil {
			t.Errorf("%d: %v", at, err)
		}
	}
}

func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

// reached is an application that must know nobody, or must not be asked.
func reached(t testing.TB, name string, may bool) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if id, ok := app.IdentityOf(r.Context()); !may || ok {
			t.Errorf("%s: the application was reached as %+v", name, id)
		}
	})
}

// TestT02_forged_headers: the plain headers say nothing, in whatever spelling,
// with and without an assertion.
func TestT02_forged_headers(t *testing.T) {
	t.Parallel()
	key := newSigning(t, "k1")
	p := newPublisher(t, key)
	a := newApp(t, p.URL, &clock{})
	good := key.sign(key.header(), goodClaims(p.URL))
	for _, assertion := range []string{"", good} {
		for _, name := range []string{"X-Doorward-User", "x-doorward-user", "X_Doorward_User", "x_doorward-roles", "X-DOORWARD-LEVELS", "X-Doorward_Assertion", "x-doorward-anything"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header[name] = []string{"root", "admin"}
			r.Header["X-Other"] = []string{"kept"}
			if assertion != "" {
				r.Header["X-Doorward-Assertion"] = []string{assertion}
			}
			ran := false
			a.Identify(http.HandlerFunc(func(_ http.ResponseWriter, in *http.Request) {
				ran = true
				id, ok := app.IdentityOf(in.Context())
				if ok != (assertion != "") || ok && id.User != "ada" {
					t.Errorf("%s: %+v", name, id)
				}
				if len(in.Header) != 1 || in.Header.Get("X-Other") != "kept" {
					t.Errorf("%s: the application gets %v", name, in.Header)
				}
			})).ServeHTTP(httptest.NewRecorder(), r)
			if !ran || r.Header[name] == nil {
				t.Errorf("%s: reached: %v; the caller's request was changed: %v", name, ran, r.Header)
			}
		}
	}
	for _, two := range [][]string{{good, good}, {good, ""}, {"", good}, {"x", good}} {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header["X-Doorward-Assertion"] = two
		a.Identify(reached(t, "two", false)).ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("two assertions: %d", w.Code)
		}
	}
}
