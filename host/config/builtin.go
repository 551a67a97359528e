// The built-in provider, as the host uses it.

package config

import "time"

// Builtin are the keys of the built-in provider alone.
type Builtin struct {
	PeopleFile   string              `key:"people_file"`
	Session      ProviderSession     `key:"session"`
	SignIn       SignIn              `key:"sign_in"`
	Passwords    Passwords           `key:"passwords"`
	Tokens       TokenLives          `key:"tokens"`
	SigningKeys  SigningKeys         `key:"signing_keys"`
	Registration *Registration       `key:"registration"` // nil: none
	Branding     Branding            `key:"branding"`
	Languages    Languages           `key:"languages"`
	ScopeClaims  map[string][]string `key:"scope_claims"`
	Clients      map[string]Client   `key:"clients"`
}

// ProviderSession is how long the provider's own session lasts.
type ProviderSession struct {
	Idle       time.Duration `key:"idle"`
	Absolute   time.Duration `key:"absolute"`
	RememberMe time.Duration `key:"remember_me"` // zero: not offered
}

// SignIn is how people prove who they are.
type SignIn struct {
	Methods      []string `key:"methods"`       // password, badge, badge_password or passkey
	SecondFactor string   `key:"second_factor"` // off, optional or required
}

// Passwords is what a new password must be.
type Passwords struct {
	MinLength int `key:"min_length"`
}

// TokenLives is how long tokens are good.
type TokenLives struct {
	Access  time.Duration `key:"access"`
	IDToken time.Duration `key:"id_token"`
	Refresh time.Duration `key:"refresh"`
}

// SigningKeys is what signs, and for how long.
type SigningKeys struct {
	Algorithms []string      `key:"algorithms"`
	Rotate     time.Duration `key:"rotate"`
	Keep       time.Duration `key:"keep"`
}

// Registration is dynamic client registration.
type Registration struct {
	Mode                  string `key:"mode"` // closed or open
	InitialAccessToken    Secret `key:"initial_access_token"`
	MaxClients            int    `key:"max_clients"`
	AllowPrivateAddresses bool   `key:"allow_private_addresses"`
}

// Branding is how the provider's pages look.
type Branding struct {
	Name       string `key:"name"`
	LogoFile   string `key:"logo_file"`
	Accent     string `key:"accent"`
	AccentDark string `key:"accent_dark"`

	Logo []byte `key:"-"` // the content of LogoFile
}

// Languages are those of the provider's pages.
type Languages struct {
	Default string `key:"default"`
	Folder  string `key:"folder"`
}

// Client is an application that signs people in at the built-in provider.
type Client struct {
	Name                   string   `key:"name"`
	Secret                 Secret   `key:"secret"`
	ClientAuth             string   `key:"client_auth"`
	JWKSFile               string   `key:"jwks_file"`
	JWKSURI                string   `key:"jwks_uri"`
	RedirectURIs           []string `key:"redirect_uris"`
	PostLogoutRedirectURIs []string `key:"post_logout_redirect_uris"`
	GrantTypes             []string `key:"grant_types"`
	Scopes                 []string `key:"scopes"`
	Consent                bool     `key:"consent"`
	IDTokenClaims          bool     `key:"id_token_claims"`
	IDTokenAlg             string   `key:"id_token_signed_response_alg"`
	UserInfoAlg            string   `key:"userinfo_signed_response_alg"`
	UserInfoKey            Secret   `key:"userinfo_key"`
	AccessTokens           string   `key:"access_tokens"` // opaque or jwt
	Audiences              []string `key:"audiences"`
	RequirePushed          bool     `key:"require_pushed_authorization_requests"`
	BoundTokens            bool     `key:"dpop_bound_access_tokens"`
	RequestAlg             string   `key:"request_object_signing_alg"`
	RequestURIs            []string `key:"request_uris"`
	DefaultMaxAge          *int     `key:"default_max_age"` // seconds; nil: none
	BackChannelLogoutURI   string   `key:"backchannel_logout_uri"`
	BackChannelSession     bool     `key:"backchannel_logout_session_required"`
	InitiateLoginURI       string   `key:"initiate_login_uri"`
	PolicyURI              string   `key:"policy_uri"`
	TermsURI               string   `key:"tos_uri"`

	JWKS []byte `key:"-"` // the content of JWKSFile
}

// Person is one of the built-in provider's people.
type Person struct {
	UserName      string   `key:"user_name"`
	Subject       string   `key:"subject"`
	PasswordHash  Secret   `key:"password_hash"` // argon2id, PHC form
	Name          string   `key:"name"`
	GivenName     string   `key:"given_name"`
	FamilyName    string   `key:"family_name"`
	Email         string   `key:"email"`
	EmailVerified bool     `key:"email_verified"`
	Phone         string   `key:"phone"`
	PhoneVerified bool     `key:"phone_verified"`
	Badges        []string `key:"badges"` // numbers
	Roles         []string `key:"roles"`
	Groups        []string `key:"groups"`
	Claims        JSON     `key:"claims"`
	Disabled      bool     `key:"disabled"`
}
