// Assertions: what the host itself signs, for applications to verify.

package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	strict "github.com/go-jose/go-jose/v4/json" // tells "iss" from "Iss"
)

// MediaTypeJWKS is the media type of JWKS, RFC 7517 section 8.5.2.
const MediaTypeJWKS = "application/jwk-set+json"

const (
	seedSize = 32
	maxSeeds = 8
)

// JWKSLife is how long verifiers may keep JWKS without asking again. A key that
// is new signs a minute after that: then nobody holds a set without it.
const JWKSLife = 5 * time.Minute

// AssertionSigner signs JWTs with ES256, and publishes the keys that verify
// them. The keys come from seeds alone: the same seeds give the same keys,
// whenever and wherever. It is safe for concurrent use. Printing it shows
// nothing secret.
type AssertionSigner struct {
	issuer string
	now    func() time.Time
	keys   atomic.Pointer[assertionKeys]
}

// assertionKeys never change.
type assertionKeys struct {
	first, second *assertionKey // of the first two seeds; second may be nil
	from          time.Time     // when the first begins to sign
	jwks          []byte
}

type assertionKey struct {
	private *ecdsa.PrivateKey
	header  string // the protected header, encoded, with its dot
}

// NewAssertionSigner makes a signer whose iss is issuer. Each seed is 32 secret
// bytes and gives one key. All of them are published. The first signs, but
// while it is known for less than JWKSLife and a minute, counted from since, the
// second does when there is one. now is time.Now when nil.
func NewAssertionSigner(issuer string, seeds [][]byte, since time.Time, now func() time.Time) (*AssertionSigner, error) {
	if issuer == "" {
		return nil, errors.New("assertions need an issuer")
	}
	if now == nil {
		now = time.Now
	}
	s := &AssertionSigner{issuer: issuer, now: now}
	return s, s.Rotate(seeds, since)
}

// Rotate takes other seeds, as NewAssertionSigner does, for every later Sign
// and JWKS. With an error, the keys stay as they are.
func (s *AssertionSigner) Rotate(seeds [][]byte, since time.Time) error {
	keys, err := newAssertionKeys(seeds)
	if err != nil {
		return fmt.Errorf("the keys of assertions: %w", err)
	}
	keys.from = since.Add(JWKSLife + time.Minute)
	s.keys.Store(keys)
	return nil
}

func newAssertionKeys(seeds [][]byte) (*assertionKeys, error) {
	if len(seeds) == 0 || len(seeds) > maxSeeds {
		return nil, fmt.Errorf("there are 1 to %d seeds, not %d", maxSeeds, len(seeds))
	}
	keys, set := &assertionKeys{}, jose.JSONWebKeySet{}
	for i, seed := range seeds {
		private, err := deriveP256(seed)
		if err != nil {
			return nil, err
		}
		public, err := published(private)
		if err != nil {
			return nil, err
		}
		if set.Key(public.KeyID) != nil {
			return nil, errors.New("two seeds are the same")
		}
		set.Keys = append(set.Keys, public)
		switch i {
		case 0:
			keys.first = &assertionKey{private, assertionHeader(public.KeyID)}
		case 1:
			keys.second = &assertionKey{private, assertionHeader(public.KeyID)}
		}
	}
	var err error
	keys.jwks, err = json.Marshal(set)
	return keys, err
}

// deriveP256 is the private key of a seed: 64 bits more than the curve's order
// has, reduced, so that no key is noticeably likelier than another.
//
// See FIPS 186-5, appendix A.2.1.
func deriveP256(seed []byte) (*ecdsa.PrivateKey, error) {
	if len(seed) != seedSize {
		return nil, fmt.Errorf("a seed has %d bytes, not %d", seedSize, len(seed))
	}
	wide, err := hkdf.Key(sha256.New, seed, nil, "doorward/assertion/v1/ES256", 32+8)
	if err != nil {
		return nil, err
	}
	last := new(big.Int).Sub(elliptic.P256().Params().N, big.NewInt(1))
	d := new(big.Int).SetBytes(wide)
	d.Add(d.Mod(d, last), big.NewInt(1)) // 1 to the order less one
	return ecdsa.ParseRawPrivateKey(elliptic.P256(), d.FillBytes(make([]byte, 32)))
}

