package clients

// A client's public keys: given, or fetched from where it publishes them.

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4/json" // tells "d" from "D"

	"github.com/doorward/doorward/host/token"
)

// Bounds of what is fetched from a client.
const (
	maxKeySet    = 64 << 10 // bytes
	fetchTimeout = 5 * time.Second
	maxKeySets   = 4096 // in memory
)

func (r *Registry) outgoing(private bool) *token.Client {
	return token.NewClient(token.ClientConfig{
		Timeout: fetchTimeout, MaxBody: maxKeySet, AllowLoopback: private, DenyPrivate: !private, Transport: r.cfg.Transport,
	})
}

// Outgoing is the way to the addresses that c named: bounded to five seconds
// and 64 KiB, without redirects. For a client that registered itself it refuses
// private addresses, whatever name leads there, unless the configuration
// allows them.
func (r *Registry) Outgoing(c Client) *token.Client {
	if c.Registered == 0 {
		return r.trusted
	}
	return r.guarded
}

// ErrNoKeys says that the client has given no public keys.
var ErrNoKeys = errors.New("the client has no public keys: register jwks or jwks_uri")

// Keys are the client's public keys. Those at a jwks_uri are fetched when they
// are first needed, and again for an unknown kid at a bounded rate, as
// token.KeySet says. Errors are ErrNoKeys, or say what is wrong with the set.
func (r *Registry) Keys(c Client) (*token.KeySet, error) {
	if len(c.Keys) == 0 && c.KeysURL == "" {
		return nil, ErrNoKeys
	}
	sum := sha256.Sum256(append([]byte(c.KeysURL+"\x00"), c.Keys...))
	return r.keys.get(c.ID+" "+base64.RawURLEncoding.EncodeToString(sum[:]), func() (*token.KeySet, error) {
		if c.KeysURL != "" {
			return token.NewKeySet(r.Outgoing(c), c.KeysURL, r.cfg.Now), nil
		}
		return token.NewStaticKeySet(c.Keys)
	})
}

// Verify parses a JWT that c signed with one of algs and verifies its
// signature, whatever its claims say.
//
// # Errors
//
// ErrNoKeys, token.ErrMalformed, token.ErrSignature, or token.ErrKeys when the
// client's keys could not be fetched.
func (r *Registry) Verify(ctx context.Context, c Client, compact string, algs ...string) (*token.JWT, error) {
	jwt, err := token.Parse(compact)
	if err != nil {
		return nil, err
	}
	keys, err := r.Keys(c)
	if err != nil {
		return nil, err
	}
	return jwt, jwt.Verify(ctx, token.Rules{Algs: algs, Keys: keys})
}

// keySets are the key sets in use; each keeps how often it was fetched.
type keySets struct {
	mu   sync.Mutex
	held map[string]*token.KeySet
}

func (k *keySets) get(name string, make func() (*token.KeySet, error)) (*token.KeySet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if set, ok := k.held[name]; ok {
		return set, nil
	}
	set, err := make()
	if err != nil {
		return nil, err
	}
	for old := range k.held { // any one
		if len(k.held) < maxKeySets {
			break
		}
		delete(k.held, old)
	}
	k.held[name] = set
	return set, nil
}

var errPrivateKey = errors.New("the key set holds a private or symmetric key: make a new one, and give only the public part")

func refusePrivate(jwks []byte) error {
	var set struct {
		Keys []struct {
			D json.RawMessage `json:"d"`
			K json.RawMessage `json:"k"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return errors.New("the key set is not a JWK set")
	}
	for _, key := range set.Keys {
		if key.D != nil || key.K != nil {
			return errPrivateKey
		}
	}
	return nil
}
