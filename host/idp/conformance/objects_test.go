package conformance_test

// Request objects that are not good (OpenID Connect Core 1.0, section 6.3; RFC
// 9101, section 10).

import (
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// requestBy sends a request object by value, with what OAuth wants beside it.
func (f *flow) requestBy(object string) *flow {
	g := *f
	g.params = f.outside("request", object).params
	return &g
}

func TestRequestObjects(t *testing.T) {
	op := startProvider(t)
	for _, key := range []jose.JSONWebKey{clientKey("rp-1")} {
		f := op.client("first").request("prompt", "login")
		g := f.requestBy(signed(t, key, f.object(), map[string]any{"typ": "oauth-authz-req+jwt"}))
		g.state, g.nonce = f.state, f.nonce
		a := g.walk(op.ada())
		if code, _ := g.answered(a); !a.saw("sign-in") {
			t.Error("the object's prompt was overlooked")
		} else {
			g.exchange(code)
		}
	}
}

func TestRequestObjectsThatAreRefused(t *testing.T) {
	op := startProvider(t)
	now := op.clock.Now().Unix()
	for name, object := range map[string]func(*flow) string{
		"another key":     func(f *flow) string { return signed(f, clientKey("forger"), f.object(), nil) },
		"not a JWT":       func(*flow) string { return "not-a-jwt" },
		"expired":         func(f *flow) string { return f.signedObject("exp", now-3600) },
		"not yet":         func(f *flow) string { return f.signedObject("nbf", now+3600) },
		"another issuer":  func(f *flow) string { return f.signedObject("iss", "second") },
		"another client":  func(f *flow) string { return f.signedObject("client_id", "second") },
		"for elsewhere":   func(f *flow) string { return f.signedObject("aud", "https://other.example.com") },
		"nested":          func(f *flow) string { return f.signedObject("request", "a.b.c") },
		"another type":    func(f *flow) string { return f.signedObject("response_type", "token") },
		"the secret's":    func(f *flow) string { return hmacSigned(f, staticSecret, f.object()) },
		"changed payload": func(f *flow) string { return tampered(f.signedObject(), f.signedObject("state", "x")) },
	} {
		t.Run(name, func(t *testing.T) {
			f := op.in(t).client("first").request()
			g := f.requestBy(object(f))
			g.refused(op.in(t).ada(), "invalid_request_object", "invalid_request", "unsupported_response_type")
		})
	}
}

// signedObject is the request as a signed object with changed claims.
func (f *flow) signedObject(changes ...any) string {
	claims := f.object()
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
	}
	return signed(f, f.key, claims, nil)
}
