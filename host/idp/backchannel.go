package idp

// What clients call, without a browser: discovery, keys, token, userinfo.
// zitadel/oidc's op parses and dispatches; server answers.

import (
	"context"
	"net/http"
	"net/url"
	"strings"

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
	handler := op.RegisterServer(server{p: p}, op.Endpoints{
		Token: op.NewEndpoint(pathToken), JwksURI: op.NewEndpoint(pathKeys),
		DeviceAuthorization: op.NewEndpoint(pathDeviceRequest), Introspection: op.NewEndpoint(pathIntrospect), Revocation: op.NewEndpoint(pathRevoke),
	}, op.WithServerCORSOptions(nil))
	return func(w http.ResponseWriter, r *http.Request, _ url.Values) {
		inner := r.Clone(r.Context())
		inner.URL = &url.URL{Path: strings.TrimPrefix(r.URL.Path, p.base), RawQuery: r.URL.RawQuery}
		handler.ServeHTTP(&challenger{ResponseWriter: w, challenge: p.challenge(r)}, inner)
	}
}

// challenge is the WWW-Authenticate of a 401 (RFC 6749, section 5.2; RFC 6750,
// section 3).
func (p *Provider) challenge(r *http.Request) string {
	switch {
	case !strings.HasSuffix(r.URL.Path, pathUserInfo):
		return `Basic realm="` + p.cfg.Issuer + `"`
	case r.Header.Get("Authorization") == "" && !r.PostForm.Has("access_token"):
		return `Bearer realm="` + p.cfg.Issuer + `"`
	}
	return `Bearer realm="` + p.cfg.Issuer + `", error="invalid_token"`
}

// challenger adds the challenge to a 401.
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
