// Tokens by exchange: the session's access token becomes one for another API,
// which the session keeps while it is good.

package web

import (
	"context"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/session"
)

// exchanges is how often it is tried for one request, when others change the
// session meanwhile.
const exchanges = 3

// exchanged is the session with an access token for want that is good for
// leastLife, by exchange when it has none.
func (s *Server) exchanged(ctx context.Context, r *session.Record, want login.Want) (*session.Record, error) {
	exchange, err := s.exchanger(r)
	if err != nil {
		return nil, err
	}
	key := want.Key()
	for range exchanges {
		if s.lasts(r.Tokens.For[key]) {
			return r, nil
		}
		if r, err = s.fresh(ctx, r, login.Want{}, leastLife); err != nil {
			return nil, err
		}
		before := r.Tokens.For[key]
		r, err = s.config.Sessions.Renew(ctx, r, want, func(ctx context.Context, r *session.Record, _ int) (*session.Renewed, error) {
			granted, err := exchange(ctx, r.Document, r.Tokens, want)
			if err != nil {
				return &session.Renewed{Unspent: true}, err
			}
			return &session.Renewed{Document: r.Document, User: r.User, Tokens: r.Tokens.Granting(want, granted, s.config.Now().Unix())}, nil
		})
		if err != nil {
			return nil, err
		}
		if r.Tokens.For[key] != before {
			return r, nil
		}
	}
	return r, nil
}

type exchange = func(context.Context, login.Document, login.Tokens, login.Want) (login.Granted, error)

// exchanger is how the session's provider exchanges tokens.
func (s *Server) exchanger(r *session.Record) (exchange, error) {
	if p := s.provider(r.Document.Person.IdP); p != nil {
		if e, can := p.Flow.Provider.(login.Exchanger); can {
			return e.Exchange, nil
		}
	}
	return nil, login.NewFault(login.CodeTokenUnavailable, "the session's provider does not exchange tokens, or is not configured any more")
}

// lasts reports whether a token that the session keeps can still be handed out.
// One whose end is not known is good for the request that it was got for.
func (s *Server) lasts(g login.Granted) bool {
	return g.Expires > s.config.Now().Add(leastLife).Unix()
}
