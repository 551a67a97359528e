// SignOut and Ready: the optional abilities.

package oidcrp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
)

// SignOut is the form that ends the provider's own session: id_token_hint, which
// is the newest ID token, client_id, post_logout_redirect_uri and state, posted
// to its end_session_endpoint, so that the ID token stands in no URL, unless the
// configuration says GET. It is empty when the provider has no such endpoint.
//
// See OpenID Connect RP-Initiated Logout 1.0, section 2.
func (p *Provider) SignOut(ctx context.Context, _ login.Document, tokens login.Tokens, postLogoutRedirectURI, state string) (login.Redirect, error) {
	meta, err := p.meta.get(ctx)
	if err != nil || meta.endSession == "" {
		return login.Redirect{}, err
	}
	form := url.Values{"client_id": {p.cfg.ClientID}}
	if hint := p.hint(tokens.IDToken); hint != "" {
		form.Set("id_token_hint", hint)
	}
	if postLogoutRedirectURI != "" {
		form.Set("post_logout_redirect_uri", postLogoutRedirectURI)
	}
	if state != "" {
		form.Set("state", state)
	}
	if p.cfg.SignOutMethod == http.MethodGet {
		return login.Redirect{URL: withQuery(meta.endSession, form)}, nil
	}
	return login.Redirect{URL: meta.endSession, Form: form}, nil
}

// CallsUserInfo reports whether logins call a userinfo endpoint: whether one
// is known, from the configuration or the discovery document, and not switched
// off. Errors are Ready's.
func (p *Provider) CallsUserInfo(ctx context.Context) (bool, error) {
	meta, err := p.meta.get(ctx)
	if err != nil {
		return false, err
	}
	return p.userInfoEndpoint(meta) != "", nil
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
