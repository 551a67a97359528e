// Configuration: what a provider needs to be known by, and New.

package oidcrp

import (
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/doorward/doorward/host/token"
)

// Client authentication methods.
const (
	ClientSecretBasic = "client_secret_basic"
	ClientSecretPost  = "client_secret_post"
	PrivateKeyJWT     = "private_key_jwt"
	NoClientAuth      = "none"
)

// Response modes.
const (
	ModeQuery    = "query"
	ModeFormPost = "form_post"
)

// Config describes one provider. Zero values mean the defaults named here.
type Config struct {
	Name   string // as in providers.NAME
	Issuer string // compared octet by octet with every iss

	// With Endpoints.Authorization there is no discovery: then Token, and JWKS
	// or Keys, must be given too. Without it, Endpoints.UserInfo and
	// EndSession, and Keys, replace what discovery says.
	Endpoints Endpoints
	Keys      []byte // a JWK set's JSON, instead of a JWKS address

	ClientID     string
	ClientSecret token.Secret
	AuthMethod   string        // client_secret_basic
	PrivateKey   crypto.Signer // of private_key_jwt
	KeyID        string        // kid of PrivateKey, optional

	Scopes       []string // openid, profile, email
	ResponseMode string   // query
	RedirectURI  string   // used when the request brings none
	IDTokenAlgs  []string // token.Asymmetric(); HS ones must be named

	// TrustedAudiences may stand in aud beside ClientID.
	TrustedAudiences []string

	PushedRequests string // PushAuto
	SignOutMethod  string // POST, or GET for a provider that takes nothing else
	Encryption     Encryption

	UserInfo     UserInfo
	ClaimSources ClaimSources

	Skew       time.Duration // 60 s; negative for none
	TrustEmail bool          // every email of this provider counts as verified

	HTTP *token.Client // token.NewClient's default
	Now  func() time.Time
	Log  *slog.Logger // discards
}

// Endpoints are explicit addresses.
type Endpoints struct {
	Authorization string
	Token         string
	JWKS          string
	UserInfo      string // optional
	EndSession    string // optional
}

// UserInfo says how userinfo is called.
type UserInfo struct {
	Endpoint  string // auto (the default), off, or a URL
	Method    string // GET (the default) or POST
	OnFailure string // continue (the default) or refuse
}

// ClaimSources says which aggregated and distributed claims are believed.
type ClaimSources struct {
	Allow     []string          // addresses that claims are fetched from: the same scheme, host and port, and a path that begins so
	Endpoints map[string]string // by claim: where it is fetched from, whatever the token says
	Issuers   map[string]string // besides the provider: their key sets' addresses
	OnFailure string            // refuse (the default) or continue
}

// Provider is one OpenID Connect provider. It is safe for concurrent use.
type Provider struct {
	cfg    Config
	signer *assertionSigner // of private_key_jwt
	meta   *discovery

	decrypter *token.Decrypter         // nil when nothing may be encrypted
	allow     []*url.URL               // of ClaimSources
	issuers   map[string]*token.KeySet // of ClaimSources
}

// New checks cfg and returns the provider. It makes no call: a provider that is
// down is found out, and tried again, when it is used.
//
// The error joins every fault of cfg.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	p := &Provider{cfg: cfg}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.AuthMethod == PrivateKeyJWT {
		signer, err := newAssertionSigner(cfg.PrivateKey, cfg.KeyID)
		if err != nil {
			return nil, err
		}
		p.signer = signer
	}
	p.prepareSources()
	given, err := cfg.metadata()
	if err != nil {
		return nil, err
	}
	if p.decrypter, err = cfg.decrypter(); err != nil {
		return nil, err
	}
	p.meta = &discovery{issuer: cfg.Issuer, client: cfg.HTTP, now: cfg.Now, log: cfg.Log, given: given}
	return p, nil
}

