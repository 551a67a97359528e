package keys

// The ring: what signs now, what verifies, and how both are read.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/store"
)

// Sealer encrypts for one purpose; host/keyring is one. One that also has
// Stale says which sealed values a rotation of the host's key left behind.
type Sealer interface {
	Seal(purpose string, plaintext, aad []byte) []byte
	Open(purpose string, sealed, aad []byte) ([]byte, error)
}

// Config says what a Ring holds. Zero values of Algorithms, Valid, Keep and
// Now have defaults.
type Config struct {
	Store store.Store
	Keys  Sealer

	Algorithms []string      // RS256, ES256 and EdDSA when empty; RS256 is always among them
	Rotate     time.Duration // how long a key signs; zero: until somebody rotates
	Keep       time.Duration // a key stays published for Valid and this after its last signature; 48 hours
	Valid      time.Duration // how long a signature counts, the longest life of a token; 1 hour
	Now        func() time.Time
}

// check completes the configuration.
func (c *Config) check() error {
	if len(c.Algorithms) == 0 {
		c.Algorithms = Algorithms()
	}
	for i, alg := range c.Algorithms {
		if !slices.Contains(Algorithms(), alg) || slices.Contains(c.Algorithms[:i], alg) {
			return fmt.Errorf("the signing algorithm %q must be one of %v, once", alg, Algorithms())
		}
	}
	if !slices.Contains(c.Algorithms, string(jose.RS256)) {
		return errors.New("the signing algorithms must hold RS256, which every client may expect")
	}
	if c.Rotate < 0 || c.Keep < 0 || c.Valid < 0 || c.Rotate > 0 && c.Rotate < MinRotate {
		return fmt.Errorf("signing keys rotate every %s or more seldom, and nothing of them lasts a negative time", MinRotate)
	}
	if c.Keep == 0 {
		c.Keep = 48 * time.Hour
	}
	if c.Valid == 0 {
		c.Valid = time.Hour
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return nil
}

// MinRotate is the shortest time between two scheduled rotations.
const MinRotate = time.Hour

// Algorithms are those that a Ring can sign with.
func Algorithms() []string {
	return []string{string(jose.RS256), string(jose.ES256), string(jose.EdDSA)}
}

// ErrToken says that a token was not signed by this ring.
var ErrToken = errors.New("the token was not signed by this provider")

// Ring signs and verifies. It is safe for concurrent use.
type Ring struct {
	cfg     Config
	current atomic.Pointer[set]
}

// set is what the store holds of the keys. It never changes.
type set struct {
	keys    []key
	sealed  []byte
	version uint64
}

// Open reads the keys from the store, makes those that are missing, and seals
// them anew when the host's key has changed. Errors say what to change in cfg
// or that the record cannot be read, or wrap store.ErrUnavailable.
func Open(ctx context.Context, cfg Config) (*Ring, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r := &Ring{cfg: cfg}
	if err := r.Reload(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// Algorithms are those of the configuration, in its order.
func (r *Ring) Algorithms() []string { return slices.Clone(r.cfg.Algorithms) }

// Sign is claims as a compact JWT of that type (such as "JWT" or "at+jwt"),
// signed with the present key of alg; "" is RS256. An algorithm that is not
// configured is an error.
func (r *Ring) Sign(ctx context.Context, alg, typ string, claims any) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if alg == "" {
		alg = string(jose.RS256)
	}
	key, ok := r.signer(alg)
	if !ok {
		return "", fmt.Errorf("there is no signing key for %q; name the algorithm in signing_keys.algorithms", alg)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key.private}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}

// signer is the newest key of alg whose time to sign has come.
func (r *Ring) signer(alg string) (key, bool) {
	now := r.cfg.Now()
	for _, k := range r.current.Load().keys {
		if k.Algorithm == alg && k.Retired.IsZero() && !k.From.After(now) {
			return k, slices.Contains(r.cfg.Algorithms, alg)
		}
	}
	return key{}, false
}

// Public is the key set to publish: keys that will sign soon, those that sign,
// and those whose signatures may still be met.
func (r *Ring) Public() *jose.JSONWebKeySet {
	out := &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range r.published() {
		out.Keys = append(out.Keys, k.public)
	}
	return out
}

func (r *Ring) published() []key {
	return r.needed(r.current.Load().keys, r.cfg.Now())
}

// Verify is the payload and the protected header of a compact JWS that a
// published key signed with one of algs, any of the ring's when none is named.
// Everything else is ErrToken. Claims are the caller's to check.
func (r *Ring) Verify(token string, algs ...string) ([]byte, jose.Header, error) {
	if len(token) > maxToken {
		return nil, jose.Header{}, ErrToken
	}
	if len(algs) == 0 {
		algs = Algorithms()
	}
	accepted := make([]jose.SignatureAlgorithm, len(algs))
	for i, alg := range algs {
		accepted[i] = jose.SignatureAlgorithm(alg)
	}
	signed, err := jose.ParseSignedCompact(token, accepted)
	if err != nil {
		return nil, jose.Header{}, ErrToken
	}
	head := signed.Signatures[0].Protected
	for _, k := range r.published() {
		if k.ID != head.KeyID || k.Algorithm != head.Algorithm {
			continue
		}
		if payload, err := signed.Verify(k.public.Key); err == nil {
			return payload, head, nil
		}
	}
	return nil, jose.Header{}, ErrToken
}

const maxToken = 64 << 10 // bytes
