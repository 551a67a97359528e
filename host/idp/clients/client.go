package clients

// The applications that may ask, and what op must know of them.

import (
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

// Secret prints as "[redacted]" whatever the verb; convert it to a string to
// use it.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }

// AuthMethod is how a client proves at /token that it is itself.
type AuthMethod string

const (
	AuthBasic AuthMethod = "client_secret_basic"
	AuthPost  AuthMethod = "client_secret_post"
	AuthNone  AuthMethod = "none" // a public client: PKCE is required
	// AuthKey is a signed assertion (OpenID Connect Core 1.0, section 9).
	AuthKey AuthMethod = "private_key_jwt"
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
	// IDTokenClaims also puts the claims of the requested scopes into the ID
	// token, for clients that do not call userinfo.
	IDTokenClaims bool

	GrantTypes []string // authorization_code when empty
	Scopes     []string // it may ask for; every one when empty
	Consent    bool     // people are asked; without it the client is the site's own
	Keys       *jose.JSONWebKeySet
	KeysURL    string // instead of Keys
	AuthAlg    string // of client assertions; any when empty

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
}

// Public reports whether the client has no credentials.
func (c Client) Public() bool { return c.Auth == AuthNone }

// Title is what people are shown: the name, or the id.
func (c Client) Title() string { return cmp.Or(c.Name, c.ID) }

// Knows compares secret with the client's in constant time; a confidential
// client has one.
func (c Client) Knows(secret string) bool {
	got, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(c.Secret))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

const minSecret = 16 // characters; a client's secret can be tried without limit

// Check says what is wrong with the client.
func (c Client) Check() error {
	switch {
	case c.ID == "" || len(c.ID) > 256:
		return fmt.Errorf("the client id %q must have 1 to 256 characters", c.ID)
	case !slices.Contains([]AuthMethod{AuthBasic, AuthPost, AuthNone}, c.Auth):
		return fmt.Errorf("client %s: the authentication method %q must be client_secret_basic, client_secret_post or none", c.ID, c.Auth)
	case c.Public() && c.Secret != "":
		return fmt.Errorf("client %s: a public client has no secret; remove it, or choose another authentication method", c.ID)
	case !c.Public() && len(c.Secret) < minSecret:
		return fmt.Errorf("client %s: the secret must have at least %d characters", c.ID, minSecret)
	case len(c.RedirectURIs) == 0:
		return fmt.Errorf("client %s: name at least one redirect URI", c.ID)
	}
	for _, uri := range slices.Concat(c.RedirectURIs, c.PostLogoutRedirectURIs) {
		if err := checkRedirect(uri, c.Public()); err != nil {
			return fmt.Errorf("client %s: %w", c.ID, err)
		}
	}
	return nil
}

// checkRedirect accepts what a browser may be sent to: https, http on a
// loopback name, or a native application's reversed domain name (RFC 8252,
// section 7.1).
func checkRedirect(uri string, native bool) error {
	u, err := url.Parse(uri)
	if err != nil || strings.ContainsFunc(uri, func(r rune) bool { return r <= ' ' || r == '\\' || r >= 0x7f }) {
		return fmt.Errorf("the redirect URI %q cannot be parsed", uri)
	}
	if PlainHTTP(u) || native && strings.Contains(u.Scheme, ".") && u.User == nil && u.Fragment == "" {
		return nil
	}
	return fmt.Errorf("the redirect URI %q must be absolute, https (or http on a loopback name), without user info and fragment", uri)
}

// PlainHTTP reports whether u is an https URL, or http on a loopback name,
// with a host, no user info and no fragment.
func PlainHTTP(u *url.URL) bool {
	if u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
