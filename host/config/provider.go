// Providers, as the host uses them.

package config

import "time"

// Provider is one identity provider. Which of its members count depends on
// Type: see the page of providers.
type Provider struct {
	Type             string        `key:"type"` // oidc or builtin
	DisplayName      string        `key:"display_name"`
	Issuer           string        `key:"issuer"`
	Endpoints        Endpoints     `key:"endpoints"`
	JWKSFile         string        `key:"jwks_file"`
	ClientID         string        `key:"client_id"`
	ClientSecret     Secret        `key:"client_secret"`
	ClientAuth       string        `key:"client_auth"`
	PrivateKey       Secret        `key:"private_key"` // PEM
	PrivateKeyID     string        `key:"private_key_id"`
	TrustedAudiences []string      `key:"trusted_audiences"`
	Scopes           []string      `key:"scopes"`
	ResponseMode     string        `key:"response_mode"` // query or form_post
	IDTokenAlgs      []string      `key:"id_token_algs"`
	UserInfo         UserInfo      `key:"userinfo"`
	Skew             time.Duration `key:"skew"`
	ReauthSkew       time.Duration `key:"reauth_skew"`
	Challenged       string        `key:"challenged"` // trusted or ignored
	TrustEmail       bool          `key:"trust_email"`
	Mappers          []Mapper      `key:"mappers"`

	Builtin

	JWKS   []byte   `key:"-"` // the content of JWKSFile, a JSON object
	People []Person `key:"-"` // the content of PeopleFile
}

// Explicit reports whether the endpoints are given, so that discovery is not
// asked.
func (p Provider) Explicit() bool {
	return p.Endpoints != Endpoints{}
}

// Endpoints are a provider's explicit endpoints; empty ones are not given.
type Endpoints struct {
	Authorization string `key:"authorization"`
	Token         string `key:"token"`
	JWKS          string `key:"jwks"`
	UserInfo      string `key:"userinfo"`
	EndSession    string `key:"end_session"`
}

// UserInfo is whether and how userinfo is called.
type UserInfo struct {
	Endpoint  string `key:"endpoint"`   // auto, off or a URL
	Method    string `key:"method"`     // GET or POST
	OnFailure string `key:"on_failure"` // continue or refuse
}

// Mapper is one of a provider's mappers: exactly one member is set.
type Mapper struct {
	Direct     *Direct     `key:"direct"`
	Expression *Expression `key:"expression"`
	Plugin     string      `key:"plugin"` // the plugin's name
}

// Direct copies the value at Path of Source.
type Direct struct {
	Attribute string `key:"attribute"`
	Source    string `key:"source"`
	Path      string `key:"path"`
}

// Expression computes a value.
type Expression struct {
	Attribute string `key:"attribute"`
	Value     string `key:"value"`
}
