// The token endpoint: one call, and what its answers have in common.

package oidcrp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// maxAccessToken is in bytes; it goes into a header.
const maxAccessToken = 64 << 10

// reply is a successful answer of the token endpoint.
type reply struct {
	sources      attrs.Document // tokenEndpointResponse, as received
	accessToken  string
	refreshToken string // "" for none
	idToken      string // "" for none
	scope        string
}

// expires is when the access token ends, in Unix seconds, counted from when it
// was asked for; zero when that is not known.
func (r reply) expires(asked time.Time) int64 { return login.ExpiresIn(object(r.sources), asked) }

// post sends form to endpoint with the client's authentication, once: a call
// that fails is not made again. what names the answer in errors.
func (p *Provider) post(ctx context.Context, meta *metadata, endpoint string, form url.Values, what string) (token.Response, error) {
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if err := p.authenticate(header, form, meta); err != nil {
		return token.Response{}, &login.Fault{Code: login.CodeInternal, Detail: "the client assertion could not be signed", Err: err}
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return token.Response{}, login.NewFault(login.CodeInternal, "the address for %s cannot be used", what)
	}
	call.Header = header
	res, err := p.cfg.HTTP.Do(call)
	if err != nil {
		return token.Response{}, outage(what, err)
	}
	return res, nil
}

// overloaded says that an answer is none: the server is down or busy.
func overloaded(status int) bool { return status >= 500 || status == http.StatusTooManyRequests }

// readTokens takes a successful answer apart. Its body is kept as it came. The
// error holds nothing of it.
//
// See RFC 6749, section 5.1.
func readTokens(body []byte) (reply, error) {
	sources, err := attrs.Document{}.With(attrs.TokenEndpointResponse, body)
	if err != nil {
		return reply{}, errors.New("the token response is not a json object without duplicate members")
	}
	members, _ := sources.Object(attrs.TokenEndpointResponse)
	r := reply{sources: sources}
	if kind, _ := members["token_type"].(string); !strings.EqualFold(kind, "Bearer") {
		return reply{}, errors.New("the token response's token_type is not Bearer")
	}
	for name, into := range map[string]*string{"access_token": &r.accessToken, "refresh_token": &r.refreshToken, "id_token": &r.idToken, "scope": &r.scope} {
		*into, _ = members[name].(string)
	}
	if !usableInHeader(r.accessToken) {
		return reply{}, errors.New("the token response has no access_token that can be used")
	}
	return r, nil
}

// errorOf is the code of an OAuth error (RFC 6749, section 5.2), "" when the
// body is none.
func errorOf(body []byte) string {
	members, err := token.Object(body)
	if err != nil {
		return ""
	}
	code, _ := members["error"].(string)
	return code
}

// errorIn is " and the error CODE" when the body is an OAuth error.
func errorIn(body []byte) string {
	if code := errorOf(body); code != "" {
		return " and the error " + safeCode(code)
	}
	return ""
}

// usableInHeader keeps a provider from writing into our requests.
func usableInHeader(accessToken string) bool {
	if accessToken == "" || len(accessToken) > maxAccessToken {
		return false
	}
	return !strings.ContainsFunc(accessToken, func(r rune) bool { return r <= ' ' || r > '~' })
}

// describeReply puts what a token response has into the trace.
func describeReply(step *login.Step, r reply) {
	response, _ := r.sources.Object(attrs.TokenEndpointResponse)
	for _, name := range []string{"refresh_token", "id_token", "expires_in", "scope"} {
		_, present := response[name]
		step.Out(name, present)
	}
	if step.Recording() {
		step.Out("accessToken", describeToken(r.accessToken))
	}
}
