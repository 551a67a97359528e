package idp

// What reading an authorization request needs of the provider: its own ID
// tokens as hints, the clients' keys, and what stands at their request URIs.

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
)

// fetchesAtOnce bounds what strangers can make the provider fetch: for the
// clients of the configuration, and again for those that registered themselves,
// whose servers may be slow on purpose.
const fetchesAtOnce = 8

func (p *Provider) reader() ask.Reader {
	return ask.Reader{Issuer: p.cfg.Issuer, Scopes: p.scopes.Open(), Now: p.cfg.Now, Hint: p.hintFor, Verify: p.clients.Verify, Fetch: p.fetchObject}
}

// hintFor is the subject of an ID token that client was given.
func (p *Provider) hintFor(ctx context.Context, client clients.Client, token string) (string, error) {
	said, err := p.readHint(ctx, token)
	if err == nil && said.ClientID != client.ID {
		err = errHint
	}
	return said.Subject, err
}

// fetchObject gets the request object at a registered address of client.
func (p *Provider) fetchObject(ctx context.Context, client clients.Client, uri string) (string, error) {
	slots := p.fetches
	if client.Registered != 0 {
		slots = p.strangers
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	default:
		return "", errors.New("too many request objects are being fetched")
	}
	answer, err := p.clients.Outgoing(client).Get(ctx, uri, "application/oauth-authz-req+jwt, application/jwt")
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("status %d", answer.Status)
	}
	return string(answer.Body), err
}
