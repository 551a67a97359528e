// Begin: the authorization request.

package oidcrp

import (
	"context"
	"crypto/rand"
	"net/url"
	"strconv"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/doorward/doorward/host/login"
)

// Begin sets the request's Issuer, Nonce, Verifier and, when it has none,
// RedirectURI, and returns the address of an authorization request (code flow,
// PKCE S256, nonce). req.State must be set: it is sent as it is. ForceAuth asks
// for prompt=login and max_age=1, and sets MaxAge to 1. ACRValues are asked for
// as they are, as a wish: a provider may answer with another acr, which the
// document then has. A provider that wants it is pushed the request first, and
// the address names it.
//
// It returns a *login.Fault: provider_unavailable or provider_timeout when the
// provider's discovery document cannot be had or is another issuer's, or when
// the pushed request got no answer; provider_error when it was refused.
//
// See OpenID Connect Core 1.0, section 3.1.2.1, RFC 7636 and RFC 9126.
func (p *Provider) Begin(ctx context.Context, req login.AuthRequest) (login.AuthRequest, login.Redirect, error) {
	if req.State == "" {
		return req, login.Redirect{}, login.NewFault(login.CodeInternal, "the request has no state")
	}
	meta, err := p.meta.get(ctx)
	if err != nil {
		return req, login.Redirect{}, err
	}
	req.Provider, req.Issuer = p.cfg.Name, meta.issuer
	req.Nonce, req.Verifier = random(), random()
	fallback(&req.RedirectURI, p.cfg.RedirectURI)
	if req.ForceAuth {
		second := int64(1)
		req.MaxAge = &second
	}
	query := p.authorization(req)
	if p.pushes(meta) {
		if query, err = p.push(ctx, meta, query); err != nil {
			return req, login.Redirect{}, err
		}
	}
	step := login.Begin(ctx, "begin")
	step.Out("endpoint", meta.authorization)
	step.Out("forceAuth", req.ForceAuth)
	step.Out("maxAge", req.MaxAge)
	if len(req.ACRValues) > 0 {
		step.Out("acrValues", req.ACRValues)
	}
	return req, login.Redirect{URL: withQuery(meta.authorization, query)}, step.End(nil)
}

func (p *Provider) authorization(req login.AuthRequest) url.Values {
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {p.cfg.ClientID},
		"redirect_uri":          {req.RedirectURI},
		"scope":                 {strings.Join(p.cfg.Scopes, " ")},
		"state":                 {req.State},
		"nonce":                 {req.Nonce},
		"code_challenge":        {oidc.NewSHACodeChallenge(req.Verifier)},
		"code_challenge_method": {string(oidc.CodeChallengeMethodS256)},
	}
	if p.cfg.ResponseMode != ModeQuery { // query is the default of the code flow
		query.Set("response_mode", p.cfg.ResponseMode)
	}
	if req.ForceAuth {
		query.Set("prompt", "login")
	}
	if req.MaxAge != nil {
		query.Set("max_age", strconv.FormatInt(*req.MaxAge, 10))
	}
	if len(req.ACRValues) > 0 {
		query.Set("acr_values", strings.Join(req.ACRValues, " "))
	}
	if req.LoginHint != "" {
		query.Set("login_hint", req.LoginHint)
	}
	return query
}

// withQuery adds to an endpoint's own query, which RFC 6749, section 3.1, says
// to keep.
func withQuery(endpoint string, add url.Values) string {
	separator := "?"
	if strings.Contains(endpoint, "?") {
		separator = "&"
	}
	return endpoint + separator + add.Encode()
}

// random is 52 characters with 260 bits: long enough for a PKCE verifier, whose
// least length is 43.
func random() string { return rand.Text() + rand.Text() }
