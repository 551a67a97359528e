package conformance_test

// Request objects, by value and by reference (OpenID Connect Core 1.0, section
// 6; RFC 9101).

import (
	"maps"
	"slices"
)

// object is the request's parameters as the claims of a request object.
func (f *flow) object(changes ...string) map[string]any {
	claims := map[string]any{"iss": f.id, "aud": f.op.issuer, "iat": f.op.clock.Now().Unix(), "nbf": f.op.clock.Now().Unix(), "exp": f.op.clock.Now().Unix() + 60}
	for name, values := range f.params {
		claims[name] = values[0]
	}
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i]] = changes[i+1]
	}
	return claims
}

// outside leaves of the parameters what OpenID Connect wants beside an object.
func (f *flow) outside(name, value string) *flow {
	maps.DeleteFunc(f.params, func(name string, _ []string) bool {
		return !slices.Contains([]string{"client_id", "response_type", "scope", "redirect_uri", "state", "response_mode"}, name)
	})
	f.params.Set(name, value)
	return f
}

// unsignedOffered reports whether discovery offers unsigned request objects.
func (op *provider) unsignedOffered() bool {
	op.Helper()
	return slices.Contains(op.discover().list("request_object_signing_alg_values_supported"), "none")
}

// oidcc-unsigned-request-object-…: processed, or refused; never overlooked.
func unsignedRequestObjectModule(m *module) {
	f := m.client("first").request()
	nonce := f.nonce
	f.outside("request", unsigned(m, f.object()))
	f.nonce = nonce
	if m.op.unsignedOffered() {
		f.tokens(m.browser())
		return
	}
	f.refused(m.browser(), "request_not_supported", "invalid_request_object")
}

// oidcc-request-uri-unsigned…: the same by reference.
func unsignedRequestURIModule(m *module) {
	f := m.client("first").request()
	nonce := f.nonce
	at := m.op.rp.publish(requestPath, "application/oauth-authz-req+jwt", unsigned(m, f.object()))
	f.outside("request_uri", at)
	f.nonce = nonce
	if m.op.unsignedOffered() {
		f.tokens(m.browser())
		return
	}
	f.refused(m.browser(), "request_uri_not_supported", "invalid_request_uri", "invalid_request_object")
}

// oidcc-ensure-request-object-with-redirect-uri: the object's redirect URI
// counts, and the one beside it never does.
func requestObjectRedirectModule(m *module) {
	f := m.client("first").request()
	nonce := f.nonce
	f.outside("request", signed(m, f.key, f.object(), nil))
	f.nonce = nonce
	f.params.Set("redirect_uri", m.op.rp.URL+callbackPath+"/of-somebody-else")
	a := f.walk(m.browser())
	if a.last != nil && a.last.StatusCode >= 400 {
		return // the page says that the redirect URI is not registered
	}
	code, _ := f.answered(a)
	f.exchange(code)
}
