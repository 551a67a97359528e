package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/doorward/doorward/host/login"
)

// builtIn serves the built-in provider, which is plain net/http. Everything is
// copied on the way in, since the framework uses its buffers again, and every
// header keeps all of its values both ways: of two policies, browsers apply
// both, so the provider says its own headers instead of ours.
func (s *Server) builtIn(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(s.base, s.config.ProviderTimeout)
	defer cancel()
	c.Request().Header.Set(requestIDHeader, requestID(c)) // its failure pages show it; a client's own is dropped
	r, err := requestOf(ctx, c)
	if err != nil {
		return err
	}
	w := &served{header: http.Header{}}
	s.config.BuiltIn.ServeHTTP(w, r)
	w.copyTo(c.Response())
	s.mend(c)
	return nil
}

// requestOf is the request as net/http would have read it.
func requestOf(ctx context.Context, c *fiber.Ctx) (*http.Request, error) {
	raw := c.Request()
	target := string(raw.Header.RequestURI())
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, login.NewFault(login.CodeParameterInvalid, "the address cannot be parsed")
	}
	body := bytes.Clone(raw.Body())
	r := &http.Request{
		Method: string(raw.Header.Method()), URL: u, RequestURI: target,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Host: string(raw.Header.Host()),
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
		RemoteAddr: c.Context().RemoteAddr().String(),
	}
	raw.Header.VisitAll(func(name, value []byte) {
		if name := string(name); http.CanonicalHeaderKey(name) != fiber.HeaderHost {
			r.Header.Add(name, string(value))
		}
	})
	return r.WithContext(ctx), nil
}

// served is an http.ResponseWriter in memory.
type served struct {
	header http.Header
	status int
	sent   http.Header
	body   bytes.Buffer
}

func (w *served) Header() http.Header { return w.header }

func (w *served) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *served) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *served) copyTo(to *fasthttp.Response) {
	w.WriteHeader(http.StatusOK)
	to.Header.Reset()
	to.SetStatusCode(w.status)
	for name, values := range w.sent {
		for i, value := range values {
			if i == 0 {
				to.Header.Set(name, value)
			} else {
				to.Header.Add(name, value)
			}
		}
	}
	to.SetBody(w.body.Bytes())
}
