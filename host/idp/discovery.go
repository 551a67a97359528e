package idp

// What the provider says about itself (OpenID Connect Discovery 1.0, section
// 3; RFC 8414), and nothing that it does not do.

import (
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/proof"
	"github.com/doorward/doorward/host/token"
)

// metadata is op's document with the members it does not know.
type metadata struct {
	oidc.DiscoveryConfiguration
	PushedEndpoint string   `json:"pushed_authorization_request_endpoint"` // RFC 9126
	RequirePushed  bool     `json:"require_pushed_authorization_requests"`
	DPoPAlgs       []string `json:"dpop_signing_alg_values_supported"`              // RFC 9449
	IssInResponse  bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
	Prompts        []string `json:"prompt_values_supported"`
}

var authMethods = []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost, oidc.AuthMethodPrivateKeyJWT, oidc.AuthMethodNone}

// protocolClaims are told about every sign-in.
var protocolClaims = []string{"iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "challenged"}

func (p *Provider) discovery() metadata {
	d := metadata{
		DiscoveryConfiguration: oidc.DiscoveryConfiguration{
			Issuer:                 p.cfg.Issuer,
			ScopesSupported:        p.scopes.Names(),
			ResponseTypesSupported: []string{string(oidc.ResponseTypeCode)},
			ResponseModesSupported: ask.Modes,
			GrantTypesSupported: []oidc.GrantType{
				clients.GrantCode, clients.GrantRefresh, clients.GrantCredentials, clients.GrantDevice,
			},
			ACRValuesSupported:                     factors.Offered(p.cfg.Methods, p.cfg.SecondFactor),
			SubjectTypesSupported:                  []string{"public"},
			IDTokenSigningAlgValuesSupported:       p.keys.Algorithms(),
			UserinfoSigningAlgValuesSupported:      p.userInfoAlgs(),
			RequestObjectSigningAlgValuesSupported: ask.ObjectAlgs(),
			ClaimTypesSupported:                    []string{"normal"},
			ClaimsSupported:                        slices.Concat(protocolClaims, p.scopes.Claims()),
			ClaimsParameterSupported:               true,
			CodeChallengeMethodsSupported:          []oidc.CodeChallengeMethod{oidc.CodeChallengeMethodS256},
			UILocalesSupported:                     p.pages.Locales(),
			RequestParameterSupported:              true,
			RequestURIParameterSupported:           true,
			RequireRequestURIRegistration:          true,
			BackChannelLogoutSupported:             true,
			BackChannelLogoutSessionSupported:      true,
		},
		DPoPAlgs:      proof.Algorithms(),
		IssInResponse: true,
		Prompts:       []string{oidc.PromptNone, oidc.PromptLogin, oidc.PromptConsent, oidc.PromptSelectAccount},
	}
	for _, display := range ask.Displays {
		d.DisplayValuesSupported = append(d.DisplayValuesSupported, oidc.Display(display))
	}
	p.endpoints(&d)
	d.authentication()
	return d
}

// endpoints says where everything is; registration only where somebody may.
func (p *Provider) endpoints(d *metadata) {
	at := func(path string) string { return p.cfg.Issuer + path }
	d.AuthorizationEndpoint = at(pathAuthorize)
	d.TokenEndpoint = at(pathToken)
	d.UserinfoEndpoint = at(pathUserInfo)
	d.EndSessionEndpoint = at(pathEndSession)
	d.JwksURI = at(pathKeys)
	d.IntrospectionEndpoint = at(pathIntrospect)
	d.RevocationEndpoint = at(pathRevoke)
	d.DeviceAuthorizationEndpoint = at(pathDeviceRequest)
	d.PushedEndpoint = at(pathPushed)
	if p.cfg.Registration.On() {
		d.RegistrationEndpoint = at(pathRegister)
	}
}

// authentication says how clients prove who they are, which is the same
// everywhere but where those without credentials learn nothing.
func (d *metadata) authentication() {
	algs := token.Asymmetric()
	d.TokenEndpointAuthMethodsSupported, d.TokenEndpointAuthSigningAlgValuesSupported = authMethods, algs
	d.RevocationEndpointAuthMethodsSupported, d.RevocationEndpointAuthSigningAlgValuesSupported = authMethods, algs
	d.IntrospectionEndpointAuthMethodsSupported = slices.DeleteFunc(slices.Clone(authMethods), func(m oidc.AuthMethod) bool { return m == oidc.AuthMethodNone })
	d.IntrospectionEndpointAuthSigningAlgValuesSupported = algs
}
