// What a client may not say: the names of headers that speak for the host or
// for a proxy.
package proxy

import (
	"net/http"
	"strings"
)

// identity is what /auth answers about the person, in canonical spelling.
var identity = []string{"X-Doorward-Subject", "X-Doorward-User", "X-Doorward-Email", "X-Doorward-Roles",
	"X-Doorward-Levels", "X-Doorward-Idp", "X-Doorward-Assertion"}

// forwarding are headers by which one proxy tells another where a request came
// from, besides those that begin with X-Forwarded-.
var forwarding = []string{"forwarded", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
	"x-original-url", "x-original-uri", "x-rewrite-url", "x-original-host"}

// hopByHop are the connection's own (RFC 9110, section 7.6.1); the length is
// counted anew.
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Content-Length"}

// strip removes every header that the client may not send.
func (p *Proxy) strip(h http.Header) {
	for name := range h {
		if p.claims(name) || routes(name) {
			delete(h, name)
		}
	}
}

// claims reports whether a header says who somebody is, in any spelling that
// some application server could take for one of ours: many read _ as -, and a
// few read other signs so too.
func (p *Proxy) claims(name string) bool {
	name = folded(name)
	if strings.HasPrefix(name, "x-doorward-") {
		return true
	}
	for _, own := range p.identity {
		if name == folded(own) {
			return true
		}
	}
	return false
}

func routes(name string) bool {
	name = folded(name)
	if strings.HasPrefix(name, "x-forwarded-") {
		return true
	}
	for _, other := range forwarding {
		if name == other {
			return true
		}
	}
	return false
}

func folded(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
}