func (c Config) withDefaults() Config {
	fallback(&c.AuthMethod, ClientSecretBasic)
	fallback(&c.ResponseMode, ModeQuery)
	fallback(&c.PushedRequests, PushAuto)
	fallback(&c.SignOutMethod, http.MethodPost)
	c.Encryption = c.Encryption.withDefaults()
	fallback(&c.UserInfo.Endpoint, "auto")
	fallback(&c.UserInfo.Method, "GET")
	fallback(&c.UserInfo.OnFailure, "continue")
	fallback(&c.ClaimSources.OnFailure, "refuse")
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"openid", "profile", "email"}
	}
	if len(c.IDTokenAlgs) == 0 {
		c.IDTokenAlgs = token.Asymmetric()
	}
	if c.Skew == 0 {
		c.Skew = time.Minute
	}
	c.Skew = max(c.Skew, 0)
	if c.HTTP == nil {
		c.HTTP = token.NewClient(token.ClientConfig{})
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func fallback(value *string, to string) {
	if *value == "" {
		*value = to
	}
}

// explicit says that there is no discovery.
func (c Config) explicit() bool { return c.Endpoints.Authorization != "" }

func (c Config) check() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf("provider %s: "+format, append([]any{c.Name}, args...)...))
		}
	}
	fault(c.Name == "", "its name is missing")
	fault(c.ClientID == "", "client_id is missing")
	fault(!slices.Contains(c.Scopes, "openid"), "scopes must hold openid")
	fault(c.HTTP.CheckURL(c.Issuer) != nil, "issuer must be an https address")
	fault(!slices.Contains([]string{ModeQuery, ModeFormPost}, c.ResponseMode), "response_mode must be query or form_post")
	fault(!slices.Contains([]string{"GET", "POST"}, c.UserInfo.Method), "userinfo.method must be GET or POST")
	fault(!slices.Contains([]string{"continue", "refuse"}, c.UserInfo.OnFailure), "userinfo.on_failure must be continue or refuse")
	fault(!slices.Contains([]string{PushAuto, PushAlways, PushOff}, c.PushedRequests), "pushed_authorization_requests must be auto, always or off")
	fault(c.PushedRequests == PushAlways && c.explicit(), "pushed_authorization_requests: always needs the endpoint in a discovery document: leave the endpoints to discovery")
	fault(c.Skew > 10*time.Minute, "skew must be at most 10m")
	err := token.CheckAlgs(c.IDTokenAlgs, c.ClientSecret)
	fault(err != nil, "%w", err)
	switch c.AuthMethod {
	case ClientSecretBasic, ClientSecretPost:
		fault(c.ClientSecret == "", "client_secret is missing: give client_secret_file or client_secret_env, or set client_auth: none")
	case PrivateKeyJWT:
		fault(c.PrivateKey == nil, "private_key_jwt needs a private key")
	case NoClientAuth:
	default:
		fault(true, "the client authentication method must be client_secret_basic, client_secret_post, private_key_jwt or none")
	}
	c.checkEndpoints(fault)
	c.checkSources(fault)
	return errors.Join(faults...)
}

func (c Config) checkEndpoints(fault func(wrong bool, format string, args ...any)) {
	explicit := map[string]string{
		"authorization": c.Endpoints.Authorization, "token": c.Endpoints.Token, "jwks": c.Endpoints.JWKS,
		"userinfo": c.Endpoints.UserInfo, "end_session": c.Endpoints.EndSession,
	}
	for _, name := range slices.Sorted(maps.Keys(explicit)) {
		address := explicit[name]
		fault(address != "" && c.HTTP.CheckURL(address) != nil, "endpoint %s must be an https address", name)
	}
	if !c.explicit() {
		fault(c.Endpoints.Token+c.Endpoints.JWKS != "", "endpoint token or jwks is given without authorization: give all three, or leave them to discovery")
	}
	if c.explicit() {
		fault(c.Endpoints.Token == "", "endpoint token is missing")
		fault((c.Endpoints.JWKS == "") == (c.Keys == nil), "give either endpoint jwks or keys")
	}
	if c.UserInfo.Endpoint != "auto" && c.UserInfo.Endpoint != "off" {
		fault(c.HTTP.CheckURL(c.UserInfo.Endpoint) != nil, "userinfo.endpoint must be auto, off or an https address")
	}
}
