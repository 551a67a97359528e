package idp

// What tokens and userinfo say about a person; host/idp/claims decides it.

import (
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

// evidence are the claims about how the person proved who they are.
func evidence(auth grants.Auth) map[string]any {
	out := map[string]any{"auth_time": auth.AuthTime, "amr": auth.AMR}
	put(out, "acr", auth.ACR)
	return out
}

func put(claims map[string]any, name, value string) {
	if value != "" {
		claims[name] = value
	}
}
