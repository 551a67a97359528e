package clients

// An application that may ask, and what it asked to be treated like.

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// AuthMethod is how a client proves at /token that it is itself.
type AuthMethod string

const (
	AuthBasic AuthMethod = "client_secret_basic"
	AuthPost  AuthMethod = "client_secret_post"
	AuthNone  AuthMethod = "none" // a public client: PKCE is required
	// AuthKey is a signed assertion (OpenID Connect Core 1.0, section 9).
	AuthKey AuthMethod = "private_key_jwt"
)

var authMethods = []AuthMethod{AuthBasic, AuthPost, AuthNone, AuthKey}

// Grant types.
const (
	GrantCode        = "authorization_code"
	GrantRefresh     = "refresh_token"
	GrantCredentials = "client_credentials"
	GrantDevice      = "urn:ietf:params:oauth:grant-type:device_code"
)

var grantTypes = []string{GrantCode, GrantRefresh, GrantCredentials, GrantDevice}

// GrantTypes are those that a client can be registered for.
func GrantTypes() []string { return slices.Clone(grantTypes) }

// Forms of access tokens.
const (
	TokensOpaque = "opaque"
	TokensJWT    = "jwt"
)

// Client is an application that may ask the provider to sign people in.
type Client struct {
	ID     string
	Name   string // shown on the sign-in page; ID when empty
	Secret Secret
	Auth   AuthMethod // AuthBasic when empty
	// RedirectURIs and PostLogoutRedirectURIs are compared byte by byte.
	RedirectURIs           []string
	PostLogoutRedirectURIs []string
	Native                 bool // application_type: runs on people's devices, not on a server
	// IDTokenClaims also puts the claims of the requested scopes into the ID
	// token, for clients that do not call userinfo.
	IDTokenClaims bool

	GrantTypes []string        // authorization_code when empty
	Scopes     []string        // it may ask for; every one when empty
	Consent    bool            // people are asked; without it the client is the site's own
	Keys       json.RawMessage // a JWK set (RFC 7517, section 5) of public keys
	KeysURL    string          // instead of Keys
	AuthAlg    string          // of client assertions; any asymmetric one when empty

	IDTokenAlg   string // RS256 when empty
	UserInfoAlg  string // plain JSON when empty
	UserInfoKey  Secret // of an HMAC algorithm; the client's Secret when empty
	RequestAlg   string // of request objects; any asymmetric one when empty
	RequestURIs  []string
	AccessTokens string   // opaque (when empty) or jwt (RFC 9068)
	Audiences    []string // of access tokens; the first when no resource is named

	RequirePushed bool // RFC 9126
	BoundTokens   bool // dpop_bound_access_tokens, RFC 9449

	DefaultMaxAge   *int64 // seconds
	RequireAuthTime bool
	DefaultACR      []string

	InitiateLoginURI   string
	BackChannelLogout  string // backchannel_logout_uri
	BackChannelSession bool   // backchannel_logout_session_required

	LogoURI, PolicyURI, TermsURI, URI string
	Contacts                          []string

	Registered int64 // Unix seconds; zero for a configured client

	// Host says that the client is the host which the provider is built into:
	// nobody is asked whether it may outlast the person's session here.
	Host       bool
	RefreshFor time.Duration // its refresh tokens' life unused; the provider's when zero
}

// Public reports whether the client has no credentials.
func (c Client) Public() bool { return c.Auth == AuthNone }

// Title is what people are shown: the name, or the id.
func (c Client) Title() string { return cmp.Or(c.Name, c.ID) }

// May reports whether the client may use the grant type.
func (c Client) May(grantType string) bool {
	if len(c.GrantTypes) == 0 {
		return grantType == GrantCode
	}
	return slices.Contains(c.GrantTypes, grantType)
}
