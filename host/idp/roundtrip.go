package idp

// The way from the host's own relying party: no socket, no name to resolve.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const maxAnswer = 1 << 20 // bytes

// RoundTripper serves requests for URLs below the issuer in process, and
// refuses every other. The request's body is bounded like any other client's,
// an answer has at most 1 MiB. It is safe for concurrent use; a request whose
// context is done fails.
func (p *Provider) RoundTripper() http.RoundTripper { return inProcess{p} }

type inProcess struct{ p *Provider }

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = withoutBody(r)
	}
	defer r.Body.Close()
	if origin := originOf(r.URL); origin != t.p.origin || !strings.HasPrefix(r.URL.Path, t.p.base+"/") {
		return nil, fmt.Errorf("the built-in identity provider answers only for %s", t.p.cfg.Issuer)
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	answer := &answer{header: http.Header{}}
	t.p.ServeHTTP(answer, asServed(r))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if answer.overflow {
		return nil, errors.New("the built-in identity provider's answer is too large")
	}
	return answer.response(r), nil
}

func withoutBody(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.Body = http.NoBody
	return r
}

// asServed is an outgoing request as a server would see it come in.
func asServed(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	in.Host = or(r.Host, r.URL.Host)
	in.RemoteAddr = "127.0.0.1:0"
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return in
}

// answer is a bounded http.ResponseWriter in memory.
type answer struct {
	header   http.Header
	sent     http.Header
	status   int
	body     bytes.Buffer
	overflow bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.body.Len()+len(b) > maxAnswer {
		a.overflow = true
		return 0, errors.New("the answer is too large")
	}
	return a.body.Write(b)
}

func (a *answer) response(r *http.Request) *http.Response {
	a.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.sent, Body: io.NopCloser(&a.body), ContentLength: int64(a.body.Len()), Request: r,
	}
}
