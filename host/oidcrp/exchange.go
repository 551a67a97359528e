// Exchange: the code becomes the token endpoint's response.

package oidcrp

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// maxAccessToken is in bytes; it goes into a header.
const maxAccessToken = 64 << 10

// reply is the token endpoint's response.
type reply struct {
	sources     attrs.Document // tokenEndpointResponse, as received
	accessToken string
	idToken     string
}

// exchange spends the code, once: a call that fails is not made again.
//
// See RFC 6749, sections 4.1.3 and 5, and RFC 7636, section 4.5.
func (p *Provider) exchange(ctx context.Context, req login.AuthRequest, a answer) (reply, error) {
	step := login.Begin(ctx, "exchange")
	step.In("endpoint", a.meta.token)
	step.In("clientAuth", p.cfg.AuthMethod)
	step.In("clientId", p.cfg.ClientID)
	step.In("redirectUri", req.RedirectURI)
	res, err := p.callTokenEndpoint(ctx, req, a)
	if err != nil {
		return reply{}, step.End(err)
	}
	step.Out("status", res.Status)
	r, err := readReply(res)
	if err != nil {
		p.describeExchange(step, req, a, res)
		return r, step.End(err)
	}
	for _, name := range []string{"refresh_token", "expires_in", "scope"} {
		response, _ := r.sources.Object(attrs.TokenEndpointResponse)
		_, present := response[name]
		step.Out(name, present)
	}
	if step.Recording() {
		step.Out("accessToken", describeToken(r.accessToken))
	}
	return r, step.End(nil)
}

func (p *Provider) callTokenEndpoint(ctx context.Context, req login.AuthRequest, a answer) (token.Response, error) {
	form := url.Values{
		"grant_type":    {"authorization_code"},
		"code":          {a.code},
		"redirect_uri":  {req.RedirectURI},
		"code_verifier": {req.Verifier},
	}
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if err := p.authenticate(header, form, a.meta); err != nil {
		return token.Response{}, &login.Fault{Code: login.CodeInternal, Detail: "the client assertion could not be signed", Err: err}
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, a.meta.token, strings.NewReader(form.Encode()))
	if err != nil {
		return token.Response{}, login.NewFault(login.CodeInternal, "the token endpoint's address cannot be used")
	}
	call.Header = header
	res, err := p.cfg.HTTP.Do(call)
	if err != nil {
		return token.Response{}, outage("the token response", err)
	}
	return res, nil
}

// readReply takes the response apart. Its body is kept as it came.
func readReply(res token.Response) (reply, error) {
	switch {
	case res.Status >= 500 || res.Status == http.StatusTooManyRequests:
		return reply{}, login.NewFault(login.CodeProviderDown, "the token endpoint answered with status %d", res.Status)
	case res.Status != http.StatusOK:
		return reply{}, login.NewFault(login.CodeExchangeFailed, "the token endpoint answered with status %d%s", res.Status, errorIn(res.Body))
	}
	sources, err := attrs.Document{}.With(attrs.TokenEndpointResponse, res.Body)
	if err != nil {
		return reply{}, login.NewFault(login.CodeExchangeFailed, "the token response is not a json object without duplicate members")
	}
	members, _ := sources.Object(attrs.TokenEndpointResponse)
	r := reply{sources: sources}
	if kind, _ := members["token_type"].(string); !strings.EqualFold(kind, "Bearer") {
		return reply{}, login.NewFault(login.CodeExchangeFailed, "the token response's token_type is not Bearer")
	}
	r.accessToken, _ = members["access_token"].(string)
	if !usableInHeader(r.accessToken) {
		return reply{}, login.NewFault(login.CodeExchangeFailed, "the token response has no access_token that can be used")
	}
	r.idToken, _ = members["id_token"].(string)
	if r.idToken == "" {
		return reply{}, login.NewFault(login.CodeIDTokenMissing, "the token response has no id_token")
	}
	return r, nil
}

// errorIn is " and the error CODE" when the body is an OAuth error.
func errorIn(body []byte) string {
	members, err := token.Object(body)
	if err != nil {
		return ""
	}
	code, _ := members["error"].(string)
	return " and the error " + safeCode(code)
}

// usableInHeader keeps a provider from writing into our requests.
func usableInHeader(accessToken string) bool {
	if accessToken == "" || len(accessToken) > maxAccessToken {
		return false
	}
	return !strings.ContainsFunc(accessToken, func(r rune) bool { return r <= ' ' || r > '~' })
}
