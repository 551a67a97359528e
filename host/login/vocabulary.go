package login

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/attrs"
)

// Purpose says what an authentication request is for.
type Purpose string

const (
	PurposeLogin  Purpose = "login"   // sign in, or sign in again
	PurposeStepUp Purpose = "step-up" // raise an existing session to a level
	PurposeTest   Purpose = "test"    // walk the whole way, make no session
)

// AuthRequest is one login in progress. It travels in a sealed cookie, so it
// holds everything that is needed to judge the answer and nothing that must be
// looked up elsewhere. Times are whole Unix seconds, but for RequestedMS.
type AuthRequest struct {
	ID            string   `json:"id"` // names the cookie and correlates logs; 16 hex digits
	Purpose       Purpose  `json:"purpose"`
	Provider      string   `json:"provider"`
	Issuer        string   `json:"issuer,omitempty"` // set by Begin
	RedirectURI   string   `json:"redirectUri,omitempty"`
	State         string   `json:"state"`
	Nonce         string   `json:"nonce,omitempty"`
	Verifier      string   `json:"verifier,omitempty"` // PKCE, RFC 7636
	SAMLRequestID string   `json:"samlRequestId,omitempty"`
	Brought       *Brought `json:"-"` // of a login without a Begin: its token, instead of a state
	RequestedAt   int64    `json:"requestedAt"`
	RequestedMS   int64    `json:"requestedMs,omitempty"` // RequestedAt in milliseconds, to tell what came first; zero when it is not known
	ForceAuth     bool     `json:"forceAuth,omitempty"`
	MaxAge        *int64   `json:"maxAge,omitempty"` // seconds; nil when none was asked for
	Level         string   `json:"level,omitempty"`
	AnyOf         []string `json:"anyOf,omitempty"`     // levels that are as good as Level
	ACRValues     []string `json:"acrValues,omitempty"` // asked of the provider, the preferred one first
	Demand        string   `json:"demand,omitempty"`    // the acr_values that the application asked for, as GET /login takes them
	App           string   `json:"app,omitempty"`
	ReturnTo      string   `json:"returnTo,omitempty"` // at most 1 KiB, already checked
	LoginHint     string   `json:"loginHint,omitempty"`
	Round         int      `json:"round,omitempty"`     // of a step-up: 1 or 2
	Session       string   `json:"session,omitempty"`   // handle of the session that asked, if any
	Console       string   `json:"console,omitempty"`   // of a test login: id of the session that began it
	Program       *Program `json:"program,omitempty"`   // that waits for the session: the browser gets none
	Restarted     bool     `json:"restarted,omitempty"` // it took too long once
	Expiry        int64    `json:"expiry"`
}

// Asked is when the login was asked for, as exactly as it is known; never later
// than it was. Who brings a token asked when it was made.
func (r AuthRequest) Asked() time.Time {
	if r.Brought != nil {
		return time.Unix(min(r.RequestedAt, r.Brought.IssuedAt), 0)
	}
	return time.UnixMilli(max(r.RequestedAt*1000, r.RequestedMS))
}

// Program is a program of AuthRequest.App that signs a person in, and gets a
// session of its own. Its members are those of one that does so through somebody's
// browser; one that brings a token needs none of them.
type Program struct {
	Device   string `json:"device,omitempty"`   // id of the device that waits (RFC 8628); else the program is on the browser's machine
	UserCode string `json:"userCode,omitempty"` // that the device shows

	RedirectURI string `json:"redirectUri,omitempty"` // on a loopback address (RFC 8252, section 7.3)
	State       string `json:"state,omitempty"`       // the program's own
	Challenge   string `json:"challenge,omitempty"`   // PKCE, S256
}

// Redirect is where Begin sends the browser: a GET to URL, or, when Form is
// set, an auto-submitted POST of those fields to URL.
type Redirect struct {
	URL  string
	Form url.Values
}

// Callback is the provider's answer as it arrived.
type Callback struct {
	Params     url.Values // query (GET) or form (POST); every value kept, so that duplicates show
	Method     string
	ReceivedAt time.Time
	Session    string   // handle that the browser brought with the answer, if any
	Held       []string // levels that the session before held when the answer came, for the audit log
	Request    Request
}

