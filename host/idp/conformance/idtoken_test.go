package conformance_test

// Tokens that the provider signs, verified with the keys that it publishes
// (OpenID Connect Core 1.0, section 3.1.3.7).

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	skew    = 5 * 60
	year    = 365 * 24 * time.Hour
	longest = 50 * year
)

// verify is the claims of an ID token for the client, signed with alg.
func (c *client) verify(token, alg string) map[string]any {
	c.Helper()
	claims, _ := c.op.opened("ID token", token, alg)
	c.op.claimsOf("ID token", claims, c.id)
	if exp, now := number(c, claims, "exp"), c.op.clock.Now(); exp <= now.Unix() || exp > now.Add(longest).Unix() {
		c.Errorf("the ID token's exp is %d", exp)
	}
	if sub := text(claims, "sub"); sub == "" || len(sub) > 255 || strings.ContainsFunc(sub, func(r rune) bool { return r > 0x7e || r < 0x20 }) {
		c.Errorf("the ID token's sub is %q", sub)
	}
	c.authenticated(claims)
	return claims
}

// authenticated holds what is said of the authentication. This provider always
// says when it was, and how.
func (c *client) authenticated(claims map[string]any) {
	c.Helper()
	now := c.op.clock.Now()
	if at := number(c, claims, "auth_time"); at > now.Unix()+skew || at < now.Add(-year).Unix() {
		c.Errorf("the ID token's auth_time is %d", at)
	}
	if _, is := claims["challenged"].(bool); !is {
		c.Errorf("the ID token's challenged is %v, not a boolean", claims["challenged"])
	}
	if methods, is := claims["amr"].([]any); !is || len(methods) == 0 {
		c.Errorf("the ID token's amr is %v", claims["amr"])
	}
	if acr, there := claims["acr"]; there && acr == "" {
		c.Error("the ID token's acr is empty")
	}
}

// claimsOf holds iss, aud, iat and azp of a JWT that is for audience.
func (op *provider) claimsOf(what string, claims map[string]any, audience string) {
	op.Helper()
	if claims["iss"] != op.issuer {
		op.Errorf("%s: iss is %v, want %s", what, claims["iss"], op.issuer)
	}
	if got := audiences(claims); !slices.Equal(got, []string{audience}) {
		op.Errorf("%s: aud is %v, want %s alone", what, claims["aud"], audience)
	}
	if azp, there := claims["azp"]; there && azp != audience {
		op.Errorf("%s: azp is %v", what, azp)
	}
	if iat, now := number(op, claims, "iat"), op.clock.Now().Unix(); iat > now+skew || iat < now-skew {
		op.Errorf("%s: iat is %d, and it is %d now", what, iat, now)
	}
	if _, there := claims["nbf"]; there && number(op, claims, "nbf") > op.clock.Now().Unix()+skew {
		op.Errorf("%s: nbf is %v", what, claims["nbf"])
	}
}

func audiences(claims map[string]any) []string {
	switch aud := claims["aud"].(type) {
	case string:
		return []string{aud}
	case []any:
		var out []string
		for _, a := range aud {
			s, _ := a.(string)
			out = append(out, s)
		}
		return out
	}
	return nil
}

// opened is the payload and the header of a JWT that a published key verifies.
func (op *provider) opened(what, token, alg string) (map[string]any, jose.Header) {
	op.Helper()
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(alg)})
	if err != nil {
		op.Fatalf("%s is no JWT signed with %s: %v", what, alg, err)
	}
	header := parsed.Signatures[0].Header
	if header.KeyID == "" {
		op.Errorf("%s has no kid in its header (OpenID Connect Core 1.0, section 10.1)", what)
	}
	published := op.keySet()
	found := published.Key(header.KeyID)
	if len(found) != 1 {
		op.Fatalf("%s: the key %q is published %d times", what, header.KeyID, len(found))
	}
	payload, err := parsed.Verify(found[0].Key)
	if err != nil {
		op.Fatalf("%s: the published key does not verify the signature: %v", what, err)
	}
	return object(op, string(payload)), header
}

// keySet is the published keys.
func (op *provider) keySet() jose.JSONWebKeySet {
	op.Helper()
	var set jose.JSONWebKeySet
	must(op, json.Unmarshal([]byte(op.get(op.discover().text("jwks_uri")).body), &set))
	return set
}

// matchesHash holds at_hash or c_hash, which may be absent, against what it is
// the hash of.
func (c *client) matchesHash(claims map[string]any, name, value string) {
	c.Helper()
	sum := sha256.Sum256([]byte(value))
	if got, there := claims[name]; there && got != b64.EncodeToString(sum[:len(sum)/2]) {
		c.Errorf("the ID token's %s does not match", name)
	}
}
