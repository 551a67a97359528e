package idp

// Signing a person out everywhere, for those who run the host.

import (
	"context"
	"errors"
)

// SignOut finds the sessions of the person with that subject, and returns what
// ends them: clients are told (OpenID Connect Back-Channel Logout 1.0), and what
// rests on the sessions is revoked; with everything set, access for offline use
// too. It is to be called before the person is disabled, removed, or given
// another password, since their sessions cannot be found afterwards, and what it
// returns is to be called after that. Errors wrap store.ErrUnavailable.
func (p *Provider) SignOut(ctx context.Context, subject string, everything bool) (end func(context.Context) error, err error) {
	list, err := p.sessionsOf(ctx, subject)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		err := p.endSessions(ctx, list...)
		if everything {
			err = errors.Join(err, p.grants.RevokeSubject(ctx, subject))
		}
		return err
	}, nil
}
