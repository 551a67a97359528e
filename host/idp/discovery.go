package idp

// What the provider says about itself (OpenID Connect Discovery 1.0, section 3;
// RFC 9207, section 3).

import (
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// metadata is op's document with the members it does not know.
type metadata struct {
	oidc.DiscoveryConfiguration
	IssInResponse bool     `json:"authorization_response_iss_parameter_supported"`
	Prompts       []string `json:"prompt_values_supported"`
}

func (p *Provider) discovery() metadata {
	at := func(path string) string { return p.cfg.Issuer + path }
	return metadata{
		DiscoveryConfiguration: oidc.DiscoveryConfiguration{
			Issuer:                            p.cfg.Issuer,
			AuthorizationEndpoint:             at(pathAuthorize),
			TokenEndpoint:                     at(pathToken),
			UserinfoEndpoint:                  at(pathUserInfo),
			EndSessionEndpoint:                at(pathEndSession),
			JwksURI:                           at(pathKeys),
			ScopesSupported:                   p.scopes.Names(),
			ResponseTypesSupported:            []string{string(oidc.ResponseTypeCode)},
			ResponseModesSupported:            []string{"query"},
			GrantTypesSupported:               []oidc.GrantType{oidc.GrantTypeCode},
			SubjectTypesSupported:             []string{"public"},
			IDTokenSigningAlgValuesSupported:  p.keys.Algorithms(),
			TokenEndpointAuthMethodsSupported: []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost, oidc.AuthMethodNone},
			ClaimsSupported:                   append([]string{"iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "challenged"}, p.scopes.Claims()...),
			UserinfoSigningAlgValuesSupported: p.userInfoAlgs(),
			CodeChallengeMethodsSupported:     []oidc.CodeChallengeMethod{oidc.CodeChallengeMethodS256},
		},
		IssInResponse: true,
		Prompts:       []string{oidc.PromptNone, oidc.PromptLogin, oidc.PromptSelectAccount},
	}
}
