// Pushed authorization requests: the request goes to the provider first, and
// the browser carries only its name.

package oidcrp

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// When requests are pushed.
const (
	PushAuto   = "auto"   // when the discovery document requires it
	PushAlways = "always" // the discovery document must name the endpoint
	PushOff    = "off"
)

// maxRequestURI is in bytes; it goes into an address.
const maxRequestURI = 2 << 10

// pushes says whether meta's provider is pushed requests.
func (p *Provider) pushes(meta *metadata) bool {
	return p.cfg.PushedRequests == PushAlways || p.cfg.PushedRequests == PushAuto && meta.pushRequired
}

// push sends the request to the provider, and returns what the browser is to
// carry in its place.
//
// See RFC 9126, section 2.
func (p *Provider) push(ctx context.Context, meta *metadata, request url.Values) (url.Values, error) {
	step := login.Begin(ctx, "push")
	step.In("endpoint", meta.push)
	step.In("clientAuth", p.cfg.AuthMethod)
	if meta.push == "" {
		return nil, step.End(login.NewFault(login.CodeProviderDown, "requests must be pushed, and the discovery document has no pushed_authorization_request_endpoint"))
	}
	res, err := p.post(ctx, meta, meta.push, request, "the answer to the pushed request")
	if err != nil {
		return nil, step.End(err)
	}
	step.Out("status", res.Status)
	name, err := readPushed(res)
	if err != nil {
		p.describeRefused(step, res, request.Get("state"), request.Get("nonce"), request.Get("client_assertion"))
		return nil, step.End(err)
	}
	return url.Values{"client_id": {p.cfg.ClientID}, "request_uri": {name}}, step.End(nil)
}

// readPushed is the request_uri of a successful answer (RFC 9126, section 2.2).
func readPushed(res token.Response) (string, error) {
	switch {
	case overloaded(res.Status):
		return "", login.NewFault(login.CodeProviderDown, "the endpoint for pushed requests answered with status %d", res.Status)
	case res.Status != http.StatusCreated && res.Status != http.StatusOK:
		return "", login.NewFault(login.CodeProviderError, "the endpoint for pushed requests answered with status %d%s", res.Status, errorIn(res.Body))
	}
	members, err := token.Object(res.Body)
	if err != nil {
		return "", login.NewFault(login.CodeProviderError, "the answer to the pushed request is not a json object without duplicate members")
	}
	name, _ := members["request_uri"].(string)
	if len(name) > maxRequestURI || !strings.Contains(name, ":") || !usableInHeader(name) {
		return "", login.NewFault(login.CodeProviderError, "the answer to the pushed request has no request_uri that can be used")
	}
	return name, nil
}
