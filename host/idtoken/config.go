// Configuration: what a token must be, and New.

package idtoken

import (
	"errors"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/token"
)

// Bounds and defaults.
const (
	defaultLifetime = time.Hour
	defaultSkew     = time.Minute
	maxSkew         = 10 * time.Minute
)

// Config describes one provider. Zero values mean the defaults named here.
type Config struct {
	Name   string // as in providers.NAME
	Header string // that the token comes in, for messages

	Issuer       string              // compared octet by octet with iss, once its {NAME}s are filled
	IssuerValues map[string][]string // what the claim NAME may be

	Audience          []string // whom a token may be for; aud holds one of them, and nobody else
	AuthorizedParties []string // whom azp may name

	Keys   *token.KeySet // that verify, or
	Secret token.Secret  // the one that does
	Algs   []string      // RS256, PS256, ES256 and EdDSA; those HMACs that Secret is long enough for

	MaxLifetime time.Duration // from iat, or from now when there is none; an hour
	Skew        time.Duration // 60 s; negative for none, at most ten minutes
	Reuse       bool          // a token may sign in more than once
	TrustEmail  bool          // every email of this provider counts as verified

	Now func() time.Time
}

// Provider takes the ID tokens of one issuer. It is safe for concurrent use.
type Provider struct {
	cfg    Config
	issuer template
}

// New checks cfg and returns the provider. It makes no call.
//
// The error joins every fault of cfg.
func New(cfg Config) (*Provider, error) {
	cfg = cfg.withDefaults()
	issuer, err := parseTemplate(cfg.Issuer, cfg.IssuerValues)
	if err = errors.Join(cfg.check(), err); err != nil {
		return nil, err
	}
	return &Provider{cfg: cfg, issuer: issuer}, nil
}

func (c Config) withDefaults() Config {
	if len(c.Algs) == 0 && c.Secret == "" {
		c.Algs = []string{"RS256", "PS256", "ES256", "EdDSA"}
	}
	if len(c.Algs) == 0 {
		for _, alg := range token.HMAC() {
			if token.CheckAlgs([]string{alg}, c.Secret) == nil {
				c.Algs = append(c.Algs, alg)
			}
		}
	}
	if c.MaxLifetime == 0 {
		c.MaxLifetime = defaultLifetime
	}
	if c.Skew == 0 {
		c.Skew = defaultSkew
	}
	c.Skew = max(c.Skew, 0)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

func (c Config) check() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(c.Name == "", "its name is missing")
	fault(len(c.Audience) == 0, "audience is missing: a token for anybody is a token for nobody")
	fault((c.Keys == nil) == (c.Secret == ""), "give either keys or a secret")
	fault(c.Secret != "" && len(c.Algs) == 0, "the secret is too short: HS256 needs 32 bytes")
	fault(c.MaxLifetime < 0, "max_lifetime is negative")
	fault(c.Skew > maxSkew, "skew must be at most %s", maxSkew)
	for _, alg := range c.Algs {
		err := token.CheckAlgs([]string{alg}, c.Secret)
		fault(err != nil, "%w", err)
		fault(err == nil && symmetric(alg) != (c.Secret != ""), "%s does not fit the keys: HMAC is verified with a secret, everything else with public keys", alg)
	}
	return errors.Join(faults...)
}

func symmetric(alg string) bool { return alg[:2] == "HS" }
