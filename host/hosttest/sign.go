// Signing: tokens with any header, so that wrong ones can be made too.

package hosttest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// Key is a signing key with the names under which it is published.
type Key struct {
	ID      string
	Private crypto.Signer
}

// Public is the key as it stands in a key set.
func (k Key) Public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Use: "sig"}
}

// Keys are made once in a test binary: making RSA keys is slow.
var (
	rsaKeys = [...]func() *rsa.PrivateKey{newRSA(), newRSA(), newRSA(), newRSA()}
	ecKey   = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	edKey   = sync.OnceValue(func() ed25519.PrivateKey { _, key, _ := ed25519.GenerateKey(rand.Reader); return key })
)

func newRSA() func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
}

// RSAKey is the i-th RSA key of 2048 bits of this test binary, which has four.
func RSAKey(i int) Key {
	return Key{ID: fmt.Sprintf("rsa-%d", i), Private: rsaKeys[i%len(rsaKeys)]()}
}

// ECKey is the P-256 key of this test binary.
func ECKey() Key { return Key{ID: "ec", Private: ecKey()} }

// EdKey is the Ed25519 key of this test binary.
func EdKey() Key { return Key{ID: "ed", Private: edKey()} }

// Sign makes a compact token. key is a crypto.Signer that fits alg (RS256,
// PS256, ES256, EdDSA), the secret ([]byte) of HS256, or nil for none. header
// must hold what the token is to say of itself: Sign adds nothing.
func Sign(alg string, key any, header, claims map[string]any) string {
	return SignRaw(alg, key, must(json.Marshal(header)), must(json.Marshal(claims)))
}

// SignRaw is Sign for a header and claims whose JSON text matters.
func SignRaw(alg string, key any, header, claims []byte) string {
	input := encode(header) + "." + encode(claims)
	return input + "." + encode(signature(alg, key, input))
}

func signature(alg string, key any, input string) []byte {
	digest := sha256.Sum256([]byte(input))
	switch alg {
	case "RS256":
		return must(rsa.SignPKCS1v15(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:]))
	case "PS256":
		opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return must(rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), crypto.SHA256, digest[:], opts))
	case "ES256":
		r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "EdDSA":
		return ed25519.Sign(key.(ed25519.PrivateKey), []byte(input))
	case "HS256":
		mac := hmac.New(sha256.New, key.([]byte))
		mac.Write([]byte(input))
		return mac.Sum(nil)
	}
	return nil
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
