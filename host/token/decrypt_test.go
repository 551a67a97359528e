package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/hosttest"
)

const clientSecret = "a-client-secret-of-more-than-32-octets"

// sealed is text, encrypted.
func sealed(t testing.TB, alg, enc string, key any, text string, options *jose.EncrypterOptions) string {
	t.Helper()
	encrypter, err := jose.NewEncrypter(jose.ContentEncryption(enc), jose.Recipient{Algorithm: jose.KeyAlgorithm(alg), Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	jwe, err := encrypter.Encrypt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	compact, err := jwe.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// publicKey is what encrypts for alg.
func publicKey(alg, enc string) (any, crypto.Signer) {
	switch {
	case strings.HasPrefix(alg, "RSA"):
		return hosttest.RSAKey(1).Private.Public(), hosttest.RSAKey(1).Private
	case strings.HasPrefix(alg, "ECDH"):
		return hosttest.ECKey().Private.Public(), hosttest.ECKey().Private
	}
	return hosttest.SecretKey(clientSecret, alg, enc), nil
}

// stranger is a private key for alg that nothing is encrypted for.
func stranger(alg string) crypto.Signer {
	switch {
	case strings.HasPrefix(alg, "RSA"):
		return hosttest.RSAKey(2).Private
	case strings.HasPrefix(alg, "ECDH"):
		return strangersKey()
	}
	return nil
}

var strangersKey = sync.OnceValue(func() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
})

// Every algorithm that is allowed opens with every content encryption.
func TestDecrypt(t *testing.T) {
	for _, alg := range KeyAlgs() {
		for enc := range contentKeys {
			key, private := publicKey(alg, enc)
			d, err := NewDecrypter(private, clientSecret, []string{alg})
			if err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			compact := sealed(t, alg, enc, key, "the.inner.token", nil)
			if got, err := d.Decrypt(compact); err != nil || string(got) != "the.inner.token" {
				t.Errorf("%s with %s: %q, %v", alg, enc, got, err)
			}
			other, err := NewDecrypter(stranger(alg), "another-secret", []string{alg})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := other.Decrypt(compact); !errors.Is(err, ErrEncrypted) || got != nil {
				t.Errorf("%s with %s opens with another key: %v", alg, enc, err)
			}
		}
	}
}

func TestDecryptRefuses(t *testing.T) {
	rsaPublic := hosttest.RSAKey(1).Private.Public()
	d, err := NewDecrypter(hosttest.RSAKey(1).Private, clientSecret, []string{"RSA-OAEP-256", "A128KW"})
	if err != nil {
		t.Fatal(err)
	}
	good := sealed(t, "RSA-OAEP-256", "A128GCM", rsaPublic, "x", nil)
	withHeader := func(header string) string {
		_, rest, _ := strings.Cut(good, ".")
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
	}
	for name, tt := range map[string]struct {
		compact string
		want    error
	}{
		"RSA1_5":                 {sealed(t, "RSA1_5", "A128GCM", rsaPublic, "x", nil), ErrEncrypted},
		"RSA-OAEP, not named":    {sealed(t, "RSA-OAEP", "A128GCM", rsaPublic, "x", nil), ErrEncrypted},
		"A256KW, not named":      {sealed(t, "A256KW", "A128GCM", hosttest.SecretKey(clientSecret, "A256KW", ""), "x", nil), ErrEncrypted},
		"compressed":             {sealed(t, "RSA-OAEP-256", "A128GCM", rsaPublic, strings.Repeat("x", 9000), &jose.EncrypterOptions{Compression: jose.DEFLATE}), ErrMalformed},
		"what is no JWT":         {sealed(t, "RSA-OAEP-256", "A128GCM", rsaPublic, "x", (&jose.EncrypterOptions{}).WithContentType("image")), ErrMalformed},
		"a password":             {withHeader(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}`), ErrEncrypted},
		"none":                   {withHeader(`{"alg":"none","enc":"A128GCM"}`), ErrEncrypted},
		"no alg":                 {withHeader(`{"enc":"A128GCM"}`), ErrEncrypted},
		"no enc":                 {withHeader(`{"alg":"RSA-OAEP-256"}`), ErrEncrypted},
		"alg a list":             {withHeader(`{"alg":["RSA-OAEP-256"],"enc":"A128GCM"}`), ErrEncrypted},
		"an enc of no name":      {withHeader(`{"alg":"RSA-OAEP-256","enc":"XC20P"}`), ErrEncrypted},
		"critical":               {withHeader(`{"alg":"RSA-OAEP-256","enc":"A128GCM","crit":["exp"],"exp":1}`), ErrMalformed},
		"alg twice":              {withHeader(`{"alg":"RSA-OAEP-256","alg":"A128KW","enc":"A128GCM"}`), ErrMalformed},
		"another header":         {withHeader(`{"alg":"RSA-OAEP-256","enc":"A128GCM","x":1}`), ErrEncrypted},
		"a bit changed":          {hosttest.Spoil(good), ErrEncrypted},
		"a header that is empty": {"." + strings.SplitN(good, ".", 2)[1], ErrMalformed},
		"json":                   {`{"protected":"a.b.c.d.e"}`, ErrMalformed},
		"a signed one":           {"a.b.c", ErrMalformed},
		"empty parts":            {"....", ErrMalformed},
		"long":                   {good + strings.Repeat("A", MaxJWT), ErrMalformed},
	} {
		got, err := d.Decrypt(tt.compact)
		if !errors.Is(err, tt.want) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%s: a long error: %v", name, err)
		}
	}
	encrypter, _ := jose.NewEncrypter("A128GCM", jose.Recipient{Algorithm: "RSA-OAEP-256", Key: hosttest.RSAKey(2).Private.Public(), KeyID: "older"}, nil)
	jwe, _ := encrypter.Encrypt([]byte("x"))
	compact, _ := jwe.CompactSerialize()
	if _, err := d.Decrypt(compact); err == nil || !strings.Contains(err.Error(), "kid") {
		t.Errorf("a key of before: %v", err)
	}
}

func TestNewDecrypter(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		private crypto.Signer
		secret  Secret
		algs    []string
		ok      bool
	}{
		"RSA, and algorithms of EC too":     {hosttest.RSAKey(1).Private, "", []string{"RSA-OAEP", "ECDH-ES"}, true},
		"EC, and algorithms of RSA too":     {hosttest.ECKey().Private, "", []string{"RSA-OAEP", "ECDH-ES"}, true},
		"a secret alone":                    {nil, "s", []string{"A128KW"}, true},
		"a secret, and algorithms of RSA":   {nil, "s", []string{"A128KW", "RSA-OAEP"}, true},
		"nothing":                           {nil, "", []string{"RSA-OAEP"}, false},
		"no secret":                         {nil, "", []string{"dir"}, false},
		"RSA that nothing names":            {hosttest.RSAKey(1).Private, "s", []string{"A128KW", "ECDH-ES"}, false},
		"RSA of 1024 bits":                  {small, "", []string{"RSA-OAEP"}, false},
		"Ed25519":                           {hosttest.EdKey().Private, "", []string{"ECDH-ES"}, false},
		"RSA1_5":                            {hosttest.RSAKey(1).Private, "", []string{"RSA1_5"}, false},
		"an algorithm that nobody heard of": {hosttest.RSAKey(1).Private, "", []string{"RSA-OAEP", "X"}, false},
	} {
		if _, err := NewDecrypter(tt.private, tt.secret, tt.algs); err == nil != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The published key is the public half, for encryption, under its thumbprint.
func TestDecrypterJWK(t *testing.T) {
	for _, key := range []hosttest.Key{hosttest.RSAKey(1), hosttest.ECKey()} {
		d, err := NewDecrypter(key.Private, clientSecret, []string{"RSA-OAEP-256", "ECDH-ES", "A128KW"})
		if err != nil {
			t.Fatal(err)
		}
		var jwk jose.JSONWebKey
		if err := json.Unmarshal(d.JWK(), &jwk); err != nil || !jwk.IsPublic() || jwk.Use != "enc" || !strings.Contains("RSA-OAEP-256 ECDH-ES", jwk.Algorithm) {
			t.Fatalf("%v %s", err, d.JWK())
		}
		sum, _ := jwk.Thumbprint(crypto.SHA256)
		if jwk.KeyID != base64.RawURLEncoding.EncodeToString(sum) {
			t.Error("the kid is not the thumbprint")
		}
		if got, err := d.Decrypt(sealed(t, jwk.Algorithm, "A128CBC-HS256", jwk.Key, "x", nil)); err != nil || string(got) != "x" {
			t.Errorf("what it encrypts does not open: %v", err)
		}
		if private, _ := json.Marshal(jose.JSONWebKey{Key: key.Private}); strings.Contains(string(d.JWK()), between(string(private), `"d":"`, `"`)) {
			t.Error("the private half is published")
		}
	}
	two, _ := NewDecrypter(hosttest.RSAKey(1).Private, "", []string{"RSA-OAEP", "RSA-OAEP-256"})
	if strings.Contains(string(two.JWK()), `"alg"`) {
		t.Errorf("an algorithm is named, and two are allowed: %s", two.JWK())
	}
	none, _ := NewDecrypter(nil, "s", []string{"dir"})
	if none.JWK() != nil {
		t.Errorf("a key of a secret is published: %s", none.JWK())
	}
	set, err := WithKeys([]byte(`{"keys":[{"kty":"EC"}]}`), two.JWK(), two.JWK())
	if err != nil || strings.Count(string(set), `"kty"`) != 2 || !strings.Contains(string(set), `{"kty":"EC"}`) {
		t.Errorf("%v %s", err, set)
	}
}

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	value, _, _ := strings.Cut(rest, after)
	return value
}

// FuzzDecrypt gives any text: nothing opens but what was encrypted for us, and
// errors are of two kinds.
func FuzzDecrypt(f *testing.F) {
	d, err := NewDecrypter(hosttest.ECKey().Private, clientSecret, KeyAlgs())
	if err != nil {
		f.Fatal(err)
	}
	want := fmt.Sprintf("%x", sha256.Sum256([]byte("inner")))
	for _, alg := range []string{"ECDH-ES", "ECDH-ES+A128KW", "A128KW", "A256GCMKW", "dir"} {
		key, _ := publicKey(alg, "A128GCM")
		f.Add(sealed(f, alg, "A128GCM", key, want, nil))
	}
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}`)) + "..AA.AA.AA")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"A128GCMKW","enc":"A128GCM","iv":"AA","tag":""}`)) + ".AA.AA.AA.AA")
	f.Fuzz(func(t *testing.T, compact string) {
		plain, err := d.Decrypt(compact)
		if err == nil && string(plain) != want {
			t.Fatalf("%q opens as %q", compact, plain)
		}
		if err != nil && !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrEncrypted) {
			t.Fatalf("an error of another kind: %v", err)
		}
	})
}
