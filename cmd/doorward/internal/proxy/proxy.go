// Package proxy is the demo's reverse proxy, and shows what one has to do: it
// asks the host at /auth about every request, and hands on to the application
// what the host answered in place of what the client sent. It knows of no
// session, no level and no person; the host alone decides.
//
//	/.doorward/…    → the host
//	everything else → the host's /auth → 200: the application
//	                                   → else: the host's answer, to the client
//
// A question that gets no answer lets nobody in. One is asked for each request;
// a stream or a WebSocket that was let in goes on until it ends.
package proxy

import (
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// Config is what a Proxy is made of. Host, Upstream and both transports are
// required.
type Config struct {
	Host          *url.URL // the login host, as the proxy reaches it
	HostTransport http.RoundTripper
	Upstream      *url.URL // the application
	Transport     http.RoundTripper
	Levels        map[string][]string // by path: what is asked for there and below it
	Headers       []string            // the application's own identity headers
	Patience      time.Duration       // for one question; 5 s
	Log           *slog.Logger        // discards when nil
}

// Proxy is safe for concurrent use.
type Proxy struct {
	config   Config
	identity []string // canonical names of what /auth must answer
}

// New makes a proxy. It reaches nothing until it is asked.
func New(config Config) *Proxy {
	if config.Patience == 0 {
		config.Patience = 5 * time.Second
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	p := &Proxy{config: config, identity: append([]string{}, identity...)}
	for _, name := range config.Headers {
		p.identity = append(p.identity, http.CanonicalHeaderKey(name))
	}
	return p
}

// ServeHTTP answers one request: 400 for a path that two readers could read
// differently, 503 when the host gives no usable answer, 502 when the
// application gives none.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !plain(r):
		refuse(w, http.StatusBadRequest, "This address can be read in more than one way. Write it plainly.")
	case r.URL.Path == "/.doorward" || strings.HasPrefix(r.URL.Path, "/.doorward/"):
		p.forward(p.toHost, p.config.HostTransport, p.hostFailed).ServeHTTP(w, r)
	default:
		p.guarded(w, r)
	}
}

// guarded lets a request through to the application if the host says so.
func (p *Proxy) guarded(w http.ResponseWriter, r *http.Request) {
	answer, err := p.ask(r)
	if err != nil {
		p.hostFailed(w, r, err)
		return
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		p.pass(w, answer)
		return
	}
	said, err := p.read(answer)
	_ = answer.Body.Close() // not after the application's answer, which may be a stream
	if err != nil {
		p.hostFailed(w, r, err)
		return
	}
	rewrite := func(pr *httputil.ProxyRequest) { p.toUpstream(pr, said) }
	p.forward(rewrite, p.config.Transport, p.upstreamFailed).ServeHTTP(w, r)
}

func (p *Proxy) forward(rewrite func(*httputil.ProxyRequest), via http.RoundTripper, failed func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: rewrite, Transport: via, ErrorHandler: failed,
		ErrorLog: slog.NewLogLogger(p.config.Log.Handler(), slog.LevelDebug),
	}
}

func (p *Proxy) toHost(pr *httputil.ProxyRequest) {
	p.aim(pr, p.config.Host)
	pr.Out.Header.Del("Upgrade")
	pr.Out.Header.Del("Connection")
}

func (p *Proxy) toUpstream(pr *httputil.ProxyRequest, said http.Header) {
	p.aim(pr, p.config.Upstream)
	if !strings.EqualFold(pr.Out.Header.Get("Upgrade"), "websocket") { // h2c would be a tunnel past this proxy
		pr.Out.Header.Del("Upgrade")
		pr.Out.Header.Del("Connection")
	}
	pr.Out.Header.Del("Cookie")
	for name, values := range said {
		pr.Out.Header[name] = values
	}
}

// aim turns the request to a server, under the name that the client asked for
// and without what the client may not say: who it is, where it comes from, and
// anything after the body.
func (p *Proxy) aim(pr *httputil.ProxyRequest, at *url.URL) {
	pr.Out.URL.Scheme, pr.Out.URL.Host = at.Scheme, at.Host
	pr.Out.URL.RawQuery = pr.In.URL.RawQuery // as it was asked about, to the letter
	pr.Out.Trailer = nil
	p.strip(pr.Out.Header)
	pr.SetXForwarded()
}

func (p *Proxy) hostFailed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client has gone
	}
	p.config.Log.ErrorContext(r.Context(), "the login host gave no answer: nobody is let in", "error", err)
	w.Header().Set("Retry-After", "5")
	refuse(w, http.StatusServiceUnavailable, "Signing in is not possible just now, so nobody is let in. Try again in a moment.")
}

func (p *Proxy) upstreamFailed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return
	}
	p.config.Log.ErrorContext(r.Context(), "the application gave no answer", "error", err)
	refuse(w, http.StatusBadGateway, "The application does not answer. Try again in a moment.")
}

func refuse(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, sentence, status)
}
