package host

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idtoken"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
	"github.com/doorward/doorward/host/web"
)

// idTokenProvider makes the provider called name, whose keys are fetched through
// transport.
func (o *Options) idTokenProvider(name string, transport http.RoundTripper) (*idtoken.Provider, error) {
	p, at := o.Config.Providers[name], "providers."+name+".id_token"
	t := p.IDToken
	c := idtoken.Config{
		Name: name, Header: t.Header, Issuer: t.Issuer, IssuerValues: t.IssuerValues, Audience: t.Audience, AuthorizedParties: t.AuthorizedParties,
		Algs: t.Algorithms, MaxLifetime: t.MaxLifetime, Skew: p.Skew, Reuse: t.Replay == "allow", TrustEmail: p.TrustEmail, Now: o.Now,
	}
	if c.Skew == 0 {
		c.Skew = -1
	}
	var err error
	if c.Keys, err = o.idTokenKeys(t, transport); err != nil {
		return nil, config.Faults{o.Config.FaultAt(at+".jwks_file", 0, "%v", err)}
	}
	if t.Secret != "" {
		c.Secret = token.Secret(o.Config.Secrets[t.Secret].Value.Reveal())
	}
	var faults config.Faults
	if f, refused := errors.AsType[*login.Fault](o.checkSuccessURL(t.SuccessURL)); refused {
		faults = append(faults, o.Config.FaultAt(at+".success_url", 0, "%s; write an address of an application, or a path of this host", f.Detail))
	}
	provider, err := idtoken.New(c)
	if err != nil {
		for _, e := range leaves(err) {
			faults = append(faults, o.Config.FaultAt(at, 0, "%v", e))
		}
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return provider, nil
}

// idTokenKeys are the keys that verify a provider's tokens: nil with a secret.
// They belong to the address or the file, whatever issuer a token names.
func (o *Options) idTokenKeys(t *config.IDToken, transport http.RoundTripper) (*token.KeySet, error) {
	// Keys on plain http are on loopback, as host/config sees to.
	client := token.NewClient(token.ClientConfig{AllowLoopback: strings.HasPrefix(t.WellKnown+t.KeysURL, "http://"), Transport: transport})
	switch {
	case t.WellKnown != "":
		return token.NewDiscoveredKeySet(client, t.WellKnown, o.Now), nil
	case t.KeysURL != "":
		return token.NewKeySet(client, t.KeysURL, o.Now), nil
	case t.JWKSFile != "":
		return token.NewStaticKeySet(t.JWKS)
	}
	return nil, nil
}

// checkSuccessURL holds a provider's own target to the list that everybody's is
// held to.
func (o *Options) checkSuccessURL(target string) error {
	public, err := url.Parse(o.Config.PublicURL)
	if err != nil {
		return nil // said elsewhere
	}
	_, err = web.NewOrigins(public, applications(o.Config)).Check(target)
	return err
}

// directOf is how the edge treats a provider that takes a token in a header.
func directOf(p config.Provider) *web.Direct {
	if p.IDToken == nil {
		return nil
	}
	return &web.Direct{Header: p.IDToken.Header, SuccessURL: p.IDToken.SuccessURL, Realm: p.IDToken.Realm}
}

// oldestToken is how long after it was made a token can sign in.
func oldestToken(cfg *config.Config) (oldest time.Duration) {
	for _, p := range cfg.Providers {
		if p.IDToken != nil {
			oldest = max(oldest, p.IDToken.MaxLifetime+2*p.Skew)
		}
	}
	return oldest
}
