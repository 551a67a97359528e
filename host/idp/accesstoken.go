package idp

// Access tokens: a secret, or a JWT (RFC 9068) whose record is in the store
// all the same, so that it can be revoked.

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

const accessTokenType = "at+jwt"

// accessToken is what the client is handed for t. person is the zero one for
// client credentials.
func (p *Provider) accessToken(ctx context.Context, client clients.Client, g grants.Grant, person people.Person, t grants.Tokens) (string, error) {
	if client.AccessTokens != accessTokensJWT {
		return t.Secret, nil
	}
	return p.keys.Sign(ctx, string(jose.RS256), accessTokenType, p.accessClaims(client, g, person, t))
}

// accessClaims are the claims of a JWT access token: its own, how the person
// signed in, and what its scopes tell about them (RFC 9068, section 2.2).
func (p *Provider) accessClaims(client clients.Client, g grants.Grant, person people.Person, t grants.Tokens) map[string]any {
	claims := map[string]any{}
	subject := client.ID
	if g.Auth.Subject != "" {
		claims, subject = p.told(client, person, t.Access.Scopes, nil), g.Auth.Subject
		maps.Copy(claims, evidence(g.Auth))
	}
	maps.Copy(claims, map[string]any{
		"iss": p.cfg.Issuer, "sub": subject, "client_id": client.ID, "jti": t.Secret, "aud": p.audienceOf(t.Access),
		"iat": t.Access.Issued, "exp": t.Access.Expires, "scope": scopeText(t.Access.Scopes),
	})
	if t.Access.Thumbprint != "" {
		claims["cnf"] = map[string]string{"jkt": t.Access.Thumbprint}
	}
	return claims
}

// audienceOf is whom the token is for: when no resource, then the provider,
// whose userinfo it opens.
func (p *Provider) audienceOf(a grants.Access) []string {
	if len(a.Audience) == 0 {
		return []string{p.cfg.Issuer}
	}
	return a.Audience
}

// tokenID is the jti of a JWT access token of this provider.
func (p *Provider) tokenID(token string) (string, bool) {
	if strings.Count(token, ".") != 2 {
		return "", false
	}
	payload, head, err := p.keys.Verify(token)
	if err != nil || head.ExtraHeaders[jose.HeaderType] != accessTokenType {
		return "", false
	}
	var claims struct {
		Issuer string `json:"iss"`
		ID     string `json:"jti"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil || claims.Issuer != p.cfg.Issuer || claims.ID == "" {
		return "", false
	}
	return claims.ID, true
}

// accessOf is what token grants, and to whom (the zero Person for client
// credentials); grants.ErrUnknown when it is unknown, expired or revoked, or
// its client or person is gone.
func (p *Provider) accessOf(ctx context.Context, token string) (grants.Grant, grants.Access, people.Person, error) {
	g, a, err := p.grants.Access(ctx, token)
	if err != nil {
		return g, a, people.Person{}, err
	}
	person, err := p.standing(ctx, g)
	return g, a, person, err
}

// standing is the person of g, once both they and the client are still there.
func (p *Provider) standing(ctx context.Context, g grants.Grant) (people.Person, error) {
	_, err := p.clients.Client(ctx, g.ClientID)
	if err != nil || g.Auth.Subject == "" {
		return people.Person{}, gone(err)
	}
	person, err := p.person(ctx, g.Auth.UserName, g.Auth.Subject)
	return person, gone(err)
}

// gone makes a client or person that is no longer there a token that is worth
// nothing.
func gone(err error) error {
	if errors.Is(err, clients.ErrUnknown) || errors.Is(err, people.ErrNoPerson) {
		return grants.ErrUnknown
	}
	return err
}
