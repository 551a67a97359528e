package proof

// A proof, from the header to the key's thumbprint.

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/store"
)

// Header carries the proof.
const Header = "DPoP"

// Window is how far a proof's iat may be from now, either way.
const Window = 2 * time.Minute

const (
	bucket    = "idp.proofs"
	proofType = "dpop+jwt"
	maxProof  = 8 << 10 // bytes
	maxID     = 256     // bytes, of a jti
)

// algorithms are those that a proof may be signed with: none that needs a
// shared secret, and not PKCS #1 v1.5.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.ES512, jose.EdDSA, jose.PS256, jose.PS384, jose.PS512}

// Algorithms are the names for dpop_signing_alg_values_supported.
func Algorithms() []string {
	names := make([]string, len(algorithms))
	for i, alg := range algorithms {
		names[i] = string(alg)
	}
	return names
}

var (
	// ErrMissing says that the request carries no proof.
	ErrMissing = errors.New("a DPoP proof is needed")
	// ErrInvalid is wrapped by what says what is wrong with a proof
	// (invalid_dpop_proof). Its message is for the client.
	ErrInvalid = errors.New("the DPoP proof is not good")
)

func invalid(why string) error { return fmt.Errorf("%w: %s", ErrInvalid, why) }

// Verifier verifies proofs, each of them once. It is safe for concurrent use.
type Verifier struct {
	Store store.Store
	Now   func() time.Time
}

// Verify is the SHA-256 JWK thumbprint (RFC 7638, base64url) of the key that
// the request with that header proves to hold. method and target are those of
// the request; target's query and fragment do not count. accessToken is the
// token that the request presents, empty where it asks for one; the caller
// compares the thumbprint with the one that the token is bound to.
//
// A good proof is written to the store, so that it is good once, and forgotten
// when it is too old anyway: call Verify only once whoever asks has shown a
// credential.
//
// # Errors
//
// ErrMissing, ErrInvalid, or one of the store.
//
// See RFC 9449, section 4.3.
func (v Verifier) Verify(ctx context.Context, header http.Header, method, target, accessToken string) (string, error) {
	proofs := header.Values(Header)
	if len(proofs) == 0 {
		return "", ErrMissing
	}
	if len(proofs) > 1 {
		return "", invalid("send it once")
	}
	key, claims, err := read(proofs[0])
	if err != nil {
		return "", err
	}
	if err := v.fits(claims, method, target, accessToken); err != nil {
		return "", err
	}
	thumbprint, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return "", invalid("its key has no thumbprint")
	}
	jkt := base64.RawURLEncoding.EncodeToString(thumbprint)
	if err := v.once(ctx, jkt, claims.ID); err != nil {
		return "", err
	}
	return jkt, nil
}

// claims of a proof. What it does not name is ignored.
type claims struct {
	ID     string   `json:"jti"`
	Method string   `json:"htm"`
	Target string   `json:"htu"`
	Issued *float64 `json:"iat"`
	Hash   *string  `json:"ath"`
}

// read verifies a proof with the key that it carries.
func read(compact string) (*jose.JSONWebKey, claims, error) {
	var c claims
	if len(compact) > maxProof {
		return nil, c, invalid("it is too long")
	}
	signed, err := jose.ParseSignedCompact(compact, algorithms)
	if err != nil {
		return nil, c, invalid("it must be a JWT, signed with one of " + strings.Join(Algorithms(), ", ") + ", with its public key in the header")
	}
	head := signed.Signatures[0].Protected
	if head.ExtraHeaders[jose.HeaderType] != proofType {
		return nil, c, invalid("its typ must be " + proofType)
	}
	key := head.JSONWebKey
	if key == nil || !key.IsPublic() || !strong(key.Key) {
		return nil, c, invalid("its header must hold the public key as jwk, RSA with 2048 to 4096 bits")
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return nil, c, invalid("its signature does not fit its key")
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return nil, c, invalid("its claims cannot be read")
	}
	return key, c, nil
}

// strong bounds RSA keys: short ones prove nothing, long ones cost us time.
func strong(key any) bool {
	k, isRSA := key.(*rsa.PublicKey)
	return !isRSA || k.N.BitLen() >= 2048 && k.N.BitLen() <= 4096
}

func (v Verifier) fits(c claims, method, target, accessToken string) error {
	if c.Issued == nil {
		return invalid("it needs iat, in seconds")
	}
	age := float64(v.Now().Unix()) - *c.Issued
	switch {
	case c.ID == "" || len(c.ID) > maxID:
		return invalid("it needs a jti of at most 256 bytes")
	case c.Method != method:
		return invalid("its htm is not the method of the request")
	case !same(c.Target, target):
		return invalid("its htu is not the address of the request")
	case age > Window.Seconds() || age < -Window.Seconds():
		return invalid("its iat is too far from now")
	case accessToken == "":
		return nil
	case c.Hash == nil:
		return invalid("it needs ath")
	}
	sum := sha256.Sum256([]byte(accessToken))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(*c.Hash), []byte(want)) != 1 {
		return invalid("its ath is not the hash of the access token")
	}
	return nil
}

// same compares two addresses as RFC 3986, section 6.2.2 and 6.2.3 does for
// http, without their queries and fragments.
func same(claimed, target string) bool {
	a, errA := url.Parse(claimed)
	b, errB := url.Parse(target)
	if errA != nil || errB != nil || a.User != nil || a.Host == "" {
		return false
	}
	return strings.EqualFold(a.Scheme, b.Scheme) && host(a) == host(b) && path(a) == path(b)
}

func host(u *url.URL) string {
	port := u.Port()
	if port == "" && strings.EqualFold(u.Scheme, "https") {
		port = "443"
	} else if port == "" {
		port = "80"
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

func path(u *url.URL) string {
	if u.Path == "" {
		return "/"
	}
	return u.Path
}

// once refuses a proof that came before.
func (v Verifier) once(ctx context.Context, jkt, id string) error {
	sum := sha256.Sum256([]byte(jkt + id))
	err := v.Store.Apply(ctx, store.Op{
		Bucket: bucket, Key: base64.RawURLEncoding.EncodeToString(sum[:]), Value: []byte{1},
		Expires: v.Now().Add(2*Window + time.Second), If: new(uint64),
	})
	if errors.Is(err, store.ErrConflict) {
		return invalid("it was used before")
	}
	return err
}
