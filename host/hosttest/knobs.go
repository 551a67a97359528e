// Knobs: everything about the provider that a test can turn.

package hosttest

import (
	"crypto"
	"time"
)

// Endpoint names one of the provider's endpoints.
type Endpoint string

const (
	Discovery  Endpoint = "discovery"
	JWKS       Endpoint = "jwks"
	Authorize  Endpoint = "authorize"
	Token      Endpoint = "token"
	UserInfo   Endpoint = "userinfo"
	EndSession Endpoint = "end_session"
	Push       Endpoint = "push"

	// Calls of the token endpoint that are counted under these names too.
	Refresh  Endpoint = "refresh"
	Exchange Endpoint = "exchange"
)

// Fault replaces an endpoint's answer. Its members are done in their order.
type Fault struct {
	Slow        time.Duration // wait first, until the client gives up
	Drop        bool          // close the connection without an answer
	Redirect    string        // 302 to this address
	Status      int           // 200 when zero
	ContentType string
	Header      map[string]string
	Body        string
	Bomb        bool // a gzip body of a few KiB that unpacks to 64 MiB
}

// Mode of a response parameter or claim.
type Mode string

const (
	Right  Mode = "right"
	Wrong  Mode = "wrong"
	Absent Mode = "absent"
)

// AuthTime says where the ID token's auth_time comes from.
type AuthTime string

const (
	Honest        AuthTime = ""        // prompt=login and max_age prove the person anew
	IgnoresPrompt AuthTime = "ignores" // always that of the first sign-in
	NoAuthTime    AuthTime = "missing"
	OldAuthTime   AuthTime = "old"    // a day ago
	FutureTime    AuthTime = "future" // in an hour
	StringTime    AuthTime = "string" // "1700000000"
	MillisTime    AuthTime = "millis" // 13 digits
	FloatTime     AuthTime = "float"  // 1700000000.5
	NegativeTime  AuthTime = "negative"
	NullTime      AuthTime = "null"
)

// UserInfoMode says what the userinfo endpoint answers.
type UserInfoMode string

const (
	UserInfoJSON         UserInfoMode = ""
	UserInfoJWT          UserInfoMode = "jwt"
	UserInfoBadSignature UserInfoMode = "jwt with a bad signature"
	UserInfoAlgNone      UserInfoMode = "jwt with alg none"
	UserInfoHS256        UserInfoMode = "jwt with the client secret"
	UserInfoWrongAud     UserInfoMode = "jwt with another aud"
	UserInfoWrongIss     UserInfoMode = "jwt with another iss"
	UserInfoNoAud        UserInfoMode = "jwt without aud"
	UserInfoNoIss        UserInfoMode = "jwt without iss"
	UserInfoExpired      UserInfoMode = "jwt that is past its exp"
	UserInfoWrongSub     UserInfoMode = "another sub"
	UserInfoNoSub        UserInfoMode = "no sub"
	UserInfoHTML         UserInfoMode = "html"
	UserInfoArray        UserInfoMode = "array"
	UserInfoBroken       UserInfoMode = "broken json"
	UserInfoDuplicate    UserInfoMode = "duplicate members"
	UserInfoHuge         UserInfoMode = "huge"
	UserInfoBomb         UserInfoMode = "gzip bomb"
	UserInfoUnauthorized UserInfoMode = "401"
	UserInfoError        UserInfoMode = "500"
	UserInfoRedirect     UserInfoMode = "redirect"
	UserInfoSlow         UserInfoMode = "slow"
	UserInfoDrop         UserInfoMode = "dropped"
	UserInfoOff          UserInfoMode = "off" // not in the discovery document
)

// Knobs is the provider's behaviour. The zero value of each is the right one,
// except those that NewProvider sets: Subject and UserClaims.
type Knobs struct {
	Faults map[Endpoint]Fault

	// Who signs in, and what userinfo says of them: members of the claims that
	// the scopes profile, email, phone and address stand for need that scope;
	// others are always there.
	Subject    string
	UserClaims map[string]any

	// Discovery.
	Issuer         string               // in the document, instead of the right one
	EditDiscovery  func(map[string]any) // last change of the document
	DiscoveryType  string               // Content-Type of the document
	KeysMaxAge     string               // Cache-Control of the key set
	KeyCount       int                  // how many RSA keys are published; 1 when zero
	NoKeyID        bool                 // neither keys nor tokens have a kid
	RotateForToken bool                 // a new key for each ID token, made just before signing

	// Authorization.
	Error            string // the error response to every request
	ErrorDescription string
	StateParam       Mode // Right when empty
	IssParam         Mode // Absent when empty
	IssPromised      bool // authorization_response_iss_parameter_supported
	RequirePKCE      bool
	RefusePKCE       bool // a code_challenge is an invalid_request
	PushOffered      bool // pushed_authorization_request_endpoint
	PushRequired     bool // and authorization requests that were not pushed are refused

	// Token endpoint.
	AccessToken  string // instead of a random one
	RefreshToken string // when not empty
	TokenType    string // Bearer when empty
	TokenError   string // the 400 error of every call
	EditTokens   func(map[string]any)
	ClientKey    crypto.PublicKey // of private_key_jwt

	Refreshing Refreshing
	APIs       APIs

	// ID token.
	Claims       map[string]any // added to its claims
	Alg          string         // RS256 when empty; none, HS256, PS256, ES256, EdDSA
	EditHeader   func(map[string]any)
	EditClaims   func(map[string]any)
	EditIDToken  func(compact string) string // last, after signing
	BadSignature bool
	AtHash       Mode // Right when empty
	AuthTime     AuthTime
	Challenged   bool // it has the claim challenged: whether this request proved the person anew

	UserInfo    UserInfoMode
	UserInfoAlg string // of UserInfoJWT; RS256 when empty

	EncryptIDToken  *Encryption // nil for none
	EncryptUserInfo *Encryption // of signed userinfo, or of its claims

	// Signing out.
	SessionID   string                   // sid of ID and logout tokens; provider-session-1 when empty
	LogoutState Mode                     // of the way back from end_session; Right when empty
	Notice      Notice                   // that end_session sends
	Tell        func(logoutToken string) // where end_session sends it; nowhere when nil
}
