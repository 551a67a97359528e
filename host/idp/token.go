package idp

// The token endpoint: what every grant type shares. What is to be issued is
// decided first, then it is stored with whatever it is issued for, and only
// then signed and answered.

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/idp/proof"
)

// exchange is one call of the token endpoint.
type exchange struct {
	p      *Provider
	client clients.Client
	form   url.Values
	person people.Person // whom the grant is of, once found
	// prove is the thumbprint of the key that the call proves to hold. The proof
	// is good once, so it is looked at once.
	prove func() (string, error)
}

// granting takes a step for grant types that there are and that the client is
// registered for. op's own words for the others quote them, which an error
// description may not (RFC 6749, section 5.2).
func (p *Provider) granting(next step) step {
	return func(w http.ResponseWriter, r *http.Request, form url.Values) {
		client, err := callerOf(r.Context())
		grant := form.Get("grant_type")
		switch {
		case err != nil:
			op.WriteError(w, r, err, nil)
		case grant == "":
			writeOAuthError(w, http.StatusBadRequest, "invalid_request", "grant_type is missing")
		case !slices.Contains(clients.GrantTypes(), grant):
			writeOAuthError(w, http.StatusBadRequest, "unsupported_grant_type", "there is no such grant type")
		case !client.May(grant):
			writeOAuthError(w, http.StatusBadRequest, "unauthorized_client", "this client is not registered for that grant type")
		default:
			next(w, r, form)
		}
	}
}

func newExchange[T any](ctx context.Context, p *Provider, r *op.ClientRequest[T]) *exchange {
	return &exchange{
		p: p, client: r.Client.(opClient).Client, form: r.Form,
		prove: sync.OnceValues(func() (string, error) {
			return p.proofs.Verify(ctx, r.Header, http.MethodPost, p.cfg.Issuer+pathToken, "")
		}),
	}
}

// want is what to issue from g. anew says that g has no token yet, so it is
// bound to whatever key the call proves.
func (e *exchange) want(ctx context.Context, g grants.Grant, anew bool) (grants.Want, error) {
	want := grants.Want{Signed: e.client.AccessTokens == accessTokensJWT, Refresh: anew && e.client.May(clients.GrantRefresh), RefreshFor: e.client.RefreshFor}
	var err error
	if want.Audience, err = e.audience(g); err != nil {
		return want, err
	}
	if err = e.find(ctx, g); err != nil {
		return want, err
	}
	want.Thumbprint, err = e.thumbprint(ctx, g, anew)
	return want, err
}

const accessTokensJWT = "jwt"

// find looks up the grant's person, who must still be there.
func (e *exchange) find(ctx context.Context, g grants.Grant) (err error) {
	if g.Auth.Subject == "" {
		return nil
	}
	e.person, err = e.p.person(ctx, g.Auth.UserName, g.Auth.Subject)
	if errors.Is(err, people.ErrNoPerson) {
		return oidc.ErrInvalidGrant().WithDescription("the person can no longer sign in")
	}
	return err
}

// resources are those that the call names, each once.
func (e *exchange) resources() (named []string) {
	for _, resource := range e.form["resource"] {
		if !slices.Contains(named, resource) && len(named) <= len(e.client.Audiences) { // more of them are not the client's
			named = append(named, resource)
		}
	}
	return named
}

// audience is for whom the access token is (RFC 8707): the resources that the
// call names, those of the grant, or the client's first audience. A client gets
// tokens for its own audiences only.
func (e *exchange) audience(g grants.Grant) ([]string, error) {
	wanted := e.resources()
	for _, resource := range wanted {
		if !slices.Contains(e.client.Audiences, resource) || len(g.Resources) > 0 && !slices.Contains(g.Resources, resource) {
			return nil, oidc.ErrInvalidTarget().WithDescription("resource is none that this client, or this grant, is for")
		}
	}
	switch {
	case len(wanted) > 0:
		return wanted, nil
	case len(g.Resources) > 0:
		return g.Resources, nil
	case len(e.client.Audiences) > 0:
		return e.client.Audiences[:1], nil
	}
	return nil, nil
}

// thumbprint is of the key that the tokens are bound to, "" for none. A bound
// grant stays bound; a client with credentials of its own may change the key,
// because its refresh tokens rest on those (RFC 9449, section 5).
func (e *exchange) thumbprint(ctx context.Context, g grants.Grant, anew bool) (string, error) {
	jkt, err := e.prove()
	switch {
	case errors.Is(err, proof.ErrMissing) && g.Thumbprint == "" && !e.client.BoundTokens:
		return "", nil
	case errors.Is(err, proof.ErrMissing), errors.Is(err, proof.ErrInvalid):
		return "", (&oidc.Error{ErrorType: "invalid_dpop_proof"}).WithDescription("%s", err.Error())
	case err != nil:
		return "", err
	case g.Thumbprint != "" && jkt != g.Thumbprint && (anew || e.client.Public()):
		return "", oidc.ErrInvalidGrant().WithDescription("the grant is bound to another key than that of the DPoP proof")
	}
	return jkt, nil
}

// answer is the token endpoint's answer for what was issued and stored.
func (e *exchange) answer(ctx context.Context, g grants.Grant, t grants.Tokens) (*op.Response, error) {
	if err := e.p.clients.Used(ctx, e.client); err != nil { // it costs the client days of its life, not this answer
		e.p.cfg.Log.ErrorContext(ctx, "cannot note that a client was used", "client", e.client.ID, "error", err.Error())
	}
	body := &oidc.AccessTokenResponse{
		TokenType: tokenType(t.Access), ExpiresIn: uint64(t.Access.Lifetime() / time.Second),
		RefreshToken: t.Refresh, Scope: t.Access.Scopes,
	}
	var err error
	if body.AccessToken, err = e.p.accessToken(ctx, e.client, g, e.person, t); err != nil {
		return nil, e.p.down(ctx, err)
	}
	if g.Auth.Subject != "" && slices.Contains(t.Access.Scopes, oidc.ScopeOpenID) {
		g.Scopes = t.Access.Scopes // a refresh may have asked for less
		if body.IDToken, err = e.p.idToken(ctx, e.client, g, e.person, body.AccessToken); err != nil {
			return nil, e.p.down(ctx, err)
		}
	}
	return op.NewResponse(body), nil
}

func tokenType(a grants.Access) string {
	if a.Thumbprint != "" {
		return "DPoP"
	}
	return oidc.BearerToken
}

// refused answers for a code or token (what) that gave nothing.
func (e *exchange) refused(ctx context.Context, what string, err error) error {
	var said *oidc.Error
	switch {
	case errors.As(err, &said):
		return err
	case errors.Is(err, grants.ErrReused):
		e.p.cfg.Log.WarnContext(ctx, "a "+what+" came a second time; everything granted with it is revoked", "client", e.client.ID)
		return oidc.ErrInvalidGrant().WithDescription("the %s was used before", what)
	case errors.Is(err, grants.ErrUnknown):
		return oidc.ErrInvalidGrant().WithDescription("the %s is unknown or has expired", what)
	}
	return e.p.down(ctx, err)
}

// within are the wanted scopes that the provider has and the client may ask
// for.
func (p *Provider) within(client clients.Client, wanted []string) (scopes []string) {
	for _, scope := range wanted {
		if p.reader().Allows(client, scope) && !slices.Contains(scopes, scope) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

// scopeText is scopes as one claim.
func scopeText(scopes []string) string { return strings.Join(scopes, " ") }
