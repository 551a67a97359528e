package idp

// What the grants of the token endpoint share: the answer, and what is said
// when there is none.

import (
	"context"
	"errors"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

// tokenAnswer is the token endpoint's answer for what was issued and stored.
func (p *Provider) tokenAnswer(ctx context.Context, client clients.Client, g grants.Grant, t grants.Tokens) (*op.Response, error) {
	person, err := p.person(ctx, g.Auth.UserName, g.Auth.Subject)
	if errors.Is(err, people.ErrNoPerson) {
		return nil, oidc.ErrInvalidGrant().WithDescription("the person can no longer sign in")
	}
	if err != nil {
		return nil, p.down(ctx, err)
	}
	idToken, err := p.idToken(ctx, client, g, person, t.Secret)
	if err != nil {
		return nil, p.down(ctx, err)
	}
	if err := p.clients.Used(ctx, client); err != nil { // it costs the client days of its life, not this answer
		p.cfg.Log.ErrorContext(ctx, "cannot note that a client was used", "client", client.ID, "error", err.Error())
	}
	return op.NewResponse(&oidc.AccessTokenResponse{
		AccessToken: t.Secret, TokenType: oidc.BearerToken, ExpiresIn: uint64(t.Access.Lifetime() / time.Second),
		RefreshToken: t.Refresh, IDToken: idToken, Scope: t.Access.Scopes,
	}), nil
}

// refusedGrant answers for a code or token (what) that gave nothing.
func (p *Provider) refusedGrant(ctx context.Context, what string, err error) error {
	var said *oidc.Error
	switch {
	case errors.As(err, &said):
		return err
	case errors.Is(err, grants.ErrReused):
		p.cfg.Log.WarnContext(ctx, "a "+what+" came a second time; what it was spent on is revoked")
		return oidc.ErrInvalidGrant().WithDescription("the %s was used before", what)
	case errors.Is(err, grants.ErrUnknown):
		return oidc.ErrInvalidGrant().WithDescription("the %s is unknown or has expired", what)
	}
	return p.down(ctx, err)
}
