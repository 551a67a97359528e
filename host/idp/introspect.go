package idp

// What a token is worth, for those whom it concerns (RFC 7662).

import (
	"context"
	"errors"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

// introspection is the answer; the zero value is that of a token that is
// worth nothing, or not the caller's business.
type introspection struct {
	Active    bool              `json:"active"`
	Issuer    string            `json:"iss,omitempty"`
	Subject   string            `json:"sub,omitempty"`
	UserName  string            `json:"username,omitempty"`
	ClientID  string            `json:"client_id,omitempty"`
	Audience  []string          `json:"aud,omitempty"`
	Scope     string            `json:"scope,omitempty"`
	TokenType string            `json:"token_type,omitempty"`
	Issued    int64             `json:"iat,omitempty"`
	Expires   int64             `json:"exp,omitempty"`
	AuthTime  int64             `json:"auth_time,omitempty"`
	ACR       string            `json:"acr,omitempty"`
	AMR       []string          `json:"amr,omitempty"`
	Key       map[string]string `json:"cnf,omitempty"`
}

// Introspect answers clients with credentials: the one that a token was issued
// to, and those that it is for.
func (s server) Introspect(ctx context.Context, r *op.Request[op.IntrospectionRequest]) (*op.Response, error) {
	caller, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	said, err := s.p.introspect(ctx, caller, r.Data.Token)
	if err != nil {
		return nil, s.p.down(ctx, err)
	}
	return op.NewResponse(said), nil
}

func (p *Provider) introspect(ctx context.Context, caller clients.Client, token string) (introspection, error) {
	g, a, person, err := p.accessOf(ctx, token)
	if errors.Is(err, grants.ErrUnknown) {
		return p.introspectRefresh(ctx, caller, token)
	}
	if err != nil || !concerns(caller, g, a) {
		return introspection{}, err
	}
	said := p.describe(g, person)
	said.Audience, said.Scope, said.TokenType = p.audienceOf(a), scopeText(a.Scopes), tokenType(a)
	said.Issued, said.Expires = a.Issued, a.Expires
	if a.Thumbprint != "" {
		said.Key = map[string]string{"jkt": a.Thumbprint}
	}
	return said, nil
}

// concerns reports whether caller may know about an access token: it is its
// own, or for the caller, or for a resource that the caller stands for.
func concerns(caller clients.Client, g grants.Grant, a grants.Access) bool {
	return caller.ID == g.ClientID || slices.Contains(a.Audience, caller.ID) ||
		slices.ContainsFunc(a.Audience, func(audience string) bool { return slices.Contains(caller.Audiences, audience) })
}

// introspectRefresh is about a refresh token, which concerns its client alone.
func (p *Provider) introspectRefresh(ctx context.Context, caller clients.Client, token string) (introspection, error) {
	g, expires, err := p.grants.RefreshOf(ctx, token)
	if errors.Is(err, grants.ErrUnknown) || err == nil && g.ClientID != caller.ID {
		return introspection{}, nil
	}
	if err != nil {
		return introspection{}, err
	}
	person, err := p.standing(ctx, g)
	if errors.Is(err, grants.ErrUnknown) {
		return introspection{}, nil
	}
	said := p.describe(g, person)
	said.Scope, said.Expires = scopeText(g.Scopes), expires
	return said, err
}

func (p *Provider) describe(g grants.Grant, person people.Person) introspection {
	said := introspection{Active: true, Issuer: p.cfg.Issuer, ClientID: g.ClientID, Subject: g.ClientID}
	if g.Auth.Subject != "" {
		said.Subject, said.UserName = g.Auth.Subject, person.UserName
		said.AuthTime, said.ACR, said.AMR = g.Auth.AuthTime, g.Auth.ACR, g.Auth.AMR
	}
	return said
}
