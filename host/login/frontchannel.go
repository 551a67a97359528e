// What a provider that speaks through the browser may be able to do besides.

package login

import (
	"context"
	"net/url"
	"time"
)

// Recognizer is the optional ability of a Provider to say whether a later
// sign-in can be told to be the same person's. When it is false, a step-up is
// refused before it begins. A Provider without it recognises.
type Recognizer interface {
	Recognizes() bool
}

// Describer is the optional ability of a Provider to describe this host to the
// provider's administrator (SAML 2.0 Metadata). The error is a *Fault.
type Describer interface {
	Describe() (mediaType string, document []byte, err error)
}

// Notice is a sign-out message as a browser brought it: by its query, as it was
// sent, or in a form.
type Notice struct {
	Query      string
	Form       url.Values // nil for a query
	ReceivedAt time.Time
}

// Heard is what a Notice said: what the provider has ended, and how to answer
// it; or the state of the sign-out of this host's own that it answers.
type Heard struct {
	Ended  []Ended
	Reply  Redirect // empty for none; only for what has ended
	State  string
	Failed string // what the provider says went wrong on its side; safe to log
}

// SignOutHearer is the optional ability of a Provider to be told, and to answer,
// through the browser that a session has ended (SAML 2.0 single logout). Every
// error is a *Fault, logout_token_invalid when the message is to be refused.
type SignOutHearer interface {
	Hear(ctx context.Context, n Notice) (Heard, error)
}
