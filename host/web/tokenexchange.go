// Tokens by exchange: the session's access token becomes one for another API,
// which the session keeps while it is good.

package web

import (
	"context"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// exchanges is how often the sign-in's access token is presented for one
// request, when the session changes each time meanwhile.
const exchanges = 3

// exchanged is the session with an access token for want that is good for
// leastLife, by exchange when it has none.
func (s *Server) exchanged(ctx context.Context, r *session.Record, want login.Want) (*session.Record, error) {
	var err error
	for range exchanges {
		if s.lasts(r.Tokens.For[want.Key()]) {
			return r, nil
		}
		if r, err = s.fresh(ctx, r, login.Want{}, leastLife); err != nil {
			return nil, err
		}
		p := s.provider(r.Document.Person.IdP)
		if p == nil {
			return nil, login.NewFault(login.CodeTokenUnavailable, "the session's provider is not configured any more")
		}
		exchanger, can := p.Flow.Provider.(login.Exchanger)
		if !can {
			return nil, login.NewFault(login.CodeTokenUnavailable, "the session's provider does not exchange tokens")
		}
		r, err = s.config.Sessions.Renew(ctx, r, want, func(ctx context.Context, r *session.Record, _ int) (*session.Renewed, error) {
			granted, err := exchanger.Exchange(ctx, r.Document, r.Tokens, want)
			if err != nil {
				return &session.Renewed{Unspent: true}, err
			}
			return &session.Renewed{Document: r.Document, User: r.User, Tokens: r.Tokens.Granting(want, granted, s.config.Now().Unix())}, nil
		})
		if err != nil {
			return nil, err
		}
	}
	return r, nil
}

// lasts reports whether a token that the session keeps can still be handed out.
// One whose end is not known is good for the request that it was got for.
func (s *Server) lasts(g login.Granted) bool {
	return g.Expires > s.config.Now().Add(leastLife).Unix()
}
