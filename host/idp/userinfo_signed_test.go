package idp

// Signed answers: rows SAF-11 to SAF-14.

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/clients"
)

// everyAlg are those that a token of ours may be signed with.
var everyAlg = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA, jose.HS256, jose.HS384, jose.HS512}

// opens are the algorithm and the claims of a JWT, verified with secret, or
// else with the published key of its kid.
func (b *bench) opens(token string, secret clients.Secret) (string, map[string]any) {
	b.t.Helper()
	parsed, err := jwt.ParseSigned(token, everyAlg)
	must(b.t, err)
	head := parsed.Headers[0]
	var key any = []byte(secret)
	if !strings.HasPrefix(head.Algorithm, "HS") {
		var set jose.JSONWebKeySet
		must(b.t, json.Unmarshal([]byte(b.browser().get(pathKeys, nil).body), &set))
		keys := set.Key(head.KeyID)
		if len(keys) != 1 || keys[0].Algorithm != head.Algorithm {
			b.t.Fatalf("no key %q for %s is published", head.KeyID, head.Algorithm)
		}
		key = keys[0].Key
	}
	var claims map[string]any
	must(b.t, parsed.Claims(key, &claims))
	return head.Algorithm, claims
}

// signing is a client whose answers are signed with alg, and a secret of so
// many bytes.
func signing(alg string, secret int) func(*Config) {
	return client("signed", func(c *clients.Client) {
		c.UserInfoAlg, c.Secret = alg, clients.Secret(strings.Repeat("k", secret))
	})
}

func TestSAF11_SignedAnswers(t *testing.T) {
	for alg, secret := range map[string]int{"RS256": 16, "ES256": 16, "EdDSA": 16, "HS256": 32, "HS384": 48, "HS512": 64} {
		t.Run(alg, func(t *testing.T) {
			b := newBench(t, signing(alg, secret))
			key := strings.Repeat("k", secret)
			code := b.browser().signIn("ada", adaPass, "client_id", "signed", "scope", "openid email")
			got := b.tokens(b.token(code, "client_id", "signed", "client_secret", key))
			r := b.userInfo("Bearer " + got.AccessToken)
			if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/jwt" || r.Header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%d %v %s", r.StatusCode, r.Header, r.body)
			}
			by, claims := b.opens(r.body, clients.Secret(key))
			if by != alg || claims["iss"] != b.issuer || claims["aud"] != "signed" || claims["sub"] != "sub-ada" || claims["email"] != "ada@example.com" || claims["email_verified"] != true {
				t.Errorf("%s: %v", by, claims)
			}
			for _, name := range []string{"nonce", "exp", "auth_time", "challenged", "amr", "given_name"} {
				if claims[name] != nil {
					t.Errorf("it has %s: %v", name, claims)
				}
			}
			if again := b.browser().post(pathUserInfo, nil, "Authorization", "Bearer "+got.AccessToken); again.Header.Get("Content-Type") != "application/jwt" {
				t.Errorf("POST: %v", again.Header)
			}
		})
	}
}

// A signed answer, or a JWT access token, is not taken for an ID token: neither
// at the authorization endpoint nor at the end of the session.
func TestASignedAnswerIsNoHint(t *testing.T) {
	b := newBench(t, client("signed", func(c *clients.Client) { c.UserInfoAlg, c.AccessTokens = "RS256", "jwt" }))
	got := b.issued("signed", "ada", "openid profile claims")
	answer := b.userInfo("Bearer " + got.AccessToken).body
	for what, hint := range map[string]string{"userinfo": answer, "access token": got.AccessToken} {
		if strings.Count(hint, ".") != 2 {
			t.Fatalf("%s is no JWT", what)
		}
		if q := b.browser().back(b.browser().get(pathAuthorize, asking("client_id", "signed", "prompt", "none", "id_token_hint", hint))); q.Get("error") != "invalid_request" {
			t.Errorf("%s as a hint: %v", what, q)
		}
	}
	if q := b.browser().back(b.browser().get(pathAuthorize, asking("client_id", "signed", "prompt", "none", "id_token_hint", got.IDToken))); q.Get("error") != "login_required" {
		t.Errorf("the ID token as a hint: %v", q)
	}
}

