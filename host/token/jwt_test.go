package token

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/hosttest"
)

func static(t testing.TB, keys ...jose.JSONWebKey) *KeySet {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	set, err := NewStaticKeySet(raw)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

var someClaims = map[string]any{"sub": "alice"}

func header(alg, kid string) map[string]any { return map[string]any{"alg": alg, "kid": kid} }

func verify(compact string, rules Rules) error {
	jwt, err := Parse(compact)
	if err != nil {
		return err
	}
	return jwt.Verify(context.Background(), rules)
}

func TestT17_SignedTokenCorpus(t *testing.T) {
	rsaKey, other, ec, ed := hosttest.RSAKey(0), hosttest.RSAKey(1), hosttest.ECKey(), hosttest.EdKey()
	secret := Secret("a-shared-secret-of-32-octets-yes")
	keys := static(t, rsaKey.Public(), ec.Public(), ed.Public())
	rules := Rules{Algs: Asymmetric(), Keys: keys, Secret: secret}
	withHS := Rules{Algs: append(Asymmetric(), "HS256", "none"), Keys: keys, Secret: secret}
	short := Rules{Algs: []string{"HS256"}, Secret: secret[:31]}
	pkix, _ := x509.MarshalPKIXPublicKey(rsaKey.Private.Public())
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
	weak, _ := rsa.GenerateKey(rand.Reader, 1024)
	sign := hosttest.Sign
	good := sign("RS256", rsaKey.Private, header("RS256", "rsa-0"), someClaims)
	parts := strings.Split(good, ".")

	for _, tt := range []struct {
		name  string
		token string
		rules Rules
		want  error
	}{
		{"RS256", good, rules, nil},
		{"PS256", sign("PS256", rsaKey.Private, header("PS256", "rsa-0"), someClaims), rules, nil},
		{"ES256", sign("ES256", ec.Private, header("ES256", "ec"), someClaims), rules, nil},
		{"EdDSA", sign("EdDSA", ed.Private, header("EdDSA", "ed"), someClaims), rules, nil},
		{"HS256 that is allowed", sign("HS256", []byte(secret), header("HS256", ""), someClaims), withHS, nil},
		{"no kid", sign("RS256", rsaKey.Private, map[string]any{"alg": "RS256"}, someClaims), rules, nil},
		{"HS256 that is not allowed", sign("HS256", []byte(secret), header("HS256", ""), someClaims), rules, ErrSignature},
		{"HS256 with a short secret", sign("HS256", []byte(secret[:31]), header("HS256", ""), someClaims), short, ErrSignature},
		{"HS256 with no secret", sign("HS256", []byte{}, header("HS256", ""), someClaims), Rules{Algs: []string{"HS256"}}, ErrSignature},
		{"HS256 with the public key", sign("HS256", publicPEM, header("HS256", "rsa-0"), someClaims), withHS, ErrSignature},
		{"HS256 with the public key's DER", sign("HS256", pkix, header("HS256", "rsa-0"), someClaims), withHS, ErrSignature},
		{"none", sign("none", nil, header("none", ""), someClaims), withHS, ErrSignature},
		{"None", sign("none", nil, header("None", ""), someClaims), withHS, ErrSignature},
		{"none over a good signature", strings.Join([]string{b64(`{"alg":"none"}`), parts[1], parts[2]}, "."), withHS, ErrSignature},
		{"no signature", parts[0] + "." + parts[1] + ".", rules, ErrSignature},
		{"a spoiled signature", hosttest.Spoil(good), rules, ErrSignature},
		{"another payload", parts[0] + "." + b64(`{"sub":"mallory"}`) + "." + parts[2], rules, ErrSignature},
		{"another key under the kid", sign("RS256", other.Private, header("RS256", "rsa-0"), someClaims), rules, ErrSignature},
		{"an unknown kid", sign("RS256", rsaKey.Private, header("RS256", "rsa-9"), someClaims), rules, ErrSignature},
		{"another key's kid", sign("RS256", rsaKey.Private, header("RS256", "ec"), someClaims), rules, ErrSignature},
		{"ES256 header over RS256", sign("RS256", rsaKey.Private, header("ES256", "rsa-0"), someClaims), rules, ErrSignature},
		{"PS256 header over RS256", sign("RS256", rsaKey.Private, header("PS256", "rsa-0"), someClaims), rules, ErrSignature},
		{"its own key in jwk", ownKey(t), rules, ErrSignature},
		{"its own key in jku", sign("RS256", other.Private, map[string]any{"alg": "RS256", "jku": "https://attacker.example/keys"}, someClaims), rules, ErrSignature},
		{"a weak key", sign("RS256", weak, header("RS256", "w"), someClaims), Rules{Algs: Asymmetric(), Keys: weakSet(weak)}, ErrSignature},
		{"an algorithm that is not allowed", good, Rules{Algs: []string{"ES256"}, Keys: keys}, ErrSignature},
		{"no keys", good, Rules{Algs: Asymmetric()}, ErrSignature},
		{"crit", sign("RS256", rsaKey.Private, map[string]any{"alg": "RS256", "crit": []string{"x"}, "x": 1}, someClaims), rules, ErrMalformed},
		{"empty crit", sign("RS256", rsaKey.Private, map[string]any{"alg": "RS256", "crit": []string{}}, someClaims), rules, ErrMalformed},
		{"b64", sign("RS256", rsaKey.Private, map[string]any{"alg": "RS256", "b64": false}, someClaims), rules, ErrMalformed},
		{"duplicate header member", hosttest.SignRaw("RS256", rsaKey.Private, []byte(`{"alg":"RS256","kid":"rsa-0","alg":"RS256"}`), []byte(`{}`)), rules, ErrMalformed},
		{"duplicate claim", hosttest.SignRaw("RS256", rsaKey.Private, []byte(`{"alg":"RS256"}`), []byte(`{"sub":"a","sub":"b"}`)), rules, ErrMalformed},
		{"payload is a list", hosttest.SignRaw("RS256", rsaKey.Private, []byte(`{"alg":"RS256"}`), []byte(`[]`)), rules, ErrMalformed},
		{"alg is a number", hosttest.SignRaw("RS256", rsaKey.Private, []byte(`{"alg":5}`), []byte(`{}`)), rules, ErrMalformed},
		{"alg is missing", hosttest.SignRaw("RS256", rsaKey.Private, []byte(`{}`), []byte(`{}`)), rules, ErrMalformed},
		{"kid is an object", hosttest.SignRaw("RS256", rsaKey.Private, []byte(`{"alg":"RS256","kid":{}}`), []byte(`{}`)), rules, ErrMalformed},
		{"flattened JSON", `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`, rules, ErrMalformed},
		{"two parts", parts[0] + "." + parts[1], rules, ErrMalformed},
		{"four parts", good + ".x", rules, ErrMalformed},
		{"encrypted", good + ".x.y", rules, ErrMalformed},
		{"padded", parts[0] + "=." + parts[1] + "." + parts[2], rules, ErrMalformed},
		{"a line break", parts[0][:8] + "\n" + parts[0][8:] + "." + parts[1] + "." + parts[2], rules, ErrMalformed},
		{"too long", good + strings.Repeat("A", MaxJWT), rules, ErrMalformed},
		{"empty", "", rules, ErrMalformed},
		{"dots", "..", rules, ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := verify(tt.token, tt.rules)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), parts[1])) {
				t.Errorf("the error holds a part of the token: %v", err)
			}
		})
	}
}

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// ownKey is a token that brings the key it is signed with.
func ownKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return hosttest.Sign("ES256", key, map[string]any{"alg": "ES256", "jwk": jose.JSONWebKey{Key: key.Public()}}, someClaims)
}

