// SignOut and Ready: the optional abilities.

package oidcrp

import (
	"context"
	"net/url"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// SignOut is the address that ends the provider's own session: its
// end_session_endpoint with id_token_hint, client_id,
// post_logout_redirect_uri and state. It is empty when the provider has no such
// endpoint. The address holds the ID token: it is for a redirect, not for a log.
//
// See OpenID Connect RP-Initiated Logout 1.0, section 2.
func (p *Provider) SignOut(ctx context.Context, doc login.Document, postLogoutRedirectURI, state string) (string, error) {
	meta, err := p.meta.get(ctx)
	if err != nil {
		return "", err
	}
	if meta.endSession == "" {
		return "", nil
	}
	query := url.Values{"client_id": {p.cfg.ClientID}}
	response, _ := doc.Sources.Object(attrs.TokenEndpointResponse)
	if hint, ok := response["id_token"].(string); ok && hint != "" {
		query.Set("id_token_hint", hint)
	}
	if postLogoutRedirectURI != "" {
		query.Set("post_logout_redirect_uri", postLogoutRedirectURI)
	}
	if state != "" {
		query.Set("state", state)
	}
	return withQuery(meta.endSession, query), nil
}

// Ready asks the provider for its discovery document, unless it answered
// within the last half minute, and for its keys when none are cached. It
// returns nil or a *login.Fault: provider_unavailable or provider_timeout.
// While the provider is down it is asked at growing intervals, a minute at
// most, however often Ready is called.
func (p *Provider) Ready(ctx context.Context) error {
	if err := p.meta.probe(ctx); err != nil {
		return err
	}
	meta, err := p.meta.get(ctx)
	if err != nil {
		return err
	}
	if err := meta.keys.Ready(ctx); err != nil {
		return outage("the provider's key set", err)
	}
	return nil
}
