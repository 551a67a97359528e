package idp

// Which client calls, at every endpoint that asks for its authentication.

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/clients"
)

func (p *Provider) registry() (*clients.Registry, error) {
	if len(p.cfg.Registration.Scopes) == 0 {
		p.cfg.Registration.Scopes = p.scopes.Open()
	}
	return clients.New(clients.Config{
		Configured: p.cfg.Clients, Store: p.cfg.Store, Keys: p.cfg.Keys, Registration: p.cfg.Registration, Transport: p.cfg.Transport, Now: p.now,
		Issuer: p.cfg.Issuer, Token: p.cfg.Issuer + pathToken, Endpoint: p.cfg.Issuer + pathRegister,
		Algorithms: p.keys.Algorithms(),
	})
}

// authenticate is the client that calls path, proved by its one method. A
// failure is one that op writes.
func (p *Provider) authenticate(ctx context.Context, header http.Header, form url.Values, path string) (clients.Client, error) {
	c, err := p.clients.Authenticate(ctx, clients.Call{Header: header, Form: form, Endpoint: p.cfg.Issuer + path})
	var refused *clients.Refusal
	switch {
	case errors.As(err, &refused) && refused.Code == clients.InvalidClient:
		return c, op.NewStatusError(oidc.ErrInvalidClient().WithDescription("%s", refused.Description), http.StatusUnauthorized)
	case errors.As(err, &refused):
		return c, oidc.ErrInvalidRequest().WithDescription("%s", refused.Description)
	case err != nil:
		return c, p.down(ctx, err)
	}
	return c, nil
}

// VerifyClient implements op.Server.
func (s server) VerifyClient(ctx context.Context, r *op.Request[op.ClientCredentials]) (op.Client, error) {
	c, err := s.p.authenticate(ctx, r.Header, r.Form, r.URL.Path)
	if err != nil {
		return nil, err
	}
	return opClient{c}, nil
}