// weakSet puts a weak key past the parser, to show that Verify refuses it too.
func weakSet(weak *rsa.PrivateKey) *KeySet {
	return &KeySet{keys: keys{{id: "w", public: weak.Public()}}}
}

func TestCheckAlgs(t *testing.T) {
	for alg, octets := range map[string]int{"HS256": 32, "HS384": 48, "HS512": 64} {
		if CheckAlgs([]string{alg}, Secret(strings.Repeat("s", octets))) != nil || CheckAlgs([]string{alg}, Secret(strings.Repeat("s", octets-1))) == nil {
			t.Errorf("%s does not need %d octets", alg, octets)
		}
	}
	for _, alg := range []string{"none", "", "rs256", "ES256K", "RS1"} {
		if CheckAlgs([]string{alg}, "") == nil {
			t.Errorf("%q is allowed", alg)
		}
	}
	if err := CheckAlgs(Asymmetric(), ""); err != nil {
		t.Error(err)
	}
}

func FuzzT17_Parse(f *testing.F) {
	key := hosttest.RSAKey(0)
	f.Add(hosttest.Sign("RS256", key.Private, header("RS256", "rsa-0"), someClaims))
	f.Add(hosttest.Sign("none", nil, header("none", ""), someClaims))
	f.Add("..")
	f.Add(`eyJhbGciOiJIUzI1NiJ9.e30.`)
	rules := Rules{Algs: Asymmetric(), Keys: static(f, key.Public())}
	f.Fuzz(func(t *testing.T, compact string) {
		jwt, err := Parse(compact)
		if err != nil {
			if !errors.Is(err, ErrMalformed) || jwt != nil {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if err := jwt.Verify(context.Background(), rules); err == nil {
			// Only the key's owner can have made it: the claims are the seed's.
			if len(jwt.Claims) != 1 || jwt.Claims["sub"] != "alice" {
				t.Fatalf("a forged token verifies: %q", compact)
			}
		} else if !errors.Is(err, ErrSignature) {
			t.Fatalf("an error of another kind: %v", err)
		}
	})
}
