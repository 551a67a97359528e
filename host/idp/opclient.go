package idp

// A client in the words of op.

import (
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/clients"
)

// opClient is a Client in op's words.
type opClient struct{ clients.Client }

var _ op.Client = opClient{}

func (c opClient) GetID() string                    { return c.ID }
func (c opClient) RedirectURIs() []string           { return c.Client.RedirectURIs }
func (c opClient) PostLogoutRedirectURIs() []string { return c.Client.PostLogoutRedirectURIs }
func (c opClient) AuthMethod() oidc.AuthMethod      { return oidc.AuthMethod(c.Auth) }
func (c opClient) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c opClient) GrantTypes() (types []oidc.GrantType) {
	for _, t := range clients.GrantTypes() {
		if c.May(t) {
			types = append(types, oidc.GrantType(t))
		}
	}
	return types
}
func (c opClient) LoginURL(string) string                                       { return "" }
func (c opClient) AccessTokenType() op.AccessTokenType                          { return op.AccessTokenTypeBearer }
func (c opClient) IDTokenLifetime() time.Duration                               { return 0 }
func (c opClient) DevMode() bool                                                { return false }
func (c opClient) RestrictAdditionalIdTokenScopes() func([]string) []string     { return noScopes }
func (c opClient) RestrictAdditionalAccessTokenScopes() func([]string) []string { return noScopes }
func (c opClient) IsScopeAllowed(string) bool                                   { return false }
func (c opClient) IDTokenUserinfoClaimsAssertion() bool                         { return c.IDTokenClaims }
func (c opClient) ClockSkew() time.Duration                                     { return 0 }
func (c opClient) ApplicationType() op.ApplicationType {
	if c.Public() {
		return op.ApplicationTypeNative
	}
	return op.ApplicationTypeWeb
}

func noScopes([]string) []string { return nil }
