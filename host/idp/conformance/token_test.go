package conformance_test

// The token endpoint, as a client calls it, and what its answers must hold
// (RFC 6749, section 5; OpenID Connect Core 1.0, section 3.1.3).

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// tokens is a good token answer.
type tokens struct {
	access, refresh, id, scope string
	claims                     map[string]any // of the ID token, verified; nil without one
}

// call is the client's request to an endpoint that it authenticates at;
// changes are name, value pairs, and "-" removes a parameter.
func (c *client) call(endpoint string, form url.Values, changes ...string) reply {
	c.Helper()
	header := c.authenticate(form)
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
		if changes[i+1] == "-" {
			form.Del(changes[i])
		}
	}
	return c.op.postForm(c.op.discover().text(endpoint), form, header...)
}

// authenticate adds the client's proof to form, or returns it as a header.
func (c *client) authenticate(form url.Values) []string {
	switch c.auth {
	case "client_secret_basic":
		pair := url.QueryEscape(c.id) + ":" + url.QueryEscape(c.secret)
		return []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte(pair))}
	case "client_secret_post":
		form.Set("client_id", c.id)
		form.Set("client_secret", c.secret)
	case "private_key_jwt":
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", c.assertion(nil))
	case "none":
		form.Set("client_id", c.id)
	default:
		c.Fatalf("the client has the authentication method %q", c.auth)
	}
	return nil
}

// redeem calls the token endpoint with a code.
func (f *flow) redeem(code string, changes ...string) reply {
	f.Helper()
	return f.call("token_endpoint", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {f.redirect}}, changes...)
}

// exchange turns a code into tokens, with all checks.
func (f *flow) exchange(code string, changes ...string) tokens {
	f.Helper()
	t := f.issued(f.redeem(code, changes...))
	if t.id == "" {
		f.Fatal("the token answer has no id_token")
	}
	f.holds(t)
	return t
}

// tokens walks the whole way.
func (f *flow) tokens(b *browser) tokens {
	f.Helper()
	return f.exchange(f.code(b))
}

var tokenText = regexp.MustCompile(`^[\x20-\x7E]+$`) // RFC 6749, appendix A.12 and A.17

// issued holds a token answer that must be good, whatever its grant.
func (c *client) issued(r reply) tokens {
	c.Helper()
	if r.StatusCode != http.StatusOK {
		c.Fatalf("token endpoint: %d %s", r.StatusCode, r.body)
	}
	c.op.jsonAnswer("token endpoint", r)
	o := r.object(c)
	t := tokens{access: text(o, "access_token"), refresh: text(o, "refresh_token"), id: text(o, "id_token"), scope: text(o, "scope")}
	if !strings.EqualFold(text(o, "token_type"), "Bearer") && !strings.EqualFold(text(o, "token_type"), "DPoP") {
		c.Errorf("token_type is %v", o["token_type"])
	}
	if expires := number(c, o, "expires_in"); expires <= 0 {
		c.Errorf("expires_in is %d", expires)
	}
	for name, token := range map[string]string{"access_token": t.access, "refresh_token": t.refresh} {
		if _, there := o[name]; there && (!tokenText.MatchString(token) || entropy(token) <= 96) {
			c.Errorf("%s has characters that it may not have, or too little randomness (%.0f bits)", name, entropy(token))
		}
	}
	if t.access == "" {
		c.Fatal("the token answer has no access_token")
	}
	if t.id != "" {
		t.claims = c.verify(t.id, "RS256")
		c.matchesHash(t.claims, "at_hash", t.access)
	}
	return t
}

// holds checks that the ID token answers this request.
func (f *flow) holds(t tokens) {
	f.Helper()
	nonce, there := t.claims["nonce"]
	if f.nonce != "" && nonce != f.nonce || f.nonce == "" && there {
		f.Errorf("the ID token has nonce %v, want %q", nonce, f.nonce)
	}
	for _, name := range []string{"name", "email", "phone_number", "address"} {
		if _, there := t.claims[name]; there {
			f.Errorf("the ID token has %s, which nobody asked to have there (OpenID Connect Core 1.0, section 5.4)", name)
		}
	}
}

// tokenError calls the token endpoint with a code, which must fail.
func (f *flow) tokenError(code, want string, changes ...string) {
	f.Helper()
	f.op.oauthError("token endpoint", f.redeem(code, changes...), http.StatusBadRequest, want)
}

// refreshed calls the token endpoint with a refresh token.
func (c *client) refreshed(token string, changes ...string) reply {
	c.Helper()
	return c.call("token_endpoint", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, changes...)
}
