// Exchange of tokens: an access token becomes one for another API.

package oidcrp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	exchangeGrant   = "urn:ietf:params:oauth:grant-type:token-exchange"
	accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
)

var _ login.Exchanger = (*Provider)(nil)

// Exchange presents tokens.Access and asks for an access token for
// want.Audience or, when that is empty, for want.Resource: a provider that gets
// both makes a token for two. A refresh token that comes with it is dropped.
//
// The errors are those of login.Exchanger. None holds a token or a secret.
// Exchange is safe for concurrent use and stops when ctx is done.
//
// See RFC 8693, section 2.
func (p *Provider) Exchange(ctx context.Context, doc login.Document, tokens login.Tokens, want login.Want) (login.Granted, error) {
	meta, err := p.ofSession(ctx, doc)
	if err != nil {
		return login.Granted{}, err
	}
	step := p.tokenStep(ctx, "token_exchange", meta)
	if tokens.Access == "" {
		return login.Granted{}, step.End(login.NewFault(login.CodeTokenUnavailable, "the session has no access token to exchange"))
	}
	form := url.Values{
		"grant_type":           {exchangeGrant},
		"subject_token":        {tokens.Access},
		"subject_token_type":   {accessTokenType},
		"requested_token_type": {accessTokenType},
	}
	for _, wanted := range wanted(want) {
		form.Set(wanted.name, wanted.value)
		step.In(wanted.name, wanted.value)
	}
	asked := p.cfg.Now()
	res, err := p.post(ctx, meta, meta.token, form, "the exchanged token")
	if err != nil {
		return login.Granted{}, step.End(err)
	}
	step.Out("status", res.Status)
	r, err := readExchanged(res)
	if err != nil {
		p.describeRefused(step, res, tokens.Access)
		return login.Granted{}, step.End(err)
	}
	describeReply(step, r)
	return login.Granted{Token: r.accessToken, Type: "Bearer", Expires: r.expires(asked), Scope: r.scope}, step.End(nil)
}

type parameter struct{ name, value string }

// wanted are the parameters that say which token is asked for.
func wanted(want login.Want) (list []parameter) {
	if want.Audience != "" {
		list = append(list, parameter{"audience", want.Audience})
	} else if want.Resource != "" {
		list = append(list, parameter{"resource", want.Resource})
	}
	if want.Scope != "" {
		list = append(list, parameter{"scope", want.Scope})
	}
	return list
}

// readExchanged takes the answer apart. What was issued must be what was asked
// for: another type of token is good for something else.
func readExchanged(res token.Response) (reply, error) {
	switch {
	case overloaded(res.Status):
		return reply{}, login.NewFault(login.CodeProviderDown, "the token endpoint answered with status %d", res.Status)
	case res.Status != http.StatusOK:
		return reply{}, notIssued(res)
	}
	r, err := readTokens(res.Body)
	if err != nil {
		return reply{}, login.NewFault(login.CodeTokenUnavailable, "%v", err)
	}
	members, _ := r.sources.Object(attrs.TokenEndpointResponse)
	if issued, _ := members["issued_token_type"].(string); issued != accessTokenType {
		return reply{}, login.NewFault(login.CodeTokenUnavailable, "the issued_token_type of the exchanged token is not access_token")
	}
	return r, nil
}

// notIssued is the Fault for an API that the provider issues no token for.
func notIssued(res token.Response) error {
	switch code := errorOf(res.Body); code {
	case "invalid_target": // RFC 8707, section 2
		return login.NewFault(login.CodeTokenUnavailable, "the provider does not know the API, or issues no tokens for it to this client: it answered invalid_target")
	case "invalid_scope":
		return login.NewFault(login.CodeTokenUnavailable, "the provider does not grant these scopes for the API: it answered invalid_scope")
	case "unsupported_grant_type":
		return login.NewFault(login.CodeTokenUnavailable, "the provider does not exchange tokens: it answered unsupported_grant_type")
	}
	return login.NewFault(login.CodeTokenUnavailable, "the provider issues no such token: the token endpoint answered with status %d%s", res.Status, errorIn(res.Body))
}
