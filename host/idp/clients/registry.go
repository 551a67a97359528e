package clients

// The registry: configured clients first, then those that registered.

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/token"
)

// ErrUnknown says that no client has that id.
var ErrUnknown = errors.New("no such client")

// Sealer encrypts for one purpose; host/keyring is one.
type Sealer interface {
	Seal(purpose string, plaintext, aad []byte) []byte
	Open(purpose string, sealed, aad []byte) ([]byte, error)
}

// Config is what a Registry is made of.
type Config struct {
	Configured   []Client
	Store        store.Store
	Keys         Sealer
	Registration Registration
	Issuer       string
	Token        string // the URL of the token endpoint, which a client's assertion may name like Issuer
	Endpoint     string // the URL of the registration endpoint
	// Algorithms are those that ID tokens and userinfo answers can be signed
	// with; RS256 when empty.
	Algorithms []string
	// Transport is the way to other hosts; when nil, one of our own, which for
	// registered clients refuses private addresses.
	Transport http.RoundTripper
	Now       func() time.Time
}

// Registry knows every client. It is safe for concurrent use.
type Registry struct {
	cfg        Config
	configured map[string]Client
	trusted    *token.Client // to what the configuration names
	guarded    *token.Client // to what clients named themselves
	keys       keySets
	registers  sync.Mutex // the count of clients and its change
}

// New checks the configured clients and makes the registry. Errors say what to
// change.
func New(cfg Config) (*Registry, error) {
	if err := cfg.Registration.complete(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.Algorithms) == 0 {
		cfg.Algorithms = []string{"RS256"}
	}
	r := &Registry{cfg: cfg, configured: map[string]Client{}, keys: keySets{held: map[string]*token.KeySet{}}}
	r.trusted, r.guarded = r.outgoing(true), r.outgoing(cfg.Registration.AllowPrivate)
	for _, c := range cfg.Configured {
		if c.Auth == "" {
			c.Auth = AuthBasic
		}
		if err := c.Check(); err != nil {
			return nil, err
		}
		if err := r.signs(c); err != nil {
			return nil, fmt.Errorf("client %s: %w", c.ID, err)
		}
		if _, twice := r.configured[c.ID]; twice {
			return nil, fmt.Errorf("client %s is configured twice", c.ID)
		}
		r.configured[c.ID] = c
	}
	return r, nil
}

// Client is the client called id.
//
// # Errors
//
// ErrUnknown, or one that wraps store.ErrUnavailable.
func (r *Registry) Client(ctx context.Context, id string) (Client, error) {
	if c, ok := r.configured[id]; ok {
		return c, nil
	}
	rec, err := r.record(ctx, id)
	if err != nil {
		return Client{}, err
	}
	return r.clientOf(rec), nil
}

// signs says which of the client's algorithms this provider has no key for.
func (r *Registry) signs(c Client) error {
	for name, alg := range map[string]string{"id_token_signed_response_alg": c.IDTokenAlg, "userinfo_signed_response_alg": c.UserInfoAlg} {
		if alg != "" && !slices.Contains(token.HMAC(), alg) && !slices.Contains(r.cfg.Algorithms, alg) {
			return fmt.Errorf("%s: this provider has no key for %s; it signs with %s", name, alg, strings.Join(r.cfg.Algorithms, ", "))
		}
	}
	return nil
}
