package idp

// Which client calls, at every endpoint that asks for its authentication.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

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

// callerKey is the context's key of the client that proved itself.
type callerKey struct{}

// asClient takes a step for clients that prove themselves alone. It comes
// before op, whose word for a call without credentials is another than RFC
// 6749's (section 5.2), and an assertion is good once.
func (p *Provider) asClient(next step) step {
	return func(w http.ResponseWriter, r *http.Request, form url.Values) {
		c, err := p.authenticate(r.Context(), r.Header, form, strings.TrimPrefix(r.URL.Path, p.base))
		if err != nil {
			op.WriteError(&challenger{ResponseWriter: w, challenge: p.basic()}, r, err, p.cfg.Log)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)), form)
	}
}

// withCredentials takes a step for clients that can keep a secret (RFC 7662,
// section 2.1); it goes below asClient.
func (p *Provider) withCredentials(next step) step {
	return func(w http.ResponseWriter, r *http.Request, form url.Values) {
		if c, err := callerOf(r.Context()); err == nil && c.Public() {
			err := op.NewStatusError(oidc.ErrInvalidClient().WithDescription("this endpoint is for clients with credentials"), http.StatusUnauthorized)
			op.WriteError(&challenger{ResponseWriter: w, challenge: p.basic()}, r, err, p.cfg.Log)
			return
		}
		next(w, r, form)
	}
}

// callerOf is the client that asClient let through.
func callerOf(ctx context.Context) (clients.Client, error) {
	c, ok := ctx.Value(callerKey{}).(clients.Client)
	if !ok {
		return c, op.NewStatusError(oidc.ErrInvalidClient(), http.StatusUnauthorized)
	}
	return c, nil
}

// VerifyClient implements op.Server.
func (server) VerifyClient(ctx context.Context, _ *op.Request[op.ClientCredentials]) (op.Client, error) {
	c, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	return opClient{c}, nil
}
