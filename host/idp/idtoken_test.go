package idp

// What an ID token says, by which algorithm.

import (
	"crypto/sha256"
	"crypto/sha512"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
)

func TestIDTokensAreSignedAsTheClientAsks(t *testing.T) {
	for alg, half := range map[string]func(string) string{
		"":      func(s string) string { sum := sha256.Sum256([]byte(s)); return b64.EncodeToString(sum[:16]) },
		"RS256": func(s string) string { sum := sha256.Sum256([]byte(s)); return b64.EncodeToString(sum[:16]) },
		"ES256": func(s string) string { sum := sha256.Sum256([]byte(s)); return b64.EncodeToString(sum[:16]) },
		"EdDSA": func(s string) string { sum := sha512.Sum512([]byte(s)); return b64.EncodeToString(sum[:32]) },
	} {
		b := newBench(t, client("x", func(c *clients.Client) { c.IDTokenAlg = alg }), func(c *Config) { c.IDTokens = time.Minute })
		c := b.browser()
		code := c.signIn("ada", adaPass, "client_id", "x", "scope", "openid profile email")
		got := b.tokens(b.token(code, "client_id", "x", "client_secret", appSecret))
		by, claims := b.opens(got.IDToken, "")
		now := float64(b.clock.Now().Unix())
		for _, name := range []string{"sid", "acr"} {
			delete(claims, name) // tested where they are made
		}
		want := map[string]any{
			"iss": b.issuer, "sub": "sub-ada", "aud": "x", "iat": now, "exp": now + 60, "auth_time": now, "challenged": true,
			"amr": []any{"uname", "pwd"}, "nonce": "the-nonce", "at_hash": half(got.AccessToken),
		}
		if wantAlg := or(alg, "RS256"); by != wantAlg || !reflect.DeepEqual(claims, want) {
			t.Errorf("%s:\n got %v\nwant %v", by, claims, want)
		}
	}
}

// IGN-22 and 23 go on after a refresh: the proof stays as old as it is, and
// none went before the new token.
func TestIGN23_ARefreshedIDToken(t *testing.T) {
	b := newBench(t, client("refresher", func(c *clients.Client) { c.GrantTypes = []string{clients.GrantCode, clients.GrantRefresh} }))
	code := b.browser().signIn("ada", adaPass, "client_id", "refresher", "scope", "openid")
	body := object(t, b.token(code, "client_id", "refresher", "client_secret", appSecret).body)
	first := b.verified(body["id_token"].(string))
	b.clock.advance(5 * time.Minute)
	r := b.browser().post(pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {body["refresh_token"].(string)},
		"client_id": {"refresher"}, "client_secret": {appSecret}}, "Origin", "")
	again := b.verified(b.tokens(r).IDToken)
	for _, name := range []string{"iss", "sub", "aud", "auth_time", "amr", "sid"} {
		if !reflect.DeepEqual(first[name], again[name]) {
			t.Errorf("%s was %v and is %v", name, first[name], again[name])
		}
	}
	if first["challenged"] != true || again["challenged"] != false || again["iat"] == first["iat"] || again["nonce"] != nil && again["nonce"] != first["nonce"] {
		t.Errorf("first %v, then %v", first, again)
	}
}

// A JWT access token tells what its scopes do, and how the person signed in
// (RFC 9068, section 2.2).
func TestJWTAccessTokensTellTheirScopes(t *testing.T) {
	b := newBench(t, client("jwt", func(c *clients.Client) { c.AccessTokens = "jwt" }))
	got := b.issued("jwt", "ada", "openid email groups", "claims", `{"userinfo":{"given_name":null},"id_token":{"family_name":null}}`)
	_, claims := b.opens(got.AccessToken, "")
	for name, want := range map[string]any{
		"iss": b.issuer, "sub": "sub-ada", "client_id": "jwt", "scope": "openid email groups", "email": "ada@example.com", "email_verified": true,
		"groups": []any{"engineering", "staff"}, "auth_time": float64(b.clock.Now().Unix()), "amr": []any{"uname", "pwd"},
		"given_name": nil, "family_name": nil, "nonce": nil, "challenged": nil,
	} {
		if !reflect.DeepEqual(claims[name], want) {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
}
