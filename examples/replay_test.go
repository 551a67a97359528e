package examples_test

import (
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"testing"
)

// Traefik and Caddy are not in Debian. What they send, and what they do with the
// answer, is replayed: by the rules of their documentation and source, applied
// to the very files of the examples. Both are written in Go, on net/http, and
// so are the replays.

// serveReplay makes handler the proxy of a place.
func (p *place) serveReplay(handler http.Handler) {
	front := httptest.NewUnstartedServer(handler)
	front.TLS = serverTLS(p.t)
	front.EnableHTTP2 = true
	front.StartTLS()
	p.t.Cleanup(front.Close)
	p.front = front.Listener.Addr().String()
}

// asker asks the question; it follows no redirect.
var asker = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask sends a question, and hands an answer that is not 2xx to the client.
func ask(t *testing.T, w http.ResponseWriter, question *http.Request) (passed http.Header) {
	resp, err := asker.Do(question)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	if resp.StatusCode/100 == 2 {
		return resp.Header
	}
	dropHops(resp.Header)
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = w.Write(body)
	return nil
}

// dropHops takes away what belongs to one connection, and what a Connection
// header names (RFC 9110, section 7.6.1).
func dropHops(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		h.Del(name)
	}
}

// forward passes a request on, with the Host of the client. Both proxies do so
// as net/http/httputil does: Connection headers are obeyed, and WebSocket goes
// through; edit comes after that.
func forward(w http.ResponseWriter, r *http.Request, to string, edit func(http.Header)) {
	proxy := httputil.ReverseProxy{
		Rewrite: func(out *httputil.ProxyRequest) {
			out.Out.URL.Scheme, out.Out.URL.Host, out.Out.Host = "http", to, r.Host
			out.Out.URL.RawQuery = r.URL.RawQuery
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if values, ok := r.Header[name]; ok { // Rewrite drops them
					out.Out.Header[name] = slices.Clone(values)
				}
			}
			edit(out.Out.Header)
		},
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	proxy.ServeHTTP(w, r)
}

func addressOf(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	return host
}

func schemeOf(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
