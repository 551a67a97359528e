package ask_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/token"
)

func raws(texts ...string) (out []json.RawMessage) {
	for _, text := range texts {
		out = append(out, json.RawMessage(text))
	}
	return out
}

// key signs the client's request objects.
var key = ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32)))

func object(t testing.TB, typ string, members map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	if typ != "" {
		options = options.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jwt.Signed(signer).Claims(members).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// withKeys verifies with key, and finds objects at their addresses.
func withKeys(at map[string]string) ask.Reader {
	r := reader()
	r.Verify = func(ctx context.Context, _ clients.Client, compact string, algs ...string) (*token.JWT, error) {
		parsed, err := token.Parse(compact)
		if err != nil {
			return nil, err
		}
		jwks, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), Algorithm: "EdDSA", Use: "sig"}}})
		set, err := token.NewStaticKeySet(jwks)
		if err != nil {
			return nil, err
		}
		return parsed, parsed.Verify(ctx, token.Rules{Algs: algs, Keys: set})
	}
	r.Fetch = func(_ context.Context, _ clients.Client, uri string) (string, error) {
		text, there := at[uri]
		if !there {
			return "", errors.New("nothing there")
		}
		return text, nil
	}
	return r
}

func TestRequestObject(t *testing.T) {
	members := map[string]any{
		"iss": "app", "aud": []string{issuer}, "exp": now + 60, "nbf": now, "client_id": "app", "response_type": "code",
		"redirect_uri": callback + "?x=1", "state": "inner", "scope": "openid email", "nonce": "n", "max_age": 7, "resource": []string{"urn:api"},
		"claims": map[string]any{"id_token": map[string]any{"x": nil}}, "unknown": []int{1},
	}
	signed := object(t, "oauth-authz-req+jwt", members)
	sum := sha256.Sum256([]byte(signed))
	hashed := "https://app.example.com/r#" + base64.RawURLEncoding.EncodeToString(sum[:])
	client := app
	client.RequestURIs = []string{"https://app.example.com/r", hashed, "https://app.example.com/r#wrong", "https://app.example.com/gone"}
	r := withKeys(map[string]string{"https://app.example.com/r": signed})
	outer := query("redirect_uri", "https://evil.example/", "state", "outer", "scope", "openid", "ui_locales", "de")
	for name, changes := range map[string][]string{
		"by value": {"request", signed}, "by reference": {"request_uri", "https://app.example.com/r"}, "by reference and hash": {"request_uri", hashed},
	} {
		q := maps.Clone(outer)
		q.Set(changes[0], changes[1])
		got, refused := r.Read(t.Context(), client, q)
		if refused != nil || got.RedirectURI != callback+"?x=1" || got.State != "inner" || got.Nonce != "n" || *got.MaxAge != 7 ||
			len(got.Resources) != 1 || len(got.Claims.IDToken) != 1 || got.Locales[0] != "de" || !scopesAre("openid email")(got) {
			t.Errorf("%s: %+v %+v", name, got, refused)
		}
	}
	for name, test := range map[string]struct{ uri, want string }{
		"not registered":    {"https://app.example.com/other", "invalid_request_uri"},
		"a prefix":          {"https://app.example.com/r?x", "invalid_request_uri"},
		"another hash":      {"https://app.example.com/r#wrong", "invalid_request_uri"},
		"nothing there":     {"https://app.example.com/gone", "invalid_request_uri"},
		"without end":       {"https://app.example.com/" + strings.Repeat("r", 600), "invalid_request_uri"},
		"of another scheme": {"file:///etc/passwd", "invalid_request_uri"},
	} {
		if _, refused := r.Read(t.Context(), client, query("request_uri", test.uri)); refused == nil || refused.Code != test.want {
			t.Errorf("%s: %+v", name, refused)
		}
	}
}

func TestRequestObjectsThatAreRefused(t *testing.T) {
	good := map[string]any{"iss": "app", "aud": issuer, "state": "inner"}
	with := func(name string, value any) map[string]any {
		m := maps.Clone(good)
		m[name] = value
		return m
	}
	signed := object(t, "", good)
	parts := strings.Split(signed, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + "."
	for name, test := range map[string]struct{ object, want string }{
		"unsigned":               {unsigned, "request_not_supported"},
		"another's iss":          {object(t, "", with("iss", "evil")), "invalid_request_object"},
		"another's client_id":    {object(t, "", with("client_id", "evil")), "invalid_request_object"},
		"another aud":            {object(t, "", with("aud", "https://other.example.com")), "invalid_request_object"},
		"no aud among":           {object(t, "", with("aud", []string{"a", "b"})), "invalid_request_object"},
		"expired":                {object(t, "", with("exp", now)), "invalid_request_object"},
		"exp a string":           {object(t, "", with("exp", "never")), "invalid_request_object"},
		"not yet":                {object(t, "", with("nbf", now+120)), "invalid_request_object"},
		"a request within":       {object(t, "", with("request", signed)), "invalid_request_object"},
		"a request_uri within":   {object(t, "", with("request_uri", "https://x")), "invalid_request_object"},
		"a client assertion":     {object(t, "", with("sub", "app")), "invalid_request_object"},
		"another type":           {object(t, "at+jwt", good), "invalid_request_object"},
		"another response_type":  {object(t, "", with("response_type", "token")), "invalid_request"},
		"signed by somebody":     {parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64)), "invalid_request_object"},
		"claims of another":      {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"app","state":"other"}`)) + "." + parts[2], "invalid_request_object"},
		"a member that is twice": {parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"app","iss":"app"}`)) + "." + parts[2], "invalid_request_object"},
	} {
		got, refused := withKeys(nil).Read(t.Context(), app, query("request", test.object))
		if refused == nil || refused.Code != test.want || refused.Local || got.State != "s" {
			t.Errorf("%s: %+v %+v", name, refused, got)
		}
		if _, refused := withKeys(nil).Read(t.Context(), app, query("request", test.object, "redirect_uri", "https://evil.example")); refused == nil || !refused.Local {
			t.Errorf("T14 %s with a foreign address: %+v", name, refused)
		}
	}
	client := app
	client.RequestAlg = "RS256"
	if _, refused := withKeys(nil).Read(t.Context(), client, query("request", signed)); refused == nil || refused.Code != "invalid_request_object" {
		t.Errorf("an algorithm it is not registered for: %+v", refused)
	}
	if _, refused := reader().Read(t.Context(), app, query("request", signed)); refused == nil || refused.Code != "invalid_request_object" {
		t.Errorf("a client without keys: %+v", refused)
	}
}
