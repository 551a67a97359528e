package idp

// A client gives a token back (RFC 7009).

import (
	"context"
	"errors"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/grants"
)

// Revocation revokes an access token, or a refresh token with all that its
// grant issued. A token that is worth nothing already is no error.
func (s server) Revocation(ctx context.Context, r *op.ClientRequest[oidc.RevocationRequest]) (*op.Response, error) {
	err := s.p.grants.Revoke(ctx, r.Client.GetID(), r.Data.Token)
	switch {
	case errors.Is(err, grants.ErrForeign):
		return nil, oidc.ErrInvalidGrant().WithDescription("the token was issued to another client")
	case err != nil:
		return nil, s.p.down(ctx, err)
	}
	return op.NewResponse(nil), nil
}
