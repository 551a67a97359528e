package login

import (
	"context"
	"fmt"
)

// prove holds a login against what was asked for: the same person at a
// step-up, and credentials proved anew when that was demanded of someone who
// already has a session. A first login without proof goes on; the levels that
// need the proof are then not granted.
func (f *Flow) prove(ctx context.Context, req AuthRequest, before *Before, doc Document) error {
	if before == nil && req.Purpose != PurposeStepUp {
		return nil
	}
	step := Begin(ctx, "prove")
	step.In("requestedAt", req.RequestedAt)
	step.In("forceAuth", req.ForceAuth)
	doc.Login.describe(step)
	step.Out("evidence", doc.Login.Evidence)
	return step.End(f.judge(req, before, doc))
}

func (f *Flow) judge(req AuthRequest, before *Before, doc Document) error {
	switch {
	case before == nil:
		return NewFault(CodeSessionMissing, "the session that asked for the step-up has ended")
	case before.Person != doc.Person && req.Purpose == PurposeStepUp:
		return NewFault(CodePersonMismatch, "someone else answered the step-up")
	case before.Person != doc.Person: // a plain login as someone else
		return nil
	case req.ForceAuth && !Performed(doc.Login), !WithinMaxAge(doc.Login):
		err := &ReauthError{Login: doc.Login}
		return &Fault{Code: CodeReauthNotPerformed, Detail: err.Error(), Err: err}
	}
	return nil
}

// Performed reports whether the login's evidence proves a re-authentication
// that this login asked for: a challenge, vouched for by a provider that is
// trusted to; or an auth_time at or after the request, less ReauthSkew, and
// strictly later than that of the session before.
func Performed(l Login) bool {
	if l.ChallengedTrusted && l.Evidence.Challenged != nil && *l.Evidence.Challenged {
		return true
	}
	at, ok := l.authTime()
	return ok && at >= l.RequestedAt-l.ReauthSkew &&
		(l.PreviousAuthTime == nil || at > *l.PreviousAuthTime)
}

// WithinMaxAge reports whether credentials were proved within the max_age that
// was asked for, if one was (OpenID Connect Core 1.0, section 3.1.2.1). With
// ForceAuth it holds nothing more than Performed does.
func WithinMaxAge(l Login) bool {
	if l.MaxAge == nil || l.ForceAuth {
		return true
	}
	at, ok := l.authTime()
	return ok && at >= l.RequestedAt-*l.MaxAge-l.ReauthSkew
}

// authTime is the evidence's auth_time, when it is not in the future.
func (l Login) authTime() (int64, bool) {
	at := l.Evidence.AuthTime
	if at == nil || *at > l.ReceivedAt+futureSkew {
		return 0, false
	}
	return *at, true
}

// futureSkew is how far, in seconds, a provider's clock may be ahead before
// its auth_time proves nothing.
const futureSkew = 60

// ReauthError says what the provider sent instead of a re-authentication.
type ReauthError struct{ Login Login }

func (e *ReauthError) Error() string {
	said := "no auth_time"
	if at := e.Login.Evidence.AuthTime; at != nil {
		said = fmt.Sprintf("auth_time %d, %d s before the request", *at, e.Login.RequestedAt-*at)
		if *at >= e.Login.RequestedAt-e.Login.ReauthSkew {
			said = fmt.Sprintf("auth_time %d, which is not later than the session's", *at)
		}
		if *at > e.Login.ReceivedAt+futureSkew {
			said = fmt.Sprintf("auth_time %d, which is in the future", *at)
		}
	}
	switch c := e.Login.Evidence.Challenged; {
	case c == nil:
		said += " and no challenged"
	case *c && !e.Login.ChallengedTrusted:
		said += " and challenged true, which this provider is not trusted to say"
	default:
		said += fmt.Sprintf(" and challenged %t", *c)
	}
	said = "the provider did not re-authenticate: it sent " + said
	if asked := e.Login.SaidOfACR(); asked != "" {
		said += "; " + asked
	}
	return said
}
