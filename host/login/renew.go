// Tokens that stay fresh: what a provider may be able to do after the sign-in.

package login

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/doorward/doorward/host/attrs"
)

// Tokens are a session's tokens as they are now: those of the sign-in until the
// first refresh. They are kept apart from the document, which holds the token
// endpoint's last response as it was received: a refresh may leave out what
// stays as it was. Printing Tokens shows none of them. Times are in Unix
// seconds.
type Tokens struct {
	Access    string `json:"access,omitempty"`
	Expires   int64  `json:"expires,omitempty"` // of Access; zero when the provider did not say
	Refresh   string `json:"refresh,omitempty"` // the one to use next; empty for none
	IDToken   string `json:"idToken,omitempty"` // the last one, a hint at sign-out
	Refreshed int64  `json:"refreshed,omitempty"`

	// Frozen is when the provider refused to refresh, zero when it did not. A
	// frozen session has no tokens, and what rests on the provider's claims
	// ended at Expires.
	Frozen int64 `json:"frozen,omitempty"`

	For map[string]Granted `json:"for,omitempty"` // access tokens for APIs, by Want.Key
}

// Granted is an access token for one API.
type Granted struct {
	Token   string `json:"token"`
	Type    string `json:"type"`
	Expires int64  `json:"expires,omitempty"` // Unix seconds; zero when the provider did not say
	Scope   string `json:"scope,omitempty"`
}

// TokensOf are the tokens of a sign-in: those of its token endpoint's response,
// none when it has none. Expires counts from when the host received the
// authentication response, which was before the tokens were made.
func TokensOf(doc Document) Tokens {
	response, ok := doc.Sources.Object(attrs.TokenEndpointResponse)
	if !ok {
		return Tokens{}
	}
	t := Tokens{Expires: ExpiresIn(response, doc.ReceivedAt)}
	t.Access, _ = response["access_token"].(string)
	t.Refresh, _ = response["refresh_token"].(string)
	t.IDToken, _ = response["id_token"].(string)
	return t
}

// ExpiresIn is when the access token of a token endpoint's response ends, in
// Unix seconds, counted from at: zero when expires_in is not there or says
// nothing that can be used. Digits in a string count, as some providers send
// them.
//
// See RFC 6749, section 5.1.
func ExpiresIn(response map[string]any, at time.Time) int64 {
	seconds, err := strconv.ParseFloat(fmt.Sprint(response["expires_in"]), 64)
	if err != nil || !(seconds >= 1 && seconds <= maxExpiresIn) {
		return 0
	}
	return at.Unix() + int64(seconds)
}

// maxExpiresIn is ten years, in seconds: what claims to last longer does not
// say when it ends.
const maxExpiresIn = 10 * 366 * 24 * 60 * 60

// Format prints no token, whatever the verb.
func (t Tokens) Format(f fmt.State, _ rune) { fmt.Fprint(f, "tokens") }

// Format prints no token, whatever the verb.
func (g Granted) Format(f fmt.State, _ rune) { fmt.Fprint(f, "an access token") }

// Want is an access token that is wanted for one API. The zero Want is the
// sign-in's own access token.
type Want struct {
	Resource string // RFC 8707, section 2: an absolute URI
	Audience string // of an exchange (RFC 8693, section 2.1); empty for none
	Scope    string // separated by spaces; empty for the provider's default
}

// Renewal is what a refresh yielded.
type Renewal struct {
	// Document is the sign-in's with the new sources. Its person, login facts,
	// evidence, provider's session and ReceivedAt are those of the sign-in. For
	// a Want with a Resource it is the document unchanged.
	Document Document
	Tokens   Tokens
}

// Refresher is the optional ability of a Provider to renew a sign-in's tokens,
// and with them what it says of the person.
type Refresher interface {
	// Refresh spends tokens.Refresh. It returns a *Fault: refresh_refused when
	// the provider says that the refresh token is no good (RFC 6749, section
	// 5.2, invalid_grant), after which it must not be used again;
	// refresh_failed when the answer failed a check, and nothing of it may be
	// used; provider_unavailable or provider_timeout when no answer came, and
	// the refresh token may be spent or not. A Renewal beside an error has the
	// refresh token to use next, when one came before the answer could not be
	// checked.
	Refresh(ctx context.Context, doc Document, tokens Tokens, want Want) (Renewal, error)
}

// Exchanger is the optional ability of a Provider to exchange an access token
// for one for another API (RFC 8693).
type Exchanger interface {
	// Exchange presents tokens.Access, of the sign-in that doc is of. It returns
	// a *Fault: token_unavailable when the provider issues no token for want;
	// provider_unavailable or provider_timeout when no answer came.
	Exchange(ctx context.Context, doc Document, tokens Tokens, want Want) (Granted, error)
}

// Ended is what a provider says has ended: a session of its own, or every
// session of a person. Issuer and TokenID are there always, and one of Subject
// and SessionID at least. When it ended is not told: what counts is when the
// host learns of it, by its own clock.
type Ended struct {
	Issuer    string
	Subject   string // empty when only a session is named
	SessionID string // the provider's (sid, SessionIndex); empty for all of the person's
	TokenID   string // of the notice, for replay (jti, or the ID of a SAML message)
	Expires   int64  // Unix seconds until when the notice could be replayed
}

// SignOutListener is the optional ability of a Provider to be told by the
// provider's server that a session has ended (OpenID Connect Back-Channel Logout
// 1.0). Every error is a *Fault, logout_token_invalid when the notice is to be
// refused.
type SignOutListener interface {
	SignedOut(ctx context.Context, logoutToken string) (Ended, error)
}
