package conformance_test

// The relying party's keys, and what it signs with them.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

var (
	keysMu sync.Mutex
	keys   = map[string]jose.JSONWebKey{}
)

// clientKey is the relying party's RSA key of that id, the same each time.
func clientKey(id string) jose.JSONWebKey {
	return madeOnce(id, "RS256", func() any {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
}

// curveKey is an ES256 key.
func curveKey(id string) jose.JSONWebKey {
	return madeOnce(id, "ES256", func() any {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
}

func madeOnce(id, alg string, make func() any) jose.JSONWebKey {
	keysMu.Lock()
	defer keysMu.Unlock()
	if _, there := keys[id]; !there {
		keys[id] = jose.JSONWebKey{Key: make(), KeyID: id, Algorithm: alg, Use: "sig"}
	}
	return keys[id]
}

// keySet is the public half of keys as a document.
func keySet(t testing.TB, keys ...jose.JSONWebKey) json.RawMessage {
	t.Helper()
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	raw, err := json.Marshal(set)
	must(t, err)
	return raw
}

// signed is claims as a JWT signed with key; header adds to the header.
func signed(t testing.TB, key jose.JSONWebKey, claims any, header map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	must(t, err)
	payload, err := json.Marshal(claims)
	must(t, err)
	jws, err := signer.Sign(payload)
	must(t, err)
	token, err := jws.CompactSerialize()
	must(t, err)
	return token
}

// unsigned is claims as a JWT whose algorithm is "none".
func unsigned(t testing.TB, claims any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	must(t, err)
	return b64.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + b64.EncodeToString(payload) + "."
}

// assertion is a client assertion (RFC 7523) with changed claims.
func (c *client) assertion(changes map[string]any) string {
	now := c.op.clock.Now()
	claims := map[string]any{"iss": c.id, "sub": c.id, "aud": c.op.issuer, "jti": random(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for name, value := range changes {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	return signed(c, c.key, claims, nil)
}

var b64 = base64.RawURLEncoding

// random is 256 random bits in base64url.
func random() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return b64.EncodeToString(raw[:])
}

// hmacSigned is claims as a JWT signed with a secret.
func hmacSigned(t testing.TB, secret string, claims any) string {
	t.Helper()
	return signed(t, jose.JSONWebKey{Key: []byte(secret), Algorithm: "HS256"}, claims, nil)
}

// tampered has the header and signature of one JWT and the payload of another.
func tampered(token, other string) string {
	a, b := strings.Split(token, "."), strings.Split(other, ".")
	return a[0] + "." + b[1] + "." + a[2]
}
