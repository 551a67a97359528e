package idp

// Refresh tokens (RFC 6749, section 6; OpenID Connect Core 1.0, section 12).

import (
	"context"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/grants"
)

// RefreshToken spends a refresh token on its successor and new tokens.
func (s server) RefreshToken(ctx context.Context, r *op.ClientRequest[oidc.RefreshTokenRequest]) (*op.Response, error) {
	e := newExchange(ctx, s.p, r)
	g, tokens, err := s.p.grants.Refresh(ctx, e.client.ID, r.Data.RefreshToken, func(g grants.Grant) (grants.Want, error) {
		scopes, ok := g.Narrow(r.Data.Scopes)
		if !ok {
			return grants.Want{}, oidc.ErrInvalidScope().WithDescription("scope holds more than was granted")
		}
		if err := s.p.stillSignedIn(ctx, g); err != nil {
			return grants.Want{}, err
		}
		want, err := e.want(ctx, g, false)
		want.Scopes = scopes
		return want, err
	})
	if err != nil {
		return nil, e.refused(ctx, "refresh token", err)
	}
	g.Nonce, g.Auth.Challenged = "", false // of the answer that began it, not of this one
	return e.answer(ctx, g, tokens)
}

// stillSignedIn refuses a grant that was not for offline access once its
// session is over.
func (p *Provider) stillSignedIn(ctx context.Context, g grants.Grant) error {
	if g.Offline {
		return nil
	}
	session, err := p.session(ctx, g.Auth.SID)
	if err != nil {
		return err
	}
	if session == nil || session.Subject != g.Auth.Subject {
		return oidc.ErrInvalidGrant().WithDescription("the person's session is over; ask for offline_access to outlast it")
	}
	return nil
}
