package clients

// The metadata of RFC 7591 and of OpenID Connect Dynamic Client Registration
// 1.0, as a document and as the Client that it makes.

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	strict "github.com/go-jose/go-jose/v4/json" // tells "jwks" from "Jwks"

	"github.com/doorward/doorward/host/token"
)

// Metadata is what a client registers. Members that are not here are left out
// of the answer, which tells the client that they do not hold.
type Metadata struct {
	RedirectURIs    []string        `json:"redirect_uris,omitempty"`
	ResponseTypes   []string        `json:"response_types,omitempty"`
	GrantTypes      []string        `json:"grant_types,omitempty"`
	ApplicationType string          `json:"application_type,omitempty"`
	Contacts        []string        `json:"contacts,omitempty"`
	Name            string          `json:"client_name,omitempty"`
	URI             string          `json:"client_uri,omitempty"`
	LogoURI         string          `json:"logo_uri,omitempty"`
	PolicyURI       string          `json:"policy_uri,omitempty"`
	TermsURI        string          `json:"tos_uri,omitempty"`
	Scope           string          `json:"scope,omitempty"`
	JWKS            json.RawMessage `json:"jwks,omitempty"`
	JWKSURI         string          `json:"jwks_uri,omitempty"`
	SectorURI       string          `json:"sector_identifier_uri,omitempty"`
	SubjectType     string          `json:"subject_type,omitempty"`

	IDTokenAlg  string     `json:"id_token_signed_response_alg,omitempty"`
	UserInfoAlg string     `json:"userinfo_signed_response_alg,omitempty"`
	RequestAlg  string     `json:"request_object_signing_alg,omitempty"`
	Auth        AuthMethod `json:"token_endpoint_auth_method,omitempty"`
	AuthAlg     string     `json:"token_endpoint_auth_signing_alg,omitempty"`

	DefaultMaxAge   *int64   `json:"default_max_age,omitempty"`
	RequireAuthTime bool     `json:"require_auth_time,omitempty"`
	DefaultACR      []string `json:"default_acr_values,omitempty"`

	InitiateLoginURI       string   `json:"initiate_login_uri,omitempty"`
	RequestURIs            []string `json:"request_uris,omitempty"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris,omitempty"`
	BackChannelLogout      string   `json:"backchannel_logout_uri,omitempty"`
	BackChannelSession     bool     `json:"backchannel_logout_session_required,omitempty"`
	RequirePushed          bool     `json:"require_pushed_authorization_requests,omitempty"`
	BoundTokens            bool     `json:"dpop_bound_access_tokens,omitempty"`
}

// maxMetadata is how many bytes a registration may have.
const maxMetadata = 32 << 10

// readMetadata reads a registration strictly into m: one JSON object, no
// member twice, each of its type. Unknown members are left out (RFC 7591,
// section 2). The object is for members that are not metadata.
func readMetadata(body []byte) (m Metadata, object map[string]any, err error) {
	if len(body) > maxMetadata {
		return m, nil, bad("the document is too large")
	}
	if object, err = token.Object(body); err != nil {
		return m, nil, bad("the body is not a JSON object without duplicate members")
	}
	if err := refuseUnsupported(object); err != nil {
		return m, nil, err
	}
	if err := strict.Unmarshal(body, &m); err != nil {
		return m, nil, bad("a member has the wrong type: URIs and names are strings, lists are lists of strings, ages are whole numbers")
	}
	return m, object, nil
}

// unsupported are members whose feature there is not: a client that asks for
// one would believe itself better kept than it is.
var unsupported = []string{
	"id_token_encrypted_response_alg", "id_token_encrypted_response_enc",
	"userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc",
	"request_object_encryption_alg", "request_object_encryption_enc",
	"frontchannel_logout_uri", "frontchannel_logout_session_required",
	"tls_client_certificate_bound_access_tokens",
	"authorization_signed_response_alg", "authorization_encrypted_response_alg", "authorization_encrypted_response_enc",
	"software_statement",
}

func refuseUnsupported(object map[string]any) error {
	for _, name := range unsupported {
		if value := object[name]; value != nil && value != "" && value != false {
			return bad("%s is not supported; leave it out", name)
		}
	}
	return nil
}

// defaults sets what is said of a client that says nothing (OpenID Connect
// Dynamic Client Registration 1.0, section 2).
func (m *Metadata) defaults(policy Registration, algorithms []string, vouched bool) {
	if len(m.GrantTypes) == 0 {
		m.GrantTypes = []string{GrantCode}
	}
	if len(m.ResponseTypes) == 0 && slices.Contains(m.GrantTypes, GrantCode) {
		m.ResponseTypes = []string{"code"}
	}
	m.ApplicationType = cmp.Or(m.ApplicationType, "web")
	m.SubjectType = cmp.Or(m.SubjectType, "public")
	m.Auth = cmp.Or(m.Auth, AuthBasic)
	if m.IDTokenAlg == "" {
		m.IDTokenAlg = algorithms[0]
		if slices.Contains(algorithms, "RS256") {
			m.IDTokenAlg = "RS256"
		}
	}
	if string(m.JWKS) == "null" {
		m.JWKS = nil
	}
	m.Scope = policy.scope(m.Scope, vouched)
}

// scope is what a client may ask for that registers for the asked scopes. Only
// where somebody vouches for a client may it name others than those of the
// policy: they may be claims.
func (p Registration) scope(asked string, vouched bool) string {
	scopes := strings.Fields(asked)
	if len(scopes) == 0 {
		scopes = slices.Clone(p.Scopes)
	}
	seen := map[string]bool{}
	scopes = slices.DeleteFunc(scopes, func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again || !vouched && !slices.Contains(p.Scopes, s)
	})
	return strings.Join(scopes, " ")
}

// clientOf is the client that a record makes. People are asked for their
// consent: nobody who runs the site chose it.
func (r *Registry) clientOf(rec record) Client {
	m := rec.Metadata
	return Client{
		ID: rec.ID, Name: m.Name, Secret: Secret(rec.Secret), Auth: m.Auth, Registered: rec.Registered, Consent: true,
		RedirectURIs: m.RedirectURIs, PostLogoutRedirectURIs: m.PostLogoutRedirectURIs, Native: m.ApplicationType == "native",
		GrantTypes: m.GrantTypes, Scopes: strings.Fields(m.Scope),
		Keys: m.JWKS, KeysURL: m.JWKSURI, AuthAlg: m.AuthAlg,
		IDTokenAlg: m.IDTokenAlg, UserInfoAlg: m.UserInfoAlg, RequestAlg: m.RequestAlg, RequestURIs: m.RequestURIs,
		RequirePushed: m.RequirePushed, BoundTokens: m.BoundTokens,
		DefaultMaxAge: m.DefaultMaxAge, RequireAuthTime: m.RequireAuthTime, DefaultACR: m.DefaultACR,
		InitiateLoginURI: m.InitiateLoginURI, BackChannelLogout: m.BackChannelLogout, BackChannelSession: m.BackChannelSession,
		LogoURI: m.LogoURI, PolicyURI: m.PolicyURI, TermsURI: m.TermsURI, URI: m.URI, Contacts: m.Contacts,
	}
}