func TestSAF12_KeysOfHMACAreLongEnough(t *testing.T) {
	for alg, least := range map[string]int{"HS256": 32, "HS384": 48, "HS512": 64} {
		b := newBench(t)
		cfg := b.provider.cfg
		signing(alg, least-1)(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), alg) || strings.Contains(err.Error(), "kkkk") {
			t.Errorf("%s with %d bytes: %v", alg, least-1, err)
		}
		short := clients.Client{ID: "registered before", UserInfoAlg: alg, Secret: clients.Secret(strings.Repeat("k", least-1))}
		if signed, err := b.provider.signUserInfo(t.Context(), short, map[string]any{"sub": "x"}); err == nil || strings.Contains(err.Error(), "kkkk") {
			t.Errorf("%s signs with %d bytes: %q %v", alg, least-1, signed, err)
		}
	}
}

func TestSAF12_AKeyOfItsOwn(t *testing.T) {
	const own = clients.Secret("a key for userinfo alone, 32 byte")
	b := newBench(t, client("signed", func(c *clients.Client) { c.UserInfoAlg, c.UserInfoKey = "HS256", own }))
	got := b.issued("signed", "ada", "openid")
	if alg, claims := b.opens(b.userInfo("Bearer "+got.AccessToken).body, own); alg != "HS256" || claims["sub"] != "sub-ada" {
		t.Errorf("%s %v", alg, claims)
	}
}

func TestSAF12_AlgorithmsNobodyCanSignWith(t *testing.T) {
	b := newBench(t)
	for _, alg := range []string{"none", "PS256", "HS1", "rs256"} {
		cfg := b.provider.cfg
		signing(alg, 64)(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s is taken", alg)
		}
		cfg = b.provider.cfg
		client("x", func(c *clients.Client) { c.IDTokenAlg = alg })(&cfg)
		if _, err := New(cfg); err == nil {
			t.Errorf("%s is taken for ID tokens", alg)
		}
	}
}

func TestSAF13_DiscoverySaysWhatIsSigned(t *testing.T) {
	b := newBench(t)
	doc := object(t, b.browser().get(pathDiscovery, nil).body)
	list := func(name string) (all []string) {
		values, _ := doc[name].([]any)
		for _, v := range values {
			all = append(all, v.(string))
		}
		return all
	}
	if got := list("userinfo_signing_alg_values_supported"); !slices.Equal(got, []string{"RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"}) {
		t.Errorf("userinfo is signed with %v", got)
	}
	for name, want := range map[string][]string{
		"claims_supported": {"sub", "name", "urn:internal:userid", "email_verified", "phone_number", "address", "zoneinfo", "groups", "roles", "auth_time", "challenged", "acr"},
		"scopes_supported": {"openid", "profile", "email", "phone", "address", "groups", "roles", "offline_access"},
	} {
		for _, value := range want {
			if !slices.Contains(list(name), value) {
				t.Errorf("%s lacks %s: %v", name, value, list(name))
			}
		}
	}
	if doc["userinfo_endpoint"] != b.issuer+pathUserInfo {
		t.Errorf("userinfo_endpoint: %v", doc["userinfo_endpoint"])
	}
}

func TestSAF14_RegisteredForSignedAnswers(t *testing.T) {
	b := newBench(t, closed)
	for _, alg := range []string{"RS256", "ES256", "EdDSA", "HS256", "HS384", "HS512"} {
		made := b.registered(initialToken, "userinfo_signed_response_alg", alg, "token_endpoint_auth_method", "client_secret_post")
		id, secret := made["client_id"].(string), made["client_secret"].(string)
		got := b.tokens(b.token(b.code(id), "client_id", id, "client_secret", secret))
		r := b.userInfo("Bearer " + got.AccessToken)
		by, claims := b.opens(r.body, clients.Secret(secret))
		if by != alg || claims["aud"] != id || claims["sub"] != "sub-ada" || claims["given_name"] != "Ada" {
			t.Errorf("%s: %s %v", alg, by, claims)
		}
	}
	if r := b.register(initialToken, document("userinfo_signed_response_alg", "none")); r.StatusCode != http.StatusBadRequest || object(t, r.body)["error"] != "invalid_client_metadata" {
		t.Errorf("none: %d %s", r.StatusCode, r.body)
	}
}
