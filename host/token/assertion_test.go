package token

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/keyring"
)

const asserter = "https://login.example.com"

var assertedAt = time.Unix(1700000000, 5e8)

func seed(b byte) []byte { return bytes.Repeat([]byte{b}, 32) }

func signer(t testing.TB, seeds ...[]byte) *AssertionSigner {
	t.Helper()
	s, err := NewAssertionSigner(asserter, seeds, time.Time{}, func() time.Time { return assertedAt })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keySetOf(t testing.TB, s *AssertionSigner) (set jose.JSONWebKeySet) {
	t.Helper()
	if err := json.Unmarshal(s.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

// verified is what somebody who has nothing but the key set reads, by the
// token's kid.
func verified(t testing.TB, s *AssertionSigner, compact string) (header jose.Header, claims map[string]any, err error) {
	t.Helper()
	parsed, err := jwt.ParseSigned(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Headers[0], claims, parsed.Claims(keySetOf(t, s), &claims)
}

func TestAssertion_VerifiesWithThePublishedKey(t *testing.T) {
	s := signer(t, seed(1))
	type person struct {
		Subject string   `json:"sub"`
		Roles   []string `json:"roles"`
	}
	for name, c := range map[string]struct {
		claims any
		want   map[string]any
	}{
		"a map":       {map[string]any{"sub": "alice", "aud": "wiki"}, map[string]any{"sub": "alice", "aud": "wiki"}},
		"a struct":    {person{"ål\"ice\n", []string{"a", "b"}}, map[string]any{"sub": "ål\"ice\n", "roles": []any{"a", "b"}}},
		"nothing":     {map[string]any{}, map[string]any{}},
		"ISS, Iat":    {map[string]any{"ISS": "x", "Iat": "y"}, map[string]any{"ISS": "x", "Iat": "y"}},
		"its own iss": {map[string]any{"iss": asserter, "n": 1}, map[string]any{"n": 1.0}},
		"its own iat": {map[string]any{"iat": 5}, map[string]any{"iat": 5.0}},
		"both":        {map[string]any{"iss": asserter, "iat": 5}, map[string]any{"iat": 5.0}},
		"a number":    {map[string]any{"n": json.Number("5")}, map[string]any{"n": 5.0}},
		"raw bytes":   {json.RawMessage(`{"exp":1700000060}`), map[string]any{"exp": 1700000060.0}},
	} {
		compact, err := s.Sign(c.claims)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		header, claims, err := verified(t, s, compact)
		for claim, value := range map[string]any{"iss": asserter, "iat": 1700000000.0} {
			if c.want[claim] == nil {
				c.want[claim] = value
			}
		}
		if err != nil || !reflect.DeepEqual(claims, c.want) {
			t.Errorf("%s: %v, %v", name, claims, err)
		}
		if header.Algorithm != "ES256" || header.ExtraHeaders[jose.HeaderType] != "JWT" || header.KeyID != keySetOf(t, s).Keys[0].KeyID {
			t.Errorf("%s: header %+v", name, header)
		}
		if _, err := Parse(compact); err != nil { // strict: no member twice
			t.Errorf("%s: our own parser: %v", name, err)
		}
	}
}

func TestAssertion_ClaimsThatCannotBeSigned(t *testing.T) {
	s := signer(t, seed(1))
	for _, claims := range []any{
		nil, "text", 5, []string{"a"}, map[string]any(nil), func() {},
		map[string]any{"iss": "https://other.example.com"}, map[string]any{"iss": nil}, map[string]any{"iss": asserter + "/"},
	} {
		if compact, err := s.Sign(claims); err == nil || compact != "" {
			t.Errorf("%#v was signed", claims)
		}
	}
}

func TestAssertion_AForgedOneDoesNotVerify(t *testing.T) {
	s := signer(t, seed(1))
	compact, err := s.Sign(map[string]any{"sub": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Sign(map[string]any{"sub": "mallory"})
	if err != nil {
		t.Fatal(err)
	}
	a, b := strings.Split(compact, "."), strings.Split(other, ".")
	if _, _, err := verified(t, s, a[0]+"."+b[1]+"."+a[2]); !errors.Is(err, jose.ErrCryptoFailure) {
		t.Errorf("other claims under the signature: %v", err)
	}
	stranger := signer(t, seed(2))
	forged, err := stranger.Sign(map[string]any{"sub": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := verified(t, s, forged); err == nil {
		t.Error("a stranger's key was found in the set")
	}
}

// The vector pins the derivation: a host that derived other keys from its key
// after an update would break every application that keeps the key set.
func TestAssertion_KeysComeFromTheSeedsAlone(t *testing.T) {
	if a, b := signer(t, seed(1)), signer(t, seed(1)); !bytes.Equal(a.JWKS(), b.JWKS()) {
		t.Errorf("%s\n%s", a.JWKS(), b.JWKS())
	}
	const want = "5ILMjyuxXWPZ0gfqb4Mgxxs_EEIRSE_sK3Dr377-QdM"
	if got := keySetOf(t, signer(t, seed(1))).Keys[0].KeyID; got != want {
		t.Errorf("the key of the seed 01…01 is %s", got)
	}
	seen := map[string]bool{}
	for i := range 64 {
		seen[keySetOf(t, signer(t, seed(byte(i)))).Keys[0].KeyID] = true
	}
	if len(seen) != 64 {
		t.Errorf("64 seeds gave %d keys", len(seen))
	}
}

func TestAssertion_TheKeySetIsPublic(t *testing.T) {
	s := signer(t, seed(1), seed(2))
	set := keySetOf(t, s)
	if len(set.Keys) != 2 {
		t.Fatalf("%s", s.JWKS())
	}
	for _, key := range set.Keys {
		thumbprint, err := key.Thumbprint(crypto.SHA256)
		if err != nil || !key.IsPublic() || !key.Valid() || key.Use != "sig" || key.Algorithm != "ES256" || b64(string(thumbprint)) != key.KeyID {
			t.Errorf("%+v: %v", key, err)
		}
	}
	if own, err := parseKeys(s.JWKS()); err != nil || len(own) != 2 {
		t.Errorf("our own reader finds %d keys: %v", len(own), err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		if got := fmt.Sprintf(verb, s); got != "assertions of "+asserter {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

// A rotation of the host's key: what was signed before verifies until the key
// before is gone too.
func TestAssertion_RotationOverlaps(t *testing.T) {
	old, next, last := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{8}, 32), bytes.Repeat([]byte{9}, 32)
	seeds := func(current []byte, previous ...[]byte) [][]byte {
		ring, err := keyring.New(current, previous...)
		if err != nil {
			t.Fatal(err)
		}
		return ring.MACs("assertion", []byte("ES256"))
	}
	s := signer(t, seeds(old)...)
	before, err := s.Sign(map[string]any{"sub": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	verifies := func(compact string) bool {
		_, _, err := verified(t, s, compact)
		return err == nil
	}
	if err := s.Rotate(seeds(next, old), time.Time{}); err != nil {
		t.Fatal(err)
	}
	after, err := s.Sign(map[string]any{"sub": "alice"})
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := verified(t, s, after)
	was, _, _ := verified(t, s, before)
	if !verifies(before) || !verifies(after) || header.KeyID == was.KeyID || header.KeyID != keySetOf(t, s).Keys[0].KeyID {
		t.Errorf("before %s, after %s, published %s", was.KeyID, header.KeyID, s.JWKS())
	}
	if err := s.Rotate(nil, time.Time{}); err == nil || !verifies(after) {
		t.Errorf("a rotation to nothing: %v", err)
	}
	if err := s.Rotate(seeds(last, next), time.Time{}); err != nil || verifies(before) || !verifies(after) {
		t.Errorf("two rotations later: %v", err)
	}
}

// A new key is published for as long as somebody may hold a set without it, and
// signs then.
func TestAssertion_ANewKeyIsPublishedBeforeItSigns(t *testing.T) {
	now := assertedAt
	s, err := NewAssertionSigner(asserter, [][]byte{seed(1)}, now, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	kid := func() string {
		t.Helper()
		compact, err := s.Sign(map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		header, _, err := verified(t, s, compact)
		if err != nil {
			t.Fatal(err)
		}
		return header.KeyID
	}
	first := kid() // alone, it signs at once
	if err := s.Rotate([][]byte{seed(2), seed(1)}, now); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]string{0: first, JWKSLife: first, JWKSLife + time.Minute - 1: first, JWKSLife + time.Minute: keySetOf(t, s).Keys[0].KeyID} {
		if now = assertedAt.Add(after); kid() != want {
			t.Errorf("%v after the rotation, %s signs, want %s", after, kid(), want)
		}
	}
	if len(keySetOf(t, s).Keys) != 2 || keySetOf(t, s).Keys[0].KeyID == first {
		t.Errorf("published: %s", s.JWKS())
	}
}

func TestAssertion_MalformedSeeds(t *testing.T) {
	nine := make([][]byte, 9)
	for i := range nine {
		nine[i] = seed(byte(i))
	}
	for name, seeds := range map[string][][]byte{
		"none": nil, "short": {seed(1)[:31]}, "long": {append(seed(1), 1)}, "an empty one": {seed(1), nil}, "twice": {seed(1), seed(1)}, "many": nine,
	} {
		if s, err := NewAssertionSigner(asserter, seeds, time.Time{}, nil); err == nil {
			t.Errorf("%s: %v", name, s)
		}
	}
	if _, err := NewAssertionSigner("", [][]byte{seed(1)}, time.Time{}, nil); err == nil {
		t.Error("there is no issuer")
	}
}

func TestAssertion_IsSafeForConcurrentUse(t *testing.T) {
	s := signer(t, seed(1), seed(2))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				compact, err := s.Sign(map[string]any{"n": i})
				if err != nil {
					t.Error(err)
					return
				}
				if _, claims, err := verified(t, s, compact); err != nil || claims["n"] != float64(i) {
					t.Errorf("%v, %v", claims, err)
				}
				if err := s.Rotate([][]byte{seed(byte(1 + i%2)), seed(byte(2 - i%2))}, time.Time{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkAssertion is Sign beside a bare signature and beside go-jose's
// signer with the same claims.
func BenchmarkAssertion(b *testing.B) {
	s := signer(b, seed(1))
	claims := map[string]any{
		"sub": "7c1e0d2f", "aud": "wiki", "exp": 1700000060, "idp": "corp", "email": "ada@example.com",
		"roles": []string{"admin", "engineer"}, "levels": []string{"Authenticated", "Authenticated/Fresh"},
	}
	key := s.keys.Load().first.private
	b.Run("Sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Sign(claims); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("crypto-ecdsa", func(b *testing.B) {
		digest := sha256.Sum256([]byte("x"))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ecdsa.SignASN1(rand.Reader, key, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-jose", func(b *testing.B) {
		generic, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("JWT"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			payload, err := s.payload(claims)
			if err != nil {
				b.Fatal(err)
			}
			signed, err := generic.Sign(payload)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := signed.CompactSerialize(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
