// Faults of the headers that an application asks for.

package config

import "strings"

// header says why some names cannot carry what they are not made for. A name ends in *
// for all that begin so.
type header struct{ names, why string }

// headersOfOthers are names, in lower case, that mean something to HTTP, to
// proxies or to the host itself. What is put into them could move the request,
// frame it anew, or be taken for a credential.
var headersOfOthers = []header{
	{"x-doorward-*", "the host's own headers are always there"},
	{"connection transfer-encoding te trailer upgrade keep-alive proxy-* http2-settings", "it belongs to one connection, and no proxy passes it on"},
	{"host content-* expect accept accept-* range if-* sec-* origin referer user-agent", "it says what the request is"},
	{"cookie cookie2 set-cookie set-cookie2", "cookies are the browser's and the host's"},
	{"authorization www-authenticate authentication-* x-api-key", "servers take it for credentials of their own"},
	{"forwarded via x-forwarded x-forwarded-* x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip x-original-* x-rewrite-* x-http-method x-http-method-* x-method-override", "servers learn from it where a request comes from or goes to"},
	{"cache-control location vary date server age expires etag last-modified pragma retry-after link refresh strict-transport-security access-control-* cross-origin-* clear-site-data x-accel-* x-sendfile x-request-id x-frame-options x-content-type-options referrer-policy", "it means something in the answer of /auth itself"},
}

// checkHeaders refuses names that something between the host and the
// application would take for its own, or lose.
func (r *reader) checkHeaders(headers map[string]string, at string) {
	first := map[string]string{}
	for _, name := range r.inOrder(at, sorted(headers)) {
		where := join(at, name)
		key, lower := r.places[where].key, strings.ToLower(name)
		if other, twice := first[lower]; twice {
			r.fault(key, where, "is the header %s too, because upper and lower case are one; remove one", other)
			continue
		}
		first[lower] = name
		if strings.Contains(name, "_") {
			r.fault(key, where, "a name with an underscore is dropped by some proxies and taken for the one with a dash by others; write %s", strings.ReplaceAll(name, "_", "-"))
		} else if why := othersUse(lower); why != "" {
			r.fault(key, where, "this header cannot carry a user attribute: %s; write a name of your own, such as X-Wiki-Team", why)
		}
	}
}

// othersUse says why name, in lower case, is taken, or "".
func othersUse(name string) string {
	for _, h := range headersOfOthers {
		for _, taken := range strings.Fields(h.names) {
			if start, all := strings.CutSuffix(taken, "*"); name == taken || all && strings.HasPrefix(name, start) {
				return h.why
			}
		}
	}
	return ""
}
