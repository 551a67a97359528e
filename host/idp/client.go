package idp

// The applications that may ask, and what op must know of them.

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
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
}

func (c Client) public() bool { return c.Auth == AuthNone }

func (c Client) title() string { return or(c.Name, c.ID) }

// knows compares secret with the client's in constant time; a confidential
// client has one.
func (c Client) knows(secret string) bool {
	got, want := sha256.Sum256([]byte(secret)), sha256.Sum256([]byte(c.Secret))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

const minSecret = 16 // characters; a client's secret can be tried without limit

func (c Client) check() error {
	switch {
	case c.ID == "" || len(c.ID) > 256:
		return fmt.Errorf("the client id %q must have 1 to 256 characters", c.ID)
	case !slices.Contains([]AuthMethod{AuthBasic, AuthPost, AuthNone}, c.Auth):
		return fmt.Errorf("client %s: the authentication method %q must be client_secret_basic, client_secret_post or none", c.ID, c.Auth)
	case c.public() && c.Secret != "":
		return fmt.Errorf("client %s: a public client has no secret; remove it, or choose another authentication method", c.ID)
	case !c.public() && len(c.Secret) < minSecret:
		return fmt.Errorf("client %s: the secret must have at least %d characters", c.ID, minSecret)
	case len(c.RedirectURIs) == 0:
		return fmt.Errorf("client %s: name at least one redirect URI", c.ID)
	}
	for _, uri := range slices.Concat(c.RedirectURIs, c.PostLogoutRedirectURIs) {
		if err := checkRedirect(uri, c.public()); err != nil {
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
	if plainHTTP(u) || native && strings.Contains(u.Scheme, ".") && u.User == nil && u.Fragment == "" {
		return nil
	}
	return fmt.Errorf("the redirect URI %q must be absolute, https (or http on a loopback name), without user info and fragment", uri)
}

// opClient is a Client in op's words.
type opClient struct{ Client }

var _ op.Client = opClient{}

func (c opClient) GetID() string                    { return c.ID }
func (c opClient) RedirectURIs() []string           { return c.Client.RedirectURIs }
func (c opClient) PostLogoutRedirectURIs() []string { return c.Client.PostLogoutRedirectURIs }
func (c opClient) AuthMethod() oidc.AuthMethod      { return oidc.AuthMethod(c.Auth) }
func (c opClient) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c opClient) GrantTypes() []oidc.GrantType                                 { return []oidc.GrantType{oidc.GrantTypeCode} }
func (c opClient) LoginURL(string) string                                       { return "" }
func (c opClient) AccessTokenType() op.AccessTokenType                          { return op.AccessTokenTypeBearer }
func (c opClient) IDTokenLifetime() time.Duration                               { return idTokenLifetime }
func (c opClient) DevMode() bool                                                { return false }
func (c opClient) RestrictAdditionalIdTokenScopes() func([]string) []string     { return noScopes }
func (c opClient) RestrictAdditionalAccessTokenScopes() func([]string) []string { return noScopes }
func (c opClient) IsScopeAllowed(string) bool                                   { return false }
func (c opClient) IDTokenUserinfoClaimsAssertion() bool                         { return c.IDTokenClaims }
func (c opClient) ClockSkew() time.Duration                                     { return 0 }
func (c opClient) ApplicationType() op.ApplicationType {
	if c.public() {
		return op.ApplicationTypeNative
	}
	return op.ApplicationTypeWeb
}

func noScopes([]string) []string { return nil }
