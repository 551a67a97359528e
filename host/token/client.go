// Outbound HTTP: one client whose every call is bounded in time, size and place.

package token

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bounds of a Client whose ClientConfig leaves them zero.
const (
	DefaultTimeout = 10 * time.Second
	DefaultMaxBody = 1 << 20 // bytes, after decompression
)

var (
	// ErrInsecureURL is returned for an address that is not https, or holds a
	// user name.
	ErrInsecureURL = errors.New("the address is not https")
	// ErrPrivateAddress is returned when a host name leads to an address that
	// ClientConfig.DenyPrivate refuses.
	ErrPrivateAddress = errors.New("the address is private")
	// ErrTooLarge is returned with a Response whose Body was cut at MaxBody.
	ErrTooLarge = errors.New("the response is too large")
	// ErrEncoding is returned for a Content-Encoding other than gzip.
	ErrEncoding = errors.New("the response has an unknown content encoding")
)

// ClientConfig bounds a Client. Its zero value is the safe one.
type ClientConfig struct {
	Timeout       time.Duration     // of a whole call, body included; 10 s when zero
	MaxBody       int64             // bytes after decompression; 1 MiB when zero
	AllowLoopback bool              // plain http to localhost, 127.0.0.0/8 and ::1
	DenyPrivate   bool              // refuse private, loopback and link-local addresses, whatever name leads there
	RootCAs       *x509.CertPool    // the system's when nil
	Transport     http.RoundTripper // replaces the client's own; then DenyPrivate and RootCAs are its business
}

// Client makes HTTP calls to providers. It follows no redirect: a 3xx is a
// Response like any other. It is safe for concurrent use.
type Client struct {
	http          *http.Client
	timeout       time.Duration
	maxBody       int64
	allowLoopback bool
}

// Response is an answer, read whole.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewClient returns a Client with the given bounds.
func NewClient(cfg ClientConfig) *Client {
	c := &Client{timeout: cfg.Timeout, maxBody: cfg.MaxBody, allowLoopback: cfg.AllowLoopback}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.maxBody <= 0 {
		c.maxBody = DefaultMaxBody
	}
	transport := cfg.Transport
	if transport == nil {
		transport = newTransport(cfg, c.timeout)
	}
	c.http = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

func newTransport(cfg ClientConfig, timeout time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: min(timeout, 5*time.Second)}
	proxy := http.ProxyFromEnvironment
	if cfg.DenyPrivate {
		dialer.Control = denyPrivate // sees the address that was resolved, so a rebound name does not pass
		proxy = nil
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    min(timeout, 5*time.Second),
		ResponseHeaderTimeout:  timeout,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    8,
		MaxConnsPerHost:        64,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	}
}

// Do makes the call and reads the answer to its end, or to MaxBody.
//
// # Errors
//
// ErrInsecureURL, ErrPrivateAddress and ErrEncoding; ErrTooLarge, with the
// Response cut at MaxBody; else the failure of the connection, for which
// IsTimeout says whether time ran out. No error holds the URL's query.
func (c *Client) Do(req *http.Request) (Response, error) {
	if err := c.checkURL(req.URL); err != nil {
		return Response{}, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), c.timeout)
	defer cancel()
	res, err := c.http.Do(req.WithContext(ctx))
	if err != nil {
		return Response{}, withoutURL(req, err)
	}
	defer res.Body.Close()
	out, err := c.read(req, res)
	if err == nil && ctx.Err() != nil { // a server may end its answer when it sees us hang up
		err = withoutURL(req, ctx.Err())
	}
	return out, err
}

func (c *Client) read(req *http.Request, res *http.Response) (Response, error) {
	out := Response{Status: res.StatusCode, Header: res.Header}
	if enc := res.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return out, ErrEncoding // the transport removes the header of what it has decompressed
	}
	// The limit counts decompressed bytes: a bomb stops here. A body longer
	// than the limit is not read on, so its connection is closed, not reused.
	body, err := io.ReadAll(io.LimitReader(res.Body, c.maxBody+1))
	if int64(len(body)) > c.maxBody {
		out.Body = body[:c.maxBody]
		return out, ErrTooLarge
	}
	out.Body = body
	if err != nil {
		return out, withoutURL(req, err)
	}
	return out, nil
}

// Get fetches rawURL with an Accept header.
func (c *Client) Get(ctx context.Context, rawURL, accept string) (Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, rawURL, nil)
	if err != nil {
		return Response{}, fmt.Errorf("%w: it cannot be parsed", ErrInsecureURL)
	}
	req.Header.Set("Accept", accept)
	return c.Do(req)
}

// CheckURL returns an error that wraps ErrInsecureURL when the client would
// refuse to call rawURL.
func (c *Client) CheckURL(rawURL string) error {
	u, err := url.Parse(rawURL)
	if err != nil {
		return fmt.Errorf("%w: it cannot be parsed", ErrInsecureURL)
	}
	return c.checkURL(u)
}

func (c *Client) checkURL(u *url.URL) error {
	switch {
	case u.User != nil:
		return fmt.Errorf("%w: it holds a user name", ErrInsecureURL)
	case u.Host == "" || u.Opaque != "":
		return fmt.Errorf("%w: it has no host", ErrInsecureURL)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && c.allowLoopback && IsLoopback(u.Hostname()):
		return nil
	}
	return ErrInsecureURL
}

// IsTimeout says whether a call failed because its time, or its context's,
// ran out.
func IsTimeout(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// withoutURL drops what net/http adds to an error: the whole URL.
func withoutURL(req *http.Request, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("call %s: %w", req.URL.Host, err)
}
