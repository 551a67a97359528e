package idp

// What tokens and userinfo say about a person; host/idp/claims decides it.

import (
	"maps"

	"github.com/doorward/doorward/host/idp/claims"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/idp/people"
)

// told are the claims of person for client: those of scopes, and those of one
// place of the claims parameter.
func (p *Provider) told(client clients.Client, person people.Person, scopes []string, asked claims.Wanted) map[string]any {
	return p.scopes.Of(person, claims.Ask{Scopes: scopes, Registered: client.Scopes, Claims: asked})
}

// accessClaims are the claims of a JWT access token about the person and how
// they signed in (RFC 9068, sections 2.2.1 and 2.2.2). Those of the token
// itself go on top of them. A client's own token has no person and says
// nothing but sub, the client.
func (p *Provider) accessClaims(client clients.Client, g grants.Grant, person people.Person, scopes []string) map[string]any {
	if g.Auth.Subject == "" {
		return map[string]any{"sub": client.ID}
	}
	out := p.told(client, person, scopes, nil)
	maps.Copy(out, proof(g.Auth))
	out["sub"] = g.Auth.Subject
	return out
}