// Request holds the facts of the HTTP request that a decision may rest on.
// IP is empty when the peer is not to be believed; then Zones is empty too.
type Request struct {
	IP        string   `json:"ip,omitempty"`
	Zones     []string `json:"zones"`
	UserAgent string   `json:"userAgent"`
	App       string   `json:"app"`
}

// Provider signs a person in somewhere else.
type Provider interface {
	// Begin fills in the protocol's members of req (Issuer, Nonce, Verifier,
	// SAMLRequestID) and says where to send the browser.
	Begin(ctx context.Context, req AuthRequest) (AuthRequest, Redirect, error)
	// Complete turns the provider's answer into a verified Document. Every
	// error is or wraps a *Fault.
	Complete(ctx context.Context, req AuthRequest, cb Callback) (Document, error)
}

// Prober is the optional ability of a Provider to say whether it can be used
// now. Ready returns nil or a *Fault that says why not.
type Prober interface {
	Ready(ctx context.Context) error
}

// SignOuter is the optional ability of a Provider to end its own session, of
// which doc came and tokens are the newest. The Redirect is empty when the
// provider offers no such thing.
type SignOuter interface {
	SignOut(ctx context.Context, doc Document, tokens Tokens, postLogoutRedirectURI, state string) (Redirect, error)
}

// Person is who signed in: never an email or a name.
type Person struct {
	IdP     string `json:"idp"`
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
}

// Evidence is what proves the authentication. The host sets it from the
// verified token or assertion of a sign-in, never from a refresh, userinfo, a
// mapper or a plugin, and it stays as it is until the next sign-in.
type Evidence struct {
	AuthTime   *int64   `json:"authTime,omitempty"`   // Unix seconds; nil when the provider sent none that is plausible
	Challenged *bool    `json:"challenged,omitempty"` // only a JSON boolean counts
	AMR        []string `json:"amr,omitempty"`        // RFC 8176
	ACR        string   `json:"acr,omitempty"`
}

// Login holds the facts of one sign-in, as policies see them (input.login).
type Login struct {
	IdP               string   `json:"idp"`
	Protocol          string   `json:"protocol"` // oidc, saml, id-token, builtin
	RequestedAt       int64    `json:"requestedAt"`
	ReceivedAt        int64    `json:"receivedAt"`
	ForceAuth         bool     `json:"forceAuth"`
	MaxAge            *int64   `json:"maxAge,omitempty"`
	ACRValues         []string `json:"acrValues,omitempty"` // asked of the provider; policies do not see it
	Evidence          Evidence `json:"evidence"`
	PreviousAuthTime  *int64   `json:"previousAuthTime,omitempty"`
	ChallengedTrusted bool     `json:"challengedTrusted"`
	ReauthSkew        int64    `json:"reauthSkew"` // seconds
}

// Document is what one sign-in yielded: the attribute sources as received, the
// person, the facts of the login.
type Document struct {
	Sources        attrs.Document
	Person         Person
	Login          Login
	ID             string    // AuthRequest.ID, for correlation and seeds
	ReceivedAt     time.Time // when the host received the authentication response
	ProviderSID    string    // the provider's session id (sid claim, SessionIndex)
	VerifiedEmails []string  // the email claims that the provider says are verified
	TrustEmail     bool      // the provider is configured with trust_email
	Missing        []string  // names of the sources that were due and could not be had: userInfo, claimSources
	Warnings       []Warning
}

// Lacks reports whether source was due and could not be had.
func (d Document) Lacks(source string) bool { return slices.Contains(d.Missing, source) }

// Verified reports whether a mapped address is one that the provider vouches
// for: an address that a mapper took from elsewhere is not, whatever the
// provider says of its email claim. Upper and lower case of ASCII letters are
// one.
func (d Document) Verified(email string) bool {
	same := func(claim string) bool { return asciiLower(claim) == asciiLower(email) }
	return email != "" && (d.TrustEmail || slices.ContainsFunc(d.VerifiedEmails, same))
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// Warning is something that went wrong without ending the login. Message has
// no claim value in it.
type Warning struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
	Audit   bool   `json:"audit,omitempty"` // also an audit event
}

