package idp

// Signing a person out everywhere, for those who run the host.

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/store"
)

// SignOut ends the sessions of the person with that subject for good, also of
// one who can no longer sign in: nothing comes back when they can again. Clients
// are told (OpenID Connect Back-Channel Logout 1.0), and what rests on the
// sessions is revoked; with everything set, access for offline use too. Errors
// wrap store.ErrUnavailable.
func (p *Provider) SignOut(ctx context.Context, subject string, everything bool) error {
	return p.signOutBy(ctx, subject, everything, p.stored)
}

// SignOut is that of Provider on the store of a host that does not run: clients
// are not told.
func SignOut(ctx context.Context, st store.Store, subject string, everything bool) error {
	p := &Provider{
		cfg:    Config{Store: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)},
		grants: &grants.Store{Store: st, Now: time.Now},
	}
	return p.signOutBy(ctx, subject, everything, func(ctx context.Context, sid string) (*session, error) {
		s, err := p.stored(ctx, sid)
		if s != nil {
			s.Clients = nil // nobody is there to tell them
		}
		return s, err
	})
}

func (p *Provider) signOutBy(ctx context.Context, subject string, everything bool, find finding) error {
	list, err := p.sessionsBy(ctx, subject, find)
	if err == nil {
		err = p.endSessions(ctx, list...)
	}
	if everything {
		err = errors.Join(err, p.grants.RevokeSubject(ctx, subject))
	}
	return err
}
