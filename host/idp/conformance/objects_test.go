package conformance_test

// Request objects that are not good (OpenID Connect Core 1.0, section 6.3; RFC
// 9101, section 10).

import (
	"testing"
)

// requestBy sends a request object by value, with what OAuth wants beside it.
func (f *flow) requestBy(object string) *flow {
	g := *f
	g.params = f.outside("request", object).params
	return &g
}

func TestRequestObjects(t *testing.T) {
	op := startProvider(t)
	b := op.ada()
	op.client("first").request().tokens(b)
	f := op.client("first").request("prompt", "login")
	claims := f.object()
	claims["nbf"], claims["max_age"], claims["claims"] = op.clock.Now().Unix()+8, 1000, map[string]any{"userinfo": map[string]any{"nickname": nil}}
	g := f.requestBy(signed(t, f.key, claims, map[string]any{"typ": "oauth-authz-req+jwt"}))
	g.with("nonce", "beside the object", "scope", "openid phone")
	g.nonce = claims["nonce"].(string)
	a := g.walk(b)
	if !a.saw("sign-in") {
		t.Error("the object's prompt was overlooked")
	}
	code, _ := g.answered(a)
	if info := g.userInfo(g.exchange(code), byGet); info["nickname"] != "countess" || info["phone_number"] != nil {
		t.Errorf("userinfo is %v: the object's parameters are not the ones that count (RFC 9101, section 6.3)", info)
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
