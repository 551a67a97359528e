package conformance_test

// The userinfo endpoint (OpenID Connect Core 1.0, section 5.3).

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// The three ways of calling it.
const (
	byGet        = "GET, token in the header"
	byPost       = "POST, token in the header"
	byPostedForm = "POST, token in the form"
)

// callUserInfo calls the endpoint with an access token.
func (op *provider) callUserInfo(token, how string) reply {
	op.Helper()
	at := op.discover().text("userinfo_endpoint")
	switch how {
	case byPost:
		return op.postForm(at, nil, "Authorization", "Bearer "+token)
	case byPostedForm:
		return op.postForm(at, url.Values{"access_token": {token}})
	default:
		return op.get(at, "Authorization", "Bearer "+token)
	}
}

// userInfo is a good answer about the person of the ID token.
func (c *client) userInfo(t tokens, how string) map[string]any {
	c.Helper()
	r := c.op.callUserInfo(t.access, how)
	if r.StatusCode != http.StatusOK {
		c.Fatalf("userinfo by %s: %d %s", how, r.StatusCode, r.body)
	}
	c.op.jsonAnswer("userinfo", r)
	info := r.object(c)
	c.about(info, t)
	return info
}

// about holds the claims of userinfo against their types, and the subject
// against the ID token's.
func (c *client) about(info map[string]any, t tokens) {
	c.Helper()
	if info["sub"] == "" || info["sub"] != t.claims["sub"] {
		c.Errorf("userinfo's sub is %v, the ID token's %v", info["sub"], t.claims["sub"])
	}
	for name, value := range info {
		if !fitsClaim(name, value) {
			c.Errorf("userinfo's %s is %v (OpenID Connect Core 1.0, section 5.1)", name, value)
		}
	}
	for _, name := range []string{"nonce", "at_hash", "auth_time", "amr", "challenged"} {
		if _, there := info[name]; there {
			c.Errorf("userinfo has %s", name)
		}
	}
}

// fitsClaim reports whether a standard claim has its type and says something.
func fitsClaim(name string, value any) bool {
	switch name {
	case "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
		"email", "gender", "birthdate", "zoneinfo", "locale", "phone_number":
		s, is := value.(string)
		return is && s != ""
	case "email_verified", "phone_number_verified":
		_, is := value.(bool)
		return is
	case "updated_at":
		n, is := value.(json.Number)
		if !is {
			return false
		}
		seconds, err := n.Float64()
		return err == nil && seconds > 0 && seconds < 1e11 // not milliseconds
	case "address":
		o, is := value.(map[string]any)
		return is && len(o) > 0
	}
	return value != nil
}
