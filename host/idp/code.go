package idp

// Authorization codes: issued with the answer, redeemed at the token endpoint.

import (
	"context"
	"crypto/subtle"
	"regexp"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/store"
)

// newCode is a code for req, and the changes that issue it and use req up.
func (p *Provider) newCode(req ask.Request, s *session, challenged bool) (string, []store.Op) {
	code, issue := p.grants.NewCode(grants.Grant{
		ClientID: req.ClientID, RedirectURI: req.RedirectURI, Challenge: req.Challenge, Nonce: req.Nonce, Scopes: req.Scopes, Claims: req.Claims,
		Thumbprint: req.Thumbprint, Resources: req.Resources, Offline: req.Offline(), Auth: authOf(req, s, challenged),
	})
	return code, append(issue, usedUp(req)...)
}

// authOf is the authentication that an answer to req by s rests on.
func authOf(req ask.Request, s *session, challenged bool) grants.Auth {
	acr, _ := acrFor(req, s.ACR)
	return grants.Auth{Subject: s.Subject, UserName: s.UserName, SID: s.SID, AuthTime: s.AuthTime, Challenged: challenged, AMR: s.AMR, ACR: acr}
}

// CodeExchange spends a code (RFC 6749, section 4.1.3).
func (s server) CodeExchange(ctx context.Context, r *op.ClientRequest[oidc.AccessTokenRequest]) (*op.Response, error) {
	e := newExchange(ctx, s.p, r)
	g, tokens, err := s.p.grants.Redeem(ctx, e.client.ID, r.Data.Code, func(g grants.Grant) (grants.Want, error) {
		if err := fits(g, e.client, r.Data); err != nil {
			return grants.Want{}, err
		}
		return e.want(ctx, g, true)
	})
	if err != nil {
		return nil, e.refused(ctx, "code", err)
	}
	return e.answer(ctx, g, tokens)
}

// fits holds a redemption against what the code was issued for.
func fits(g grants.Grant, client clients.Client, req *oidc.AccessTokenRequest) error {
	switch {
	case g.RedirectURI != req.RedirectURI:
		return oidc.ErrInvalidGrant().WithDescription("redirect_uri is not the one of the authorization request")
	case !verifies(g.Challenge, req.CodeVerifier):
		return oidc.ErrInvalidGrant().WithDescription("code_verifier does not fit the code_challenge")
	case g.Challenge == "" && client.Public():
		return oidc.ErrInvalidGrant().WithDescription("PKCE is required")
	}
	return nil
}

var verifierFormat = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// verifies holds verifier against challenge (RFC 7636, section 4.6). Without a
// challenge there must be no verifier: somebody may have taken it away.
func verifies(challenge, verifier string) bool {
	if challenge == "" || verifier == "" {
		return challenge == verifier
	}
	return verifierFormat.MatchString(verifier) &&
		subtle.ConstantTimeCompare([]byte(oidc.NewSHACodeChallenge(verifier)), []byte(challenge)) == 1
}
