package host

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/idp"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/oidcrp"
	"github.com/doorward/doorward/host/token"
)

// builtinClient is the client that the host itself is at its built-in
// provider.
const builtinClient = "doorward"

// builtinScopes are all that the provider says about people: mappers choose.
var builtinScopes = []string{"openid", "profile", "email", "phone", "address", "groups", "roles", "claims"}

// relyingParty makes the provider called name, as seen from this host, and
// called through transport; nil is one of our own.
func (o *Options) relyingParty(name string, transport http.RoundTripper, secret token.Secret) (*oidcrp.Provider, error) {
	p := o.Config.Providers[name]
	c := oidcrp.Config{
		Name: name, Issuer: p.Issuer, Endpoints: oidcrp.Endpoints(p.Endpoints), Keys: p.JWKS,
		ClientID: p.ClientID, ClientSecret: token.Secret(p.ClientSecret.Reveal()), AuthMethod: p.ClientAuth,
		Scopes: p.Scopes, ResponseMode: p.ResponseMode, RedirectURI: o.Config.PublicURL + "/callback/" + name,
		KeyID: p.PrivateKeyID, TrustedAudiences: p.TrustedAudiences, IDTokenAlgs: p.IDTokenAlgs, UserInfo: oidcrp.UserInfo(p.UserInfo), Skew: p.Skew, TrustEmail: p.TrustEmail,
		Now: o.Now, Log: o.Log.With("provider", name),
	}
	// A provider on plain http is on loopback, as host/config sees to; one on
	// https cannot lead the host to plain http.
	plain := strings.HasPrefix(p.Issuer, "http://") || p.Type == "builtin"
	c.HTTP = token.NewClient(token.ClientConfig{AllowLoopback: plain, Transport: transport})
	if c.Skew == 0 {
		c.Skew = -1
	}
	if p.Type == "builtin" {
		c.Issuer, c.ClientID, c.ClientSecret, c.AuthMethod = o.issuer(), builtinClient, secret, oidcrp.ClientSecretBasic
		c.Scopes = builtinScopes
	}
	if p.ClientAuth == oidcrp.PrivateKeyJWT {
		key, err := privateKey(p.PrivateKey.Reveal())
		if err != nil {
			return nil, config.Faults{o.Config.FaultAt(secretKey(o.Config, "providers."+name+".private_key"), 0, "%v", err)}
		}
		c.PrivateKey = key
	}
	provider, err := oidcrp.New(c)
	if err == nil {
		return provider, nil
	}
	var faults config.Faults
	for _, e := range leaves(err) {
		faults = append(faults, o.Config.FaultAt("providers."+name, 0, "%v", e))
	}
	return nil, faults
}

// secretKey is the form of a secret's key that the file uses.
func secretKey(cfg *config.Config, key string) string {
	if cfg.Has(key + "_env") {
		return key + "_env"
	}
	return key + "_file"
}

func (o *Options) issuer() string { return o.Config.PublicURL + "/idp" }

// privateKey reads a PKCS #8 key (RFC 5958) in PEM.
func privateKey(text string) (crypto.Signer, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the file holds no PEM block: write a PKCS #8 private key, BEGIN PRIVATE KEY")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		return nil, errors.New("the file holds no PKCS #8 private key that can sign: convert it with openssl pkcs8 -topk8 -nocrypt")
	}
	return signer, nil
}

// openBuiltin makes the built-in provider, when the configuration has one, and
// the secret that the host itself authenticates to it with.
func (h *Host) openBuiltin() (token.Secret, error) {
	o := &h.options
	for _, name := range o.Config.ProviderOrder {
		p := o.Config.Providers[name]
		if p.Type != "builtin" {
			continue
		}
		secret := base64.RawURLEncoding.EncodeToString(h.keys.Derive("builtin/client-secret", 32))
		provider, err := idp.New(idp.Config{
			Issuer: o.issuer(), Clients: o.clients(name, p, secret), Store: h.store, Keys: h.keys,
			Idle: p.Session.Idle, Expiration: p.Session.Absolute, FormTargets: o.formTargets(),
			ClientIP: h.clientIP, Fail: h.fail, Now: o.Now, Log: o.Log.With("provider", name),
		})
		if err != nil {
			return "", config.Faults{o.Config.FaultAt("providers."+name, 0, "%v", err)}
		}
		h.builtin = provider
		return token.Secret(secret), nil
	}
	return "", nil
}

// clients are the host itself and those that the configuration names.
func (o *Options) clients(name string, p config.Provider, secret string) []clients.Client {
	list := []clients.Client{{
		ID: builtinClient, Name: strings.TrimPrefix(strings.TrimPrefix(o.Config.PublicURL, "https://"), "http://"), Secret: clients.Secret(secret), Auth: clients.AuthBasic,
		RedirectURIs:           []string{o.Config.PublicURL + "/callback/" + name},
		PostLogoutRedirectURIs: []string{o.Config.PublicURL + "/logout/callback/" + name},
		Scopes:                 builtinScopes,
	}}
	for id, c := range p.Clients {
		list = append(list, clients.Client{
			ID: id, Secret: clients.Secret(c.Secret.Reveal()), Auth: clients.AuthMethod(c.ClientAuth),
			RedirectURIs: c.RedirectURIs, PostLogoutRedirectURIs: c.PostLogoutRedirectURIs,
		})
	}
	return list
}

// formTargets are the origins that a sign-in may lead on to: the
// applications'.
func (o *Options) formTargets() (targets []string) {
	for _, app := range o.Config.Applications {
		targets = append(targets, app.Origins...)
	}
	return targets
}

// configuredPeople are the configured people of the built-in provider.
func configuredPeople(list []config.Person) ([]people.Person, error) {
	var out []people.Person
	for _, p := range list {
		claims, err := claims(p.Claims)
		if err != nil {
			return nil, fmt.Errorf("claims of %s: %w", p.UserName, err)
		}
		out = append(out, people.Person{
			Subject: p.Subject, UserName: p.UserName, PasswordHash: p.PasswordHash.Reveal(), Name: p.Name, GivenName: p.GivenName,
			FamilyName: p.FamilyName, Email: p.Email, EmailVerified: p.EmailVerified, Phone: p.Phone, PhoneVerified: p.PhoneVerified,
			BadgeNumbers: p.Badges, Groups: p.Groups, Roles: p.Roles, Claims: claims, Disabled: p.Disabled,
		})
	}
	return out, nil
}

func claims(text config.JSON) (claims map[string]any, err error) {
	if len(text) == 0 {
		return nil, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return claims, decoder.Decode(&claims)
}
