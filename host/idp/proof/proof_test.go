package proof_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/idp/proof"
	"github.com/doorward/doorward/host/store"
)

const (
	target = "https://login.example.com/idp/token"
	token  = "an-access-token"
)

var (
	now    = time.Unix(1_800_000_000, 0)
	ecKey  = sync.OnceValue(func() *ecdsa.PrivateKey { return made(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return made(rsa.GenerateKey(rand.Reader, 2048)) })
	b64    = base64.RawURLEncoding
)

func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newVerifier(t testing.TB) proof.Verifier {
	clock := func() time.Time { return now }
	s, err := store.Open(filepath.Join(t.TempDir(), "proof.db"), store.Options{Now: clock, InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return proof.Verifier{Store: s, Now: clock}
}

// draft is a proof before it is signed; good is one that is fine.
type draft struct {
	alg    jose.SignatureAlgorithm
	key    any            // private
	head   map[string]any // added to the header, nil values removed
	claims map[string]any
}

func good() draft {
	sum := sha256.Sum256([]byte(token))
	return draft{jose.ES256, ecKey(), map[string]any{}, map[string]any{
		"jti": "id-1", "htm": "POST", "htu": target, "iat": now.Unix(), "ath": b64.EncodeToString(sum[:]),
	}}
}

// sign writes the JWS by hand where the library would refuse to.
func (d draft) sign(t testing.TB) string {
	t.Helper()
	head := map[string]any{"alg": d.alg, "typ": "dpop+jwt", "jwk": public(d.key)}
	maps.Copy(head, d.head)
	maps.DeleteFunc(head, func(_ string, v any) bool { return v == nil })
	body := b64.EncodeToString(made(json.Marshal(head))) + "." + b64.EncodeToString(made(json.Marshal(d.claims)))
	return body + "." + b64.EncodeToString(d.signature(t, []byte(body)))
}

func public(key any) jose.JSONWebKey {
	whole := jose.JSONWebKey{Key: key}
	return whole.Public()
}

func (d draft) signature(t testing.TB, body []byte) []byte {
	sum := sha256.Sum256(body)
	switch d.alg {
	case jose.ES256:
		r, s, err := ecdsa.Sign(rand.Reader, d.key.(*ecdsa.PrivateKey), sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case jose.EdDSA:
		return ed25519.Sign(d.key.(ed25519.PrivateKey), body)
	case jose.PS256:
		return made(rsa.SignPSS(rand.Reader, d.key.(*rsa.PrivateKey), crypto.SHA256, sum[:], nil))
	case jose.RS256:
		return made(rsa.SignPKCS1v15(rand.Reader, d.key.(*rsa.PrivateKey), crypto.SHA256, sum[:]))
	}
	return nil
}

func (d draft) claim(name string, value any) draft {
	d.claims = maps.Clone(d.claims)
	d.claims[name] = value
	if value == nil {
		delete(d.claims, name)
	}
	return d
}

func (d draft) header(name string, value any) draft {
	d.head = maps.Clone(d.head)
	d.head[name] = value
	return d
}

func verify(t testing.TB, v proof.Verifier, compact ...string) (string, error) {
	header := http.Header{}
	for _, c := range compact {
		header.Add("dpop", c)
	}
	return v.Verify(t.Context(), header, "POST", target, token)
}

func TestRFC9449_Accepted(t *testing.T) {
	edKey := ed25519.NewKeyFromSeed(make([]byte, 32))
	for name, d := range map[string]draft{
		"ES256":                   good(),
		"EdDSA":                   {jose.EdDSA, edKey, nil, good().claims},
		"PS256":                   {jose.PS256, rsaKey(), nil, good().claims},
		"query and fragment":      good().claim("htu", target+"?a=b#c"),
		"host in upper case":      good().claim("htu", "HTTPS://LOGIN.example.COM/idp/token"),
		"default port":            good().claim("htu", "https://login.example.com:443/idp/token"),
		"more claims":             good().claim("nonce", "n").claim("extra", map[string]any{"a": 1}),
		"ten seconds early":       good().claim("iat", now.Unix()+10),
		"ten seconds late":        good().claim("iat", now.Unix()-10),
		"a part of a second":      good().claim("iat", float64(now.Unix())+0.5),
		"at the edge of the past": good().claim("iat", now.Add(-proof.Window).Unix()),
	} {
		t.Run(name, func(t *testing.T) {
			jkt, err := verify(t, newVerifier(t), d.sign(t))
			want := made((&jose.JSONWebKey{Key: d.key}).Thumbprint(crypto.SHA256))
			if err != nil || jkt != b64.EncodeToString(want) {
				t.Errorf("%q, %v", jkt, err)
			}
		})
	}
}

// The negative set of CONFORMANCE c.5.
func TestRFC9449_Refused(t *testing.T) {
	other := made(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	weak := made(rsa.GenerateKey(rand.Reader, 1024))
	sign := func(d draft) []string { return []string{d.sign(t)} }
	whole := good().sign(t)
	for name, compact := range map[string][]string{
		"two headers":             {whole, good().claim("jti", "id-2").sign(t)},
		"two in one header":       {whole + ", " + whole},
		"no JWT":                  {"proof"},
		"empty":                   {""},
		"too long":                sign(good().claim("extra", strings.Repeat("x", 9000))),
		"typ missing":             sign(good().header("typ", nil)),
		"alg missing":             sign(good().header("alg", nil)),
		"jwk missing":             sign(good().header("jwk", nil)),
		"jti missing":             sign(good().claim("jti", nil)),
		"jti too long":            sign(good().claim("jti", strings.Repeat("x", 257))),
		"htm missing":             sign(good().claim("htm", nil)),
		"htu missing":             sign(good().claim("htu", nil)),
		"iat missing":             sign(good().claim("iat", nil)),
		"ath missing":             sign(good().claim("ath", nil)),
		"iat as a string":         sign(good().claim("iat", "1800000000")),
		"iat absurd":              sign(good().claim("iat", 1e300)),
		"wrong typ":               sign(good().header("typ", "JWT")),
		"RS256":                   sign(draft{jose.RS256, rsaKey(), nil, good().claims}),
		"none":                    sign(draft{"none", ecKey(), nil, good().claims}),
		"HS256":                   sign(draft{jose.HS256, ecKey(), map[string]any{"jwk": map[string]any{"kty": "oct", "k": "AAAA"}}, good().claims}),
		"a weak RSA key":          sign(draft{jose.PS256, weak, nil, good().claims}),
		"bad signature":           {whole[:len(whole)-8] + "AAAAAAAA"},
		"signed by another key":   sign(draft{jose.ES256, other, map[string]any{"jwk": public(ecKey())}, good().claims}),
		"private key in jwk":      sign(good().header("jwk", jose.JSONWebKey{Key: ecKey()})),
		"an unknown crit":         sign(good().header("crit", []string{"x"}).header("x", 1)),
		"wrong htm":               sign(good().claim("htm", "GET")),
		"htm in lower case":       sign(good().claim("htm", "post")),
		"other host":              sign(good().claim("htu", "https://evil.example/idp/token")),
		"other path":              sign(good().claim("htu", "https://login.example.com/idp/userinfo")),
		"other scheme":            sign(good().claim("htu", "http://login.example.com/idp/token")),
		"other port":              sign(good().claim("htu", "https://login.example.com:8443/idp/token")),
		"user info in htu":        sign(good().claim("htu", "https://a@login.example.com/idp/token")),
		"htu without a host":      sign(good().claim("htu", "/idp/token")),
		"an hour old":             sign(good().claim("iat", now.Add(-time.Hour).Unix())),
		"an hour ahead":           sign(good().claim("iat", now.Add(time.Hour).Unix())),
		"just too old":            sign(good().claim("iat", now.Add(-proof.Window-time.Second).Unix())),
		"wrong ath":               sign(good().claim("ath", b64.EncodeToString(make([]byte, 32)))),
		"claims are no object":    {head(whole) + "." + b64.EncodeToString([]byte(`[]`)) + "." + tail(whole)},
		"claims of another proof": {head(whole) + "." + strings.Split(good().claim("jti", "id-3").sign(t), ".")[1] + "." + tail(whole)},
	} {
		t.Run(name, func(t *testing.T) {
			if jkt, err := verify(t, newVerifier(t), compact...); !errors.Is(err, proof.ErrInvalid) || jkt != "" {
				t.Errorf("%q, %v", jkt, err)
			}
		})
	}
}

func head(compact string) string { return strings.Split(compact, ".")[0] }
func tail(compact string) string { return strings.Split(compact, ".")[2] }

func TestRFC9449_Once(t *testing.T) {
	v := newVerifier(t)
	compact := good().sign(t)
	if _, err := verify(t, v, compact); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(t, v, compact); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("the same again: %v", err)
	}
	if _, err := verify(t, v, good().sign(t)); !errors.Is(err, proof.ErrInvalid) {
		t.Errorf("the same jti, signed anew: %v", err)
	}
	if _, err := verify(t, v, good().claim("jti", "id-2").sign(t)); err != nil {
		t.Errorf("another jti: %v", err)
	}
	if _, err := verify(t, v, draft{jose.EdDSA, ed25519.NewKeyFromSeed(make([]byte, 32)), nil, good().claims}.sign(t)); err != nil {
		t.Errorf("the same jti by another key: %v", err)
	}
	bad := good().claim("jti", "id-4").claim("htm", "GET")
	if _, err := verify(t, v, bad.sign(t)); !errors.Is(err, proof.ErrInvalid) {
		t.Fatal(err)
	}
	if _, err := verify(t, v, bad.claim("htm", "POST").sign(t)); err != nil {
		t.Errorf("a proof that was refused spent its jti: %v", err)
	}
}

func TestRFC9449_MissingAndStoreDown(t *testing.T) {
	v := newVerifier(t)
	if _, err := v.Verify(t.Context(), http.Header{}, "POST", target, token); !errors.Is(err, proof.ErrMissing) {
		t.Errorf("no proof: %v", err)
	}
	if err := v.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if jkt, err := verify(t, v, good().sign(t)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("no store: %q, %v", jkt, err)
	}
}

// Whatever comes, the answer is a key or one of the named errors.
func FuzzVerify(f *testing.F) {
	v := newVerifier(f)
	f.Add(good().sign(f))
	f.Add("")
	f.Add("a.b.c")
	f.Add(good().header("jwk", map[string]any{"kty": "EC"}).sign(f))
	f.Fuzz(func(t *testing.T, compact string) {
		jkt, err := verify(t, v, compact)
		if (err == nil) != (len(jkt) == 43) || err != nil && !errors.Is(err, proof.ErrInvalid) {
			t.Errorf("%q, %v", jkt, err)
		}
	})
}
