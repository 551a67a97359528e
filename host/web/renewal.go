// One refresh of a session: what the provider's answer makes of it, and who is
// told.

package web

import (
	"context"
	"errors"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// renewed is the session after one refresh, which others may have asked for as
// well. While a provider that did not answer is left in peace, it is the session
// as it was, and the error of the last try.
func (s *Server) renewed(ctx context.Context, p *Provider, r *session.Record, want login.Want, by usedBy) (*session.Record, error) {
	if err := s.renewals.pausedBy(r, s.config.Now()); err != nil {
		return r, err
	}
	return s.config.Sessions.Renew(ctx, r, want, func(ctx context.Context, r *session.Record, tries int) (*session.Renewed, error) {
		n := &renewal{s: s, p: p, r: r, by: by, tries: tries, was: login.Signed{
			Document: r.Document, User: r.User, Tokens: r.Tokens, CreatedAt: r.CreatedAt.Unix(), Request: by.facts,
		}}
		return n.ask(ctx, want)
	})
}

// renewal is one refresh under way.
type renewal struct {
	s     *Server
	p     *Provider
	r     *session.Record
	by    usedBy
	tries int // that were made with the refresh token before, and have no outcome
	was   login.Signed
}

// ask refreshes, and says what becomes of the session. The old refresh token is
// tried once more when nobody knows what became of it, and never a third time.
func (n *renewal) ask(ctx context.Context, want login.Want) (*session.Renewed, error) {
	trace := &login.Trace{Now: n.s.config.Now, RequestID: n.by.id}
	ctx, cancel := context.WithTimeout(login.WithTrace(ctx, trace), n.s.config.ProviderTimeout)
	defer cancel()
	if n.tries > 1 {
		return n.freeze(ctx, login.NewFault(login.CodeRefreshRefused, "the refresh token was tried twice, and nobody knows how that ended"))
	}
	out, err := n.p.Flow.Refresh(ctx, n.was, want)
	n.s.metrics.refresh(n.p.Name, want != (login.Want{}), err, trace)
	n.log(ctx, trace, err)
	switch code := login.CodeOf(err); {
	case err == nil && want != (login.Want{}):
		return &session.Renewed{Document: out.Document, User: out.User, Tokens: out.Tokens}, nil
	case err == nil:
		return n.refreshed(ctx, out), nil
	case code == login.CodeTokenUnavailable, want != (login.Want{}) && code == login.CodeRefreshRefused:
		return &session.Renewed{Unspent: true}, err // it may be that the API is refused: the next refresh shows
	case code == login.CodeRefreshRefused && (n.tries > 0 || n.p.Refresh.OnRefusal == "freeze"):
		return n.freeze(ctx, err)
	case code == login.CodeRefreshRefused, code == login.CodeLoginDenied:
		return n.end(ctx, err)
	}
	return n.failed(ctx, out, err)
}

// refreshed is a session whose provider answered.
func (n *renewal) refreshed(ctx context.Context, out login.Refreshed) *session.Renewed {
	before := n.held(ctx)
	return &session.Renewed{
		Document: out.Document, User: out.User, Tokens: out.Tokens, Levels: out.Decision.Paths(),
		Done: func() {
			n.s.renewals.worked(n.r)
			n.s.changes.signIn(n.r.ID, n.by.facts, out.Decision, n.s.config.Now())
			n.tell(ctx, login.RefreshEvent(ctx, "refreshed", before, &out.Decision, nil))
		},
	}
}

// freeze takes the session's tokens away, and its claims an end.
func (n *renewal) freeze(ctx context.Context, why error) (*session.Renewed, error) {
	before, now := n.held(ctx), n.s.config.Now()
	out := login.Freeze(n.was, now.Unix())
	decision, err := n.p.Flow.Levels.Decide(ctx, login.Facts{
		Document: &out.Document, User: &out.User, CreatedAt: n.was.CreatedAt, Request: n.by.facts, Now: now, ClaimsEnd: out.Tokens.ClaimsEnd(),
	})
	if err != nil {
		return n.failed(ctx, login.Refreshed{}, errors.Join(why, err))
	}
	return &session.Renewed{
		Document: out.Document, User: out.User, Tokens: out.Tokens, Levels: decision.Paths(),
		Done: func() {
			n.s.renewals.worked(n.r)
			n.s.changes.signIn(n.r.ID, n.by.facts, decision, now)
			n.tell(ctx, login.RefreshEvent(ctx, "frozen", before, &decision, why))
		},
	}, why
}

// end ends the session.
func (n *renewal) end(ctx context.Context, why error) (*session.Renewed, error) {
	before := n.held(ctx)
	return &session.Renewed{End: true, Done: func() {
		n.s.renewals.worked(n.r)
		n.s.config.Levels.Forget(levelsKey(n.r))
		n.s.changes.forget(n.r.ID)
		e := login.RefreshEvent(ctx, "logout", before, nil, why)
		e.Cause = login.CauseRefused
		n.tell(ctx, e)
	}}, why
}

// failed leaves the session as it is and the provider in peace for a while. Only
// the first failure of several is told. What the provider answered before a later
// step failed is kept: its refresh token is the next one.
func (n *renewal) failed(ctx context.Context, out login.Refreshed, why error) (*session.Renewed, error) {
	if n.s.renewals.failed(n.r, why, n.s.config.Now()) {
		n.tell(ctx, login.RefreshEvent(ctx, "refresh_failed", nil, nil, why))
	}
	if out.Tokens.Refresh == "" {
		return nil, why
	}
	return &session.Renewed{Document: out.Document, User: out.User, Tokens: out.Tokens}, why
}

// held are the levels that the session holds until now.
func (n *renewal) held(ctx context.Context) []string {
	decision, err := n.s.config.Levels.Levels(ctx, levelsKey(n.r), login.Facts{
		Document: &n.r.Document, User: &n.r.User, CreatedAt: n.was.CreatedAt, Request: n.by.facts, Now: n.s.config.Now(), ClaimsEnd: n.s.claimsEnd(n.r),
	})
	if err != nil {
		return nil
	}
	return decision.Paths()
}

// tell writes an event about the session to the audit log.
func (n *renewal) tell(ctx context.Context, e login.Event) {
	e.LoginID, e.Provider, e.Session, e.App = n.was.Document.ID, n.p.Name, n.r.ID, n.by.facts.App
	if e.Subject == nil {
		e.Subject = subjectOf(n.r)
	}
	n.s.config.Audit(ctx, e)
}

func (n *renewal) log(ctx context.Context, trace *login.Trace, err error) {
	attrs := []any{"session", n.r.ID, "provider", n.p.Name, "request", n.by.id, "steps", steps(trace)}
	if err == nil {
		n.s.config.Log.DebugContext(ctx, "a session was refreshed", attrs...)
		return
	}
	n.s.config.Log.WarnContext(ctx, "a session could not be refreshed", append(attrs, "code", login.CodeOf(err))...)
}
