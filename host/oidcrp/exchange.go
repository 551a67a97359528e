// Exchange: the code becomes the token endpoint's response.

package oidcrp

import (
	"context"
	"net/http"
	"net/url"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// exchange spends the code, once.
//
// See RFC 6749, sections 4.1.3 and 5, and RFC 7636, section 4.5.
func (p *Provider) exchange(ctx context.Context, req login.AuthRequest, a answer) (reply, error) {
	step := p.tokenStep(ctx, "exchange", a.meta)
	step.In("redirectUri", req.RedirectURI)
	res, err := p.post(ctx, a.meta, a.meta.token, url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {a.code},
		"redirect_uri":  {req.RedirectURI},
		"code_verifier": {req.Verifier},
	}, "the token response")
	if err != nil {
		return reply{}, step.End(err)
	}
	step.Out("status", res.Status)
	r, err := readReply(res)
	if err != nil {
		p.describeRefused(step, res, a.code, req.Verifier, req.State, req.Nonce)
		return r, step.End(err)
	}
	describeReply(step, r)
	return r, step.End(nil)
}

// tokenStep opens the step of a call of the token endpoint.
func (p *Provider) tokenStep(ctx context.Context, name string, meta *metadata) *login.Step {
	step := login.Begin(ctx, name)
	step.In("endpoint", meta.token)
	step.In("clientAuth", p.cfg.AuthMethod)
	step.In("clientId", p.cfg.ClientID)
	return step
}

// readReply takes the answer to a code apart.
func readReply(res token.Response) (reply, error) {
	switch {
	case overloaded(res.Status):
		return reply{}, login.NewFault(login.CodeProviderDown, "the token endpoint answered with status %d", res.Status)
	case res.Status != http.StatusOK:
		return reply{}, login.NewFault(login.CodeExchangeFailed, "the token endpoint answered with status %d%s", res.Status, errorIn(res.Body))
	}
	r, err := readTokens(res.Body)
	if err != nil {
		return reply{}, login.NewFault(login.CodeExchangeFailed, "%v", err)
	}
	if r.idToken == "" {
		return reply{}, login.NewFault(login.CodeIDTokenMissing, "the token response has no id_token")
	}
	return r, nil
}
