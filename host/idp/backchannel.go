package idp

// What clients call, without a browser: discovery, keys, token, userinfo.
// zitadel/oidc's op parses and dispatches; server answers.

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// server is the Provider in op's words. What it does not implement is not
// supported, and op says so.
type server struct {
	op.UnimplementedServer
	p *Provider
}

func (p *Provider) backChannel() step {
	// Made with the first request: op tells the standard logger of its routes, and
	// whoever only checks a configuration should not hear of them.
	handler := sync.OnceValue(func() http.Handler {
		return op.RegisterServer(server{p: p}, op.Endpoints{
			Token: op.NewEndpoint(pathToken), JwksURI: op.NewEndpoint(pathKeys),
			DeviceAuthorization: op.NewEndpoint(pathDeviceRequest), Introspection: op.NewEndpoint(pathIntrospect), Revocation: op.NewEndpoint(pathRevoke),
		}, op.WithServerCORSOptions(nil))
	})
	return func(w http.ResponseWriter, r *http.Request, _ url.Values) {
		inner := r.Clone(r.Context())
		inner.URL = &url.URL{Path: strings.TrimPrefix(r.URL.Path, p.base), RawQuery: r.URL.RawQuery}
		handler().ServeHTTP(&challenger{ResponseWriter: w, challenge: p.basic()}, inner)
	}
}

// basic is the challenge of the endpoints for clients.
func (p *Provider) basic() string { return `Basic realm="` + p.cfg.Issuer + `"` }

// challenger adds the challenge to a 401 (RFC 6749, section 5.2).
type challenger struct {
	http.ResponseWriter
	challenge string
}

func (c *challenger) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		c.Header().Set("WWW-Authenticate", c.challenge)
	}
	c.ResponseWriter.WriteHeader(status)
}

func (s server) Discovery(context.Context, *op.Request[struct{}]) (*op.Response, error) {
	return op.NewResponse(s.p.discovery()), nil
}

func (s server) Keys(context.Context, *op.Request[struct{}]) (*op.Response, error) {
	return op.NewResponse(s.p.keys.Public()), nil
}

// down answers a call that failed through no fault of the client's.
func (p *Provider) down(ctx context.Context, err error) error {
	p.cfg.Log.ErrorContext(ctx, "identity provider failed", "error", err.Error())
	return op.NewStatusError(oidc.ErrServerError().WithDescription("the provider cannot answer just now; try again"), http.StatusServiceUnavailable)
}
