package conformance_test

// Resource indicators (RFC 8707), and access tokens that are JWTs (RFC 9068).

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// audienceOf is the audience of a JWT access token.
func (c *client) audienceOf(t tokens) []string {
	c.Helper()
	claims, _ := c.op.opened("access token", t.access, "RS256")
	return audiences(claims)
}

func (f *flow) redeemFor(code string, resources ...string) reply {
	f.Helper()
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.redirect}, "resource": resources}
	return f.call("token_endpoint", form)
}

func TestRFC8707Resources(t *testing.T) {
	op := startProvider(t)
	for name, test := range map[string]struct{ asked, token, want []string }{
		"one":                        {[]string{apiResource}, nil, []string{apiResource}},
		"two":                        {[]string{apiResource, otherResource}, nil, []string{apiResource, otherResource}},
		"fewer at the token":         {[]string{apiResource, otherResource}, []string{otherResource}, []string{otherResource}},
		"the same at the token":      {[]string{otherResource}, []string{otherResource}, []string{otherResource}},
		"none: the client's default": {nil, nil, []string{apiResource}},
	} {
		t.Run(name, func(t *testing.T) {
			f := op.in(t).client("api").request()
			f.params["resource"] = test.asked
			got := f.issued(f.redeemFor(f.code(op.in(t).ada()), test.token...))
			if aud := f.audienceOf(got); !slices.Equal(aud, test.want) {
				t.Errorf("aud is %q, want %q", aud, test.want)
			}
		})
	}
}

func TestRFC8707InvalidTargets(t *testing.T) {
	op := startProvider(t)
	bad := map[string]string{"relative": "/v1", "fragment": apiResource + "#x", "unknown": "https://unknown.example.com", "no URI": "not a uri", "empty": ""}
	for name, resource := range bad {
		t.Run(name, func(t *testing.T) {
			op.in(t).client("api").request("resource", resource).refused(op.in(t).ada(), "invalid_target")
			f := op.in(t).client("api").request()
			op.in(t).oauthError("token endpoint", f.redeemFor(f.code(op.in(t).ada()), resource), http.StatusBadRequest, "invalid_target")
		})
	}
	t.Run("more at the token", func(t *testing.T) {
		f := op.in(t).client("api").request("resource", apiResource)
		op.in(t).oauthError("token endpoint", f.redeemFor(f.code(op.in(t).ada()), otherResource), http.StatusBadRequest, "invalid_target")
	})
}

func TestRFC9068AccessTokens(t *testing.T) {
	op := startProvider(t)
	f := op.client("api").request("scope", "openid email")
	got := f.tokens(op.ada())
	claims, header := op.opened("access token", got.access, "RS256")
	if typ := header.ExtraHeaders["typ"]; typ != "at+jwt" {
		t.Errorf("typ is %v", typ)
	}
	op.claimsOf("access token", map[string]any{"iss": claims["iss"], "aud": claims["aud"], "iat": claims["iat"]}, apiResource)
	for name, want := range map[string]any{"sub": got.claims["sub"], "client_id": "api", "scope": "openid email", "auth_time": got.claims["auth_time"], "acr": got.claims["acr"]} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v (section 2.2)", name, claims[name], want)
		}
	}
	if exp := number(t, claims, "exp"); exp <= op.clock.Now().Unix() || text(claims, "jti") == "" {
		t.Errorf("exp is %d and jti %q", exp, text(claims, "jti"))
	}
	if _, there := claims["nonce"]; there {
		t.Error("the access token has a nonce")
	}
	f.userInfo(got, byGet)
	if r := op.callUserInfo(got.id, byGet); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("an ID token as an access token gets %d (section 4)", r.StatusCode)
	}
}
