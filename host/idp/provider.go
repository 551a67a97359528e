package idp

// New, and the way of a request to its step.

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/claims"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/keys"
	"github.com/doorward/doorward/host/idp/pages"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/idp/proof"
	"github.com/doorward/doorward/host/login"
)

// Provider is the built-in identity provider, an http.Handler for every path
// below the issuer's. It is safe for concurrent use.
type Provider struct {
	cfg        Config
	base       string // the issuer's path
	origin     string // the issuer's origin
	secure     bool   // cookies are Secure
	clients    *clients.Registry
	scopes     claims.Scopes
	keys       *keys.Ring
	grants     *grants.Store
	proofs     proof.Verifier
	attempts   *throttle
	hashing    hasher
	routes     map[string]route
	pages      *pages.Pages
	fetches    chan struct{} // of request objects under way
	strangers  chan struct{} // the same for clients that registered themselves
	pushes     *pushes
	logouts    chan struct{}     // says that there are logout tokens to send
	registrars registrars        // in open registration
	passkeys   *factors.Passkeys // nil: the issuer's host is an address
}

// hasher checks and hashes passwords, so many at once; people.Hasher is one.
type hasher interface {
	Matches(ctx context.Context, hash, password string) (bool, error)
	Hash(ctx context.Context, password string) (string, error)
}

// New checks cfg and makes the provider, with its signing key: the one in the
// store, or at the first start a new one. Errors say what to change in cfg, or
// wrap store.ErrUnavailable.
func New(cfg Config) (*Provider, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("built-in identity provider: %w", err)
	}
	scopes, err := claims.NewScopes(cfg.Scopes)
	if err != nil {
		return nil, fmt.Errorf("built-in identity provider: %w", err)
	}
	issuer, _ := url.Parse(cfg.Issuer) // complete parsed it
	p := &Provider{
		cfg: cfg, base: issuer.Path, origin: originOf(issuer), secure: issuer.Scheme == "https",
		scopes: scopes, attempts: newThrottle(cfg.Now), hashing: people.NewHasher(people.HashesAtOnce, people.HashesWait),
		fetches: make(chan struct{}, fetchesAtOnce), strangers: make(chan struct{}, fetchesAtOnce),
		pushes: &pushes{now: cfg.Now}, logouts: make(chan struct{}, 1),
	}
	if err = p.openGrants(context.Background()); err != nil {
		return nil, fmt.Errorf("built-in identity provider: signing keys: %w", err)
	}
	if p.clients, err = p.registry(); err != nil {
		return nil, fmt.Errorf("built-in identity provider: %w", err)
	}
	if err := p.checkAlgorithms(); err != nil {
		return nil, fmt.Errorf("built-in identity provider: %w", err)
	}
	p.passkeys, err = factors.NewPasskeys(issuer, p.siteName())
	if err != nil && slices.Contains(cfg.Methods, factors.Passkey) {
		return nil, fmt.Errorf("built-in identity provider: %w", err)
	}
	if err := p.openPages(); err != nil {
		return nil, fmt.Errorf("built-in identity provider: %w", err)
	}
	p.routes = p.table()
	return p, nil
}

// openGrants readies what signs tokens and what keeps them.
func (p *Provider) openGrants(ctx context.Context) (err error) {
	signing := p.cfg.SigningKeys
	signing.Store, signing.Keys, signing.Now = p.cfg.Store, p.cfg.Keys, p.now
	signing.Valid = max(signing.Valid, p.cfg.Tokens, p.cfg.IDTokens)
	p.keys, err = keys.Open(ctx, signing)
	p.grants = &grants.Store{Store: p.cfg.Store, Now: p.now, AccessFor: p.cfg.Tokens, RefreshFor: p.cfg.Refresh, TokenID: p.tokenID}
	p.proofs = proof.Verifier{Store: p.cfg.Store, Now: p.now}
	return err
}

func (p *Provider) now() time.Time { return p.cfg.Now() }

// fail shows a failure to a person and logs it.
func (p *Provider) fail(w http.ResponseWriter, r *http.Request, f *login.Fault) {
	p.cfg.Log.WarnContext(r.Context(), "identity provider refused", "request", requestID(r), "code", string(f.Code), "detail", f.Detail)
	p.failPage(w, r, f)
}

// requestID is the number that the host, where there is one, gave the request:
// a page shows it, and the log has it.
func requestID(r *http.Request) string { return clip(r.Header.Get("X-Request-Id"), 64) }

// unavailable is the Fault of a store that does not answer.
func unavailable(doing string, err error) *login.Fault {
	return login.NewFault(login.CodeStoreUnavailable, "%s: %w", doing, err)
}