// User is the mapped person. An empty string, and a nil Roles or Attributes,
// mean that the attribute is absent.
type User struct {
	ID         string         `json:"id,omitempty"`
	UserName   string         `json:"userName,omitempty"`
	FirstName  string         `json:"firstName,omitempty"`
	LastName   string         `json:"lastName,omitempty"`
	Email      string         `json:"email,omitempty"`
	Roles      []string       `json:"roles,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"` // JSON values, numbers as json.Number
}

// nobody reports whether every attribute is absent.
func (u User) nobody() bool {
	return u.ID+u.UserName+u.FirstName+u.LastName+u.Email == "" && len(u.Roles)+len(u.Attributes) == 0
}

// Facts is the input of one decision. Document and User are nil for an
// anonymous request.
type Facts struct {
	Document  *Document
	User      *User
	CreatedAt int64 // of the session; zero when there is none yet
	Request   Request
	Now       time.Time

	// ClaimsEnd is when, in Unix seconds, what the provider said of the person
	// counts no more, because it cannot be refreshed; zero when it does not end.
	ClaimsEnd int64
}

// Decision is which levels are held, why, and until when.
type Decision struct {
	Levels   []Level    `json:"levels"` // by path
	Withheld []Withheld `json:"withheld,omitempty"`
	Revision string     `json:"revision"`           // of the policies that decided
	Until    int64      `json:"until,omitempty"`    // the earliest end of a held level; zero when none ends
	Volatile bool       `json:"volatile,omitempty"` // a rule read the clock: good for one second
}

// Level is one held level. Until is in Unix seconds, zero for no end.
type Level struct {
	Path  string `json:"path"`
	Until int64  `json:"until,omitempty"`
	By    By     `json:"by"`
	Rule  string `json:"rule,omitempty"`  // file:line of the granting rule
	Title string `json:"title,omitempty"` // of the rule, from its METADATA
}

// By says what granted a level.
type By string

const (
	ByHost  By = "host"  // built in: Authenticated, zones
	ByRole  By = "role"  // a mapped role
	ByGroup By = "group" // a grouping node with a held child
	ByRule  By = "rule"  // a Rego rule
	ByGrant By = "grant" // a configured grant to one person
)

// Withheld is a level that something tried to grant, and why it is not held.
type Withheld struct {
	Path   string `json:"path"`
	Reason Reason `json:"reason"`
	Rule   string `json:"rule,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Reason is why a level is not held; the list is closed.
type Reason string

const (
	ReasonUserInfoFailed Reason = "userinfo_failed"   // the rule rests on userinfo, which was due and failed
	ReasonSourceFailed   Reason = "source_failed"     // the rule rests on claim sources, which were due and failed
	ReasonClaimsEnded    Reason = "claims_ended"      // the rule rests on claims of a session that could not be refreshed in time
	ReasonExpired        Reason = "expired"           // its time is past
	ReasonBadUntil       Reason = "bad_until"         // its time is no plausible number of seconds
	ReasonRuleError      Reason = "rule_error"        // the rule failed
	ReasonBadGrant       Reason = "bad_grant"         // neither a path nor {"level","until"}
	ReasonUndeclared     Reason = "undeclared"        // not in the configured tree
	ReasonBuiltin        Reason = "builtin"           // built-in levels cannot be ruled
	ReasonParent         Reason = "parent_not_held"   //
	ReasonAnonymous      Reason = "not_authenticated" // inside Authenticated, nobody is signed in
	ReasonRoleName       Reason = "role_name"         // a role name with "/" in it
	ReasonBudget         Reason = "deadline_or_limit" // time or size ran out
)

// Holds reports whether the level at path is held at now. Public always is.
func (d Decision) Holds(path string, now time.Time) bool {
	if path == "Public" {
		return true
	}
	for _, l := range d.Levels {
		if l.Path == path {
			return l.Until == 0 || now.Unix() < l.Until
		}
	}
	return false
}

// Session is what the walk yields. Handle is the secret that goes into the
// cookie; it is empty for a test login.
type Session struct {
	ID        string
	Handle    string
	CreatedAt time.Time
	Document  Document
	User      User
	Decision  Decision
}
