// Providers, as the host uses them.

package config

import "time"

// Provider is one identity provider. Which of its members count depends on
// Type: see the page of providers.
type Provider struct {
	Type             string        `key:"type"` // oidc, saml, id-token or builtin
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

	Preset         string       `key:"preset"` // empty for none
	Refresh        Refresh      `key:"refresh"`
	EndSession     string       `key:"end_session_method"`            // POST or GET
	PushedRequests string       `key:"pushed_authorization_requests"` // auto, always or off
	Encryption     Encryption   `key:"encryption"`
	ClaimSources   ClaimSources `key:"claim_sources"`

	Builtin

	SAML    *SAML    `key:"saml"`     // of the type saml
	IDToken *IDToken `key:"id_token"` // of the type id-token

	JWKS   []byte   `key:"-"` // the content of JWKSFile, a JSON object
	People []Person `key:"-"` // the content of PeopleFile
}

// Explicit reports whether the endpoints of a login are given, so that discovery
// is not asked. The others alone replace what it says.
func (p Provider) Explicit() bool {
	return p.Endpoints.Authorization+p.Endpoints.Token+p.Endpoints.JWKS != ""
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

// Refresh is how tokens are kept fresh.
type Refresh struct {
	Mode      string        `key:"mode"` // auto or off
	Before    time.Duration `key:"before"`
	OnRefusal string        `key:"on_refusal"` // end or freeze
}

// Encryption is what may be encrypted for this host, and how.
type Encryption struct {
	PrivateKey Secret   `key:"private_key"` // PEM
	IDToken    string   `key:"id_token"`    // off, accept or require
	UserInfo   string   `key:"userinfo"`    // off, accept or require
	KeyAlgs    []string `key:"key_algs"`
}

// ClaimSources is where claims may come from besides the provider.
type ClaimSources struct {
	Allow     []string          `key:"allow"`
	Endpoints map[string]string `key:"endpoints"`  // by claim
	Issuers   map[string]string `key:"issuers"`    // their key sets' addresses
	OnFailure string            `key:"on_failure"` // refuse or continue
}

// SAML is a SAML 2.0 provider.
type SAML struct {
	MetadataURL         string   `key:"metadata_url"`
	MetadataFile        string   `key:"metadata_file"`
	MetadataCertificate string   `key:"metadata_certificate_file"`
	IdPEntityID         string   `key:"idp_entity_id"`
	EntityID            string   `key:"entity_id"`       // empty: PUBLIC_URL/saml/NAME/metadata
	RequestBinding      string   `key:"request_binding"` // redirect or post
	SignRequests        string   `key:"sign_requests"`   // auto or always
	NameIDFormat        string   `key:"name_id_format"`  // persistent, transient, email or unspecified
	SubjectAttribute    string   `key:"subject_attribute"`
	PrivateKey          Secret   `key:"private_key"` // PEM; empty: the host's own
	CertificateFile     string   `key:"certificate_file"`
	RequireEncryption   bool     `key:"require_encryption"`
	AuthnContext        []string `key:"authn_context"`
	SingleLogout        string   `key:"single_logout"` // auto or off

	Metadata     []byte `key:"-"` // the content of MetadataFile
	MetadataSign []byte `key:"-"` // the content of MetadataCertificate, PEM
	Certificate  []byte `key:"-"` // the content of CertificateFile, PEM
}

// IDToken is what an ID token in a header must be.
type IDToken struct {
	Header            string              `key:"header"`
	WellKnown         string              `key:"well_known"`
	KeysURL           string              `key:"jwks"`
	JWKSFile          string              `key:"jwks_file"`
	Secret            string              `key:"secret"` // a label
	Issuer            string              `key:"issuer"` // with placeholders
	IssuerValues      map[string][]string `key:"issuer_values"`
	Audience          []string            `key:"audience"`
	AuthorizedParties []string            `key:"authorized_parties"`
	Algorithms        []string            `key:"algorithms"` // empty: those that fit the keys
	MaxLifetime       time.Duration       `key:"max_lifetime"`
	Replay            string              `key:"replay"` // forbid or allow
	SuccessURL        string              `key:"success_url"`
	Realm             string              `key:"realm"`

	JWKS []byte `key:"-"` // the content of JWKSFile
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
