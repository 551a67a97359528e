// Fresh tokens: a session that is used is refreshed before what its provider
// said of the person ends.

package web

import (
	"context"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// Refresh says how the sessions of a provider are kept fresh.
type Refresh struct {
	Mode      string        // auto or off
	Before    time.Duration // the end of an access token, at most half of its life
	OnRefusal string        // end or freeze
}

// maxBefore is the longest Refresh.Before.
const maxBefore = time.Hour

// usedBy is the request that a session is refreshed for.
type usedBy struct {
	facts login.Request
	id    string
}

// used is a session that is in use, refreshed when that is due, and when its
// claims end: zero when they do not. Before the access token's end that happens
// behind the request; after it the request waits, unless the last try failed. It
// is session.ErrNone when the provider ended the session. waited says that time
// has passed.
func (s *Server) used(r *session.Record, by usedBy) (now *session.Record, claimsEnd int64, waited bool, err error) {
	t, at := &r.Tokens, s.config.Now()
	if t.Frozen != 0 {
		return r, t.ClaimsEnd(), false, nil
	}
	if t.Refresh == "" || t.Expires == 0 || at.Unix() < t.Expires-int64(maxBefore/time.Second) {
		return r, 0, false, nil
	}
	p := s.refresher(r, login.Want{})
	if p == nil || at.Before(due(r, p.Refresh.Before)) {
		return r, 0, false, nil
	}
	if at.Unix() < t.Expires || s.renewals.failing(r) {
		s.refreshBehind(p, r, by)
		return r, s.claimsEnd(r), false, nil
	}
	ctx := within(s.base, s.config.ProviderTimeout)
	defer ctx.cancel()
	next, err := s.renewed(ctx, p, r, login.Want{}, by)
	switch {
	case noSession(err):
		return nil, 0, true, err
	case next == nil: // the store failed, or the provider takes too long
		next = r
	}
	if claimsEnd = s.claimsEnd(next); claimsEnd == 0 && next.Tokens.Expires <= s.config.Now().Unix() {
		claimsEnd = next.Tokens.Expires // zero when the provider does not say any more
	}
	return next, claimsEnd, true, nil
}

// claimsEnd is when the claims of a session end: with its access token, when the
// session is frozen, or is not refreshed though that is due. Of a session that
// nobody used meanwhile it is not known that it cannot be.
func (s *Server) claimsEnd(r *session.Record) int64 {
	p := s.refresher(r, login.Want{})
	if r.Tokens.Frozen != 0 || p == nil || r.Tokens.Expires == 0 {
		return r.Tokens.ClaimsEnd()
	}
	if s.config.Now().Before(due(r, p.Refresh.Before)) || !s.renewals.failing(r) {
		return 0
	}
	return r.Tokens.Expires
}

// refresher is the provider that can get want for the session, or nil. What a
// provider calls off is the refreshing of claims: a token for an API is asked
// for by name.
func (s *Server) refresher(r *session.Record, want login.Want) *Provider {
	p := s.provider(r.Document.Person.IdP)
	if p == nil || r.Tokens.Refresh == "" || p.Refresh.Mode == "off" && want == (login.Want{}) {
		return nil
	}
	if _, can := p.Flow.Provider.(login.Refresher); !can {
		return nil
	}
	return p
}

// due is when the session is to be refreshed.
func due(r *session.Record, before time.Duration) time.Time {
	return time.Unix(r.Tokens.Expires, 0).Add(-min(before, life(r)/2))
}

// life is how long the session's access token is good from when it was made.
func life(r *session.Record) time.Duration {
	made := max(r.Tokens.Refreshed, r.Document.ReceivedAt.Unix())
	return time.Duration(max(0, r.Tokens.Expires-made)) * time.Second
}

// refreshBehind refreshes a session behind the request that uses it, unless that
// is under way, or paused, or too much is: the next use tries again.
func (s *Server) refreshBehind(p *Provider, r *session.Record, by usedBy) {
	if s.renewals.pausedBy(r, s.config.Now()) != nil || s.config.Sessions.Renewing(r.ID) || !s.renewals.enter() {
		return
	}
	go func() {
		defer s.renewals.exit()
		ctx := within(s.base, s.config.ProviderTimeout)
		defer ctx.cancel()
		_, _ = s.renewed(ctx, p, r, login.Want{}, by) // what came of it is in the session, and was told
	}()
}

// fresh is the session with an access token for want that is good for atLeast,
// or for half of its life; it is refreshed when it has none. A token that is
// still good is returned when the provider does not answer. Without a want it is
// the session as it is when nothing can refresh it: whoever hands its token out
// looks at its end.
//
// It is session.ErrNone when the session has ended; session_frozen;
// token_unavailable for a want that the provider has no token for; or the
// *login.Fault of the refresh.
func (s *Server) fresh(ctx context.Context, r *session.Record, want login.Want, atLeast time.Duration) (*session.Record, error) {
	for range freshTries {
		if s.good(r, want, atLeast) {
			return r, nil
		}
		p := s.refresher(r, want)
		switch {
		case r.Tokens.Frozen != 0:
			return nil, login.NewFault(login.CodeSessionFrozen, "the provider refused to refresh the session")
		case p == nil && want == (login.Want{}):
			return r, nil
		case p == nil:
			return nil, login.NewFault(login.CodeTokenUnavailable, "the session has no refresh token to ask with")
		}
		next, err := s.renewed(ctx, p, r, want, usedBy{})
		switch {
		case noSession(err):
			return nil, err
		case err != nil && s.good(r, want, 0):
			return r, nil
		case err != nil:
			return nil, err
		case next.Tokens.For[want.Key()] != (login.Granted{}), s.good(next, want, 0):
			return next, nil
		}
		r = next // somebody else changed it
	}
	return r, nil
}

const freshTries = 3

// good reports whether the session has a token for want that lasts. One for an
// API whose end is not known may have ended.
func (s *Server) good(r *session.Record, want login.Want, atLeast time.Duration) bool {
	now := s.config.Now()
	if want != (login.Want{}) {
		return r.Tokens.For[want.Key()].Expires > now.Add(atLeast).Unix()
	}
	t := r.Tokens
	return t.Access != "" && (t.Expires == 0 || t.Expires > now.Add(min(atLeast, life(r)/2)).Unix())
}
