package idp

// A client on its own behalf (RFC 6749, section 4.4).

import (
	"context"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/grants"
)

// ClientCredentialsExchange issues an access token for the client itself. Its
// scopes are among those that the client is registered with by name: there is
// no person who could be asked.
func (s server) ClientCredentialsExchange(ctx context.Context, r *op.ClientRequest[oidc.ClientCredentialsRequest]) (*op.Response, error) {
	e := newExchange(ctx, s.p, r)
	for _, scope := range r.Data.Scope {
		if !slices.Contains(e.client.Scopes, scope) || scope == oidc.ScopeOpenID || scope == oidc.ScopeOfflineAccess {
			return nil, oidc.ErrInvalidScope().WithDescription("scope holds one that this client may not have without a person")
		}
	}
	g := grants.Grant{ClientID: e.client.ID, Scopes: slices.Compact(slices.Sorted(slices.Values(r.Data.Scope)))}
	want, err := e.want(ctx, g, true)
	want.Refresh = false // the client can ask again
	if err != nil {
		return nil, e.refused(ctx, "call", err)
	}
	g, tokens, err := s.p.grants.Issue(ctx, g, want)
	if err != nil {
		return nil, e.refused(ctx, "call", err)
	}
	return e.answer(ctx, g, tokens)
}
