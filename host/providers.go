package host

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"strings"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/oidcrp"
	"github.com/doorward/doorward/host/token"
	"github.com/doorward/doorward/host/web"
)

// provider makes the provider called name.
func (o *Options) provider(name string, transport http.RoundTripper, secret token.Secret) (login.Provider, error) {
	switch o.Config.Providers[name].Type {
	case "saml":
		return o.samlProvider(name)
	case "id-token":
		return o.idTokenProvider(name, transport)
	}
	return o.relyingParty(name, transport, secret)
}

// relyingParty makes the provider called name, as seen from this host, and
// called through transport; nil is one of our own.
func (o *Options) relyingParty(name string, transport http.RoundTripper, secret token.Secret) (*oidcrp.Provider, error) {
	p := o.Config.Providers[name]
	c := oidcrp.Config{
		Name: name, Issuer: p.Issuer, Endpoints: oidcrp.Endpoints(p.Endpoints), Keys: p.JWKS,
		ClientID: p.ClientID, ClientSecret: token.Secret(p.ClientSecret.Reveal()), AuthMethod: p.ClientAuth,
		Scopes: p.Scopes, ResponseMode: p.ResponseMode, RedirectURI: o.Config.PublicURL + "/callback/" + name,
		KeyID: p.PrivateKeyID, TrustedAudiences: p.TrustedAudiences, IDTokenAlgs: p.IDTokenAlgs, UserInfo: oidcrp.UserInfo(p.UserInfo), ClaimSources: oidcrp.ClaimSources(p.ClaimSources), Skew: p.Skew, TrustEmail: p.TrustEmail,
		PushedRequests: p.PushedRequests, SignOutMethod: p.EndSession,
		Encryption: oidcrp.Encryption{IDToken: p.Encryption.IDToken, UserInfo: p.Encryption.UserInfo, KeyAlgs: p.Encryption.KeyAlgs},
		Now:        o.Now, Log: o.Log.With("provider", name),
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
		c.Scopes = ownScopes(p)
	}
	if p.ClientAuth == oidcrp.PrivateKeyJWT {
		key, err := o.privateKey("providers."+name+".private_key", p.PrivateKey)
		if err != nil {
			return nil, err
		}
		c.PrivateKey = key
	}
	if p.Encryption.PrivateKey.Reveal() != "" {
		key, err := o.privateKey("providers."+name+".encryption.private_key", p.Encryption.PrivateKey)
		if err != nil {
			return nil, err
		}
		c.Encryption.PrivateKey = key
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

// privateKey reads the key that stands at one of the configuration's keys.
func (o *Options) privateKey(at string, text config.Secret) (crypto.Signer, error) {
	key, err := privateKey(text.Reveal())
	if err != nil {
		return nil, config.Faults{o.Config.FaultAt(secretKey(o.Config, at), 0, "%v", err)}
	}
	return key, nil
}

// secretKey is the form of a secret's key that the file uses.
func secretKey(cfg *config.Config, key string) string {
	if cfg.Has(key + "_env") {
		return key + "_env"
	}
	return key + "_file"
}

// encryptionKeys are the public keys that the providers encrypt with.
func encryptionKeys(providers []*web.Provider) (keys [][]byte) {
	for _, p := range providers {
		encrypts, ok := p.Flow.Provider.(interface{ EncryptionKey() []byte })
		if !ok {
			continue
		}
		if key := encrypts.EncryptionKey(); key != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// issuerOf is the issuer of an OpenID Connect provider, and empty for every other.
func (o *Options) issuerOf(p config.Provider) string {
	switch p.Type {
	case "oidc":
		return p.Issuer
	case "builtin":
		return o.issuer()
	}
	return ""
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
		return nil, errors.New("the file holds no PKCS #8 private key that can be used: convert it with openssl pkcs8 -topk8 -nocrypt")
	}
	return signer, nil
}
