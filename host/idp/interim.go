package idp

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

var proofAlgs = []string{"ES256"}

func (p *Provider) provenKey(*http.Request, string) (string, error) {
	return "", errors.New("not yet")
}

func (p *Provider) sign(_ context.Context, alg, typ string, claims any) (string, error) {
	return jwt.Signed(p.keys.Load().signer).Claims(claims).Serialize()
}

func (p *Provider) signingAlgs() []string { return []string{string(jose.RS256)} }

func (p *Provider) granted(ctx context.Context, token string) (grants.Grant, grants.Access, error) {
	a, _, err := p.accessOf(ctx, token)
	if errors.Is(err, people.ErrNoPerson) {
		return grants.Grant{}, grants.Access{}, grants.ErrUnknown
	}
	g := grants.Grant{ClientID: a.ClientID, Scopes: a.Scopes, Auth: grants.Auth{Subject: a.Subject, UserName: a.UserName}}
	return g, grants.Access{Scopes: a.Scopes}, err
}

func (g grant) whole() grants.Grant {
	return grants.Grant{
		ClientID: g.ClientID, Scopes: g.Scopes, Nonce: g.Nonce,
		Auth: grants.Auth{Subject: g.Subject, UserName: g.UserName, SID: g.SID, AuthTime: g.AuthTime, Challenged: g.Challenged, AMR: []string{"uname", "pwd"}},
	}
}
