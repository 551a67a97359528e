// Faults of providers: which keys belong together.

package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/near"
)

func (r *reader) checkProviders(c *Config) {
	var builtin string
	for _, name := range c.ProviderOrder {
		p, at := c.Providers[name], join("providers", name)
		if p.DisplayName == "" {
			p.DisplayName = name
		}
		if p.Challenged == "" {
			p.Challenged = map[bool]string{true: "trusted", false: "ignored"}[p.Type == keys.Builtin]
		}
		c.Providers[name] = p
		r.checkType(p, at)
		r.checkMappers(c, p, at)
		if !slices.Contains(p.Scopes, "openid") && len(p.Scopes) > 0 {
			r.faultAt(at+".scopes", "openid is not among them; add it")
		}
		switch p.Type {
		case keys.OIDC:
			r.checkPreset(p, at)
			r.checkOIDC(c, p, at)
		case keys.SAML:
			r.checkSAML(c, p, at)
		case keys.IDToken:
			r.checkIDToken(c, p, at)
		case keys.Builtin:
			if builtin != "" {
				r.faultAt(at+".type", "the provider %s is builtin already; there can be one", builtin)
			}
			builtin = name
			r.checkBuiltin(p, at)
		}
	}
}

// checkType refuses the keys of another type of provider.
func (r *reader) checkType(p Provider, at string) {
	for _, row := range keys.Config.Under("providers.*") {
		if key := join(at, row.Name()); !row.Takes(p.Type) && p.Type != "" && r.has(key) {
			n := r.places[key].key
			r.fault(n, key, "is not a key of a provider of type %s; remove it", p.Type)
		}
	}
}

func (r *reader) checkOIDC(c *Config, p Provider, at string) {
	for _, need := range []struct{ name, value string }{{"issuer", p.Issuer}, {"client_id", p.ClientID}} {
		if key := join(at, need.name); need.value == "" && !r.has(key) {
			row := keys.Config.Find("providers.*." + need.name)
			r.missing(r.places[at].value, row, key)
		}
	}
	r.checkEndpoints(p, at)
	r.checkClientAuth(p, at)
	r.checkEncryption(p, at)
	r.checkClaimSources(p, at)
	if u, err := url.Parse(c.PublicURL); err == nil && u.Scheme == "http" && p.ResponseMode == "form_post" && !localName(u.Hostname()) {
		r.faultAt(at+".response_mode", "form_post over plain http needs a localhost name in public_url; write query, or public_url: http://localhost%s", port(u))
	}
	for i, alg := range p.IDTokenAlgs {
		if least := macLength[alg]; least > 0 && len(p.ClientSecret.Reveal()) < least && !r.faults.Under(at+".client_secret") {
			r.faultAt(at+".id_token_algs"+index(i), "%s needs a client secret of at least %d bytes; use a longer one, or remove %s", alg, least, alg)
		}
	}
	if p.JWKSFile != "" && p.Endpoints.JWKS != "" {
		r.faultAt(at+".jwks_file", "is given besides endpoints.jwks; keep one of them")
	}
}

// macLength is the least length of a client secret that verifies, in bytes.
var macLength = map[string]int{"HS256": 32, "HS384": 48, "HS512": 64}

func localName(host string) bool {
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func port(u *url.URL) string {
	if u.Port() == "" {
		return ""
	}
	return ":" + u.Port()
}

func (r *reader) checkEndpoints(p Provider, at string) {
	e := at + ".endpoints"
	switch {
	case !p.Explicit() && r.has(at+".jwks_file") && !r.has(e):
		r.faultAt(at+".jwks_file", "keys from a file are for explicit endpoints; add endpoints with authorization and token, or remove the key")
		return
	case !p.Explicit():
		return
	}
	if p.Endpoints.Authorization == "" && !r.has(e+".authorization") {
		r.faultAt(e, "has no authorization; explicit endpoints need authorization, token, and jwks or jwks_file")
	}
	if p.Endpoints.Token == "" && !r.has(e+".token") {
		r.faultAt(e, "has no token; explicit endpoints need authorization, token, and jwks or jwks_file")
	}
	if p.Endpoints.JWKS == "" && !r.has(e+".jwks") && p.JWKSFile == "" {
		r.faultAt(e, "has no jwks; explicit endpoints need authorization, token, and jwks or jwks_file")
	}
}

func (r *reader) checkClientAuth(p Provider, at string) {
	secret, key := r.given(at, "client_secret"), r.given(at, "private_key")
	where := at + ".client_auth"
	switch {
	case p.ClientAuth == "private_key_jwt" && !key:
		r.faultAt(where, "private_key_jwt needs a private key; add private_key_file or private_key_env")
	case p.ClientAuth != "private_key_jwt" && key:
		r.faultAt(where, "a private key is given and not used; write private_key_jwt, or remove the key")
	case strings.HasPrefix(p.ClientAuth, "client_secret") && !secret:
		r.faultAt(where, "%s needs a client secret; add client_secret_file or client_secret_env, or write none for a public client", p.ClientAuth)
	case p.ClientAuth == "none" && secret:
		r.faultAt(where, "a client secret is given and not used; write client_secret_basic or client_secret_post, or remove the secret")
	}
}

// given reports whether the file gives the secret called name in any form.
func (r *reader) given(at, name string) bool {
	return r.has(join(at, name)) || r.has(join(at, name+"_file")) || r.has(join(at, name+"_env"))
}

func (r *reader) checkMappers(c *Config, p Provider, at string) {
	for i, m := range p.Mappers {
		inner := at + ".mappers" + index(i)
		if m.Direct != nil {
			r.checkDirect(m.Direct, p, inner+".direct")
		}
		if _, ok := c.Plugins[m.Plugin]; m.Plugin != "" && !ok && !r.has(join("plugins", m.Plugin)) {
			r.faultAt(inner+".plugin", "%s", meant("the plugin "+quoted(m.Plugin)+" is not declared under plugins", m.Plugin, sorted(c.Plugins), "declare it"))
		}
	}
}

// checkDirect gives a mapper its source, and refuses one that the provider's
// logins never have.
func (r *reader) checkDirect(d *Direct, p Provider, at string) {
	has := SourcesOf(p)
	if d.Source == "" {
		d.Source = has[0]
	}
	switch {
	case p.Type == "" || slices.Contains(has, d.Source):
	case d.Source == "userInfo" && p.UserInfo.Endpoint == "off":
		r.faultAt(at+".source", "the provider calls no userinfo endpoint; write another source, or userinfo.endpoint: auto")
	default:
		r.faultAt(at+".source", "logins at a provider of type %s do not have this source; write %s", p.Type, orList(has))
	}
}

// SourcesOf lists the attribute sources that logins at p may have, the one that
// a direct mapper reads by default first.
func SourcesOf(p Provider) []string {
	switch p.Type {
	case keys.SAML:
		return []string{"authnResponse"}
	case keys.IDToken:
		return []string{"idTokenClaims"}
	}
	has := []string{"idTokenClaims", "tokenEndpointResponse"}
	if p.UserInfo.Endpoint != "off" {
		has = append(has, "userInfo")
	}
	if p.Type == keys.OIDC {
		has = append(has, "claimSources")
	}
	return has
}

// meant ends a sentence about an unknown name with the nearest known one, or
// with what else to do.
func meant(sentence, name string, known []string, otherwise string) string {
	if close := near.Name(name, known); close != "" {
		return sentence + "; did you mean " + close + "?"
	}
	return sentence + "; " + otherwise
}

func sorted[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
