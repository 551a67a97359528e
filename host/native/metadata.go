// What programs are told of the host (RFC 8414).

package native

// Paths of the endpoints, on the host's own origin.
const (
	MetadataPath  = "/.well-known/oauth-authorization-server"
	DevicePath    = "/device" // a person types it
	DeviceAskPath = "/client/device_authorization"
	AuthorizePath = "/client/authorize"
	TokenPath     = "/client/token"
	RevokePath    = "/client/revoke"
)

// Grant types of the token endpoint.
const (
	GrantCode   = "authorization_code"
	GrantDevice = "urn:ietf:params:oauth:grant-type:device_code" // RFC 8628, section 3.4
)

// Metadata is the document at MetadataPath (RFC 8414, section 2).
type Metadata struct {
	Issuer                 string   `json:"issuer"`
	AuthorizationEndpoint  string   `json:"authorization_endpoint"`
	TokenEndpoint          string   `json:"token_endpoint"`
	DeviceEndpoint         string   `json:"device_authorization_endpoint"`
	RevocationEndpoint     string   `json:"revocation_endpoint"`
	ResponseTypes          []string `json:"response_types_supported"`
	ResponseModes          []string `json:"response_modes_supported"`
	GrantTypes             []string `json:"grant_types_supported"`
	ChallengeMethods       []string `json:"code_challenge_methods_supported"`
	TokenAuthMethods       []string `json:"token_endpoint_auth_methods_supported"`
	RevocationAuthMethods  []string `json:"revocation_endpoint_auth_methods_supported"`
	AuthorizationIssParam  bool     `json:"authorization_response_iss_parameter_supported"`
	AuthenticationContexts []string `json:"acr_values_supported,omitempty"`
}

// MetadataOf is the document of the host at publicURL, which knows those
// authentication contexts.
func MetadataOf(publicURL string, contexts []string) Metadata {
	methods := []string{"none", "client_secret_basic", "client_secret_post"}
	return Metadata{
		Issuer: publicURL, AuthorizationEndpoint: publicURL + AuthorizePath, TokenEndpoint: publicURL + TokenPath,
		DeviceEndpoint: publicURL + DeviceAskPath, RevocationEndpoint: publicURL + RevokePath,
		ResponseTypes: []string{"code"}, ResponseModes: []string{"query"}, GrantTypes: []string{GrantCode, GrantDevice},
		ChallengeMethods: []string{"S256"}, TokenAuthMethods: methods, RevocationAuthMethods: methods,
		AuthorizationIssParam: true, AuthenticationContexts: contexts,
	}
}