// published is the public key, named by its thumbprint (RFC 7638).
func published(private *ecdsa.PrivateKey) (jose.JSONWebKey, error) {
	public := jose.JSONWebKey{Key: private.Public(), Algorithm: string(jose.ES256), Use: "sig"}
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	public.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return public, err
}

// assertionHeader needs no escaping: a thumbprint is base64url.
func assertionHeader(kid string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"`+kid+`","typ":"JWT"}`)) + "."
}

// signs is the key that signs at now.
func (k *assertionKeys) signs(now time.Time) *assertionKey {
	if k.second != nil && now.Before(k.from) {
		return k.second
	}
	return k.first
}

// JWKS is the JSON of the public keys (RFC 7517, section 5), in the order of
// their seeds. Callers must not change it.
func (s *AssertionSigner) JWKS() []byte { return s.keys.Load().jwks }

// Sign returns claims, which encode to a JSON object, as a compact JWS whose
// typ is JWT. Claims without iss or iat get them: the signer's issuer, and the
// present second. Another iss is an error. Who may believe the assertion, and
// for how long (aud, exp), is the caller's to say.
//
// See RFC 7519 and RFC 7518, section 3.4.
func (s *AssertionSigner) Sign(claims any) (string, error) {
	payload, err := s.payload(claims)
	if err != nil {
		return "", fmt.Errorf("sign the assertion: %w", err)
	}
	return s.keys.Load().signs(s.now()).sign(payload)
}

// payload is the JSON of claims, with iss and iat.
func (s *AssertionSigner) payload(claims any) ([]byte, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	var given struct {
		Iss strict.RawMessage `json:"iss"`
		Iat strict.RawMessage `json:"iat"`
	}
	if err := strict.Unmarshal(body, &given); err != nil || body[0] != '{' {
		return nil, errors.New("the claims are not a json object")
	}
	issuer, err := json.Marshal(s.issuer)
	if err != nil {
		return nil, err
	}
	var head []byte
	switch {
	case given.Iss == nil:
		head = fmt.Appendf(head, `,"iss":%s`, issuer)
	case string(given.Iss) != string(issuer):
		return nil, errors.New("the claims hold an iss that is not the signer's")
	}
	if given.Iat == nil {
		head = fmt.Appendf(head, `,"iat":%d`, s.now().Unix())
	}
	return with(body, head), nil
}

// with adds members, each behind a comma, to a JSON object.
func with(object, members []byte) []byte {
	switch {
	case len(members) == 0:
		return object
	case len(object) == len("{}"):
		return append(append([]byte{'{'}, members[1:]...), '}')
	}
	return append(append(object[:len(object)-1:len(object)-1], members...), '}')
}

// sign writes the three parts. The header of a key never changes, which is why
// this is not go-jose's signer: that encodes it anew every time.
func (k *assertionKey) sign(payload []byte) (string, error) {
	const signature = 64 // bytes: r and s
	b64 := base64.RawURLEncoding
	out := make([]byte, 0, len(k.header)+b64.EncodedLen(len(payload))+1+b64.EncodedLen(signature))
	out = b64.AppendEncode(append(out, k.header...), payload)
	digest := sha256.Sum256(out)
	r, sv, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign the assertion: %w", err)
	}
	var rs [signature]byte
	r.FillBytes(rs[:32])
	sv.FillBytes(rs[32:])
	return string(b64.AppendEncode(append(out, '.'), rs[:])), nil
}

// String is the issuer.
func (s *AssertionSigner) String() string { return "assertions of " + s.issuer }

// Format prints String for every verb, so that no verb shows a key.
func (s *AssertionSigner) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }
