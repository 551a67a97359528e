package idp

// Tokens that are bound to a key (RFC 9449), from the token endpoint on. What
// makes a proof bad is tested in package proof.

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// boundClient has a key and proves it.
type boundClient struct {
	t   testing.TB
	b   *bench
	key *ecdsa.PrivateKey
}

func (b *bench) boundClient() boundClient {
	return boundClient{b.t, b, made(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))}
}

func (h boundClient) thumbprint() string {
	return b64.EncodeToString(made((&jose.JSONWebKey{Key: h.key.Public()}).Thumbprint(crypto.SHA256)))
}

// proof is a good one for that request.
func (h boundClient) proof(method, path, accessToken string) string {
	h.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: h.key}, &jose.SignerOptions{EmbedJWK: true, ExtraHeaders: map[jose.HeaderKey]any{"typ": "dpop+jwt"}})
	must(h.t, err)
	claims := map[string]any{"jti": newSecret(), "htm": method, "htu": h.b.issuer + path, "iat": h.b.clock.Now().Unix()}
	if accessToken != "" {
		sum := sha256.Sum256([]byte(accessToken))
		claims["ath"] = b64.EncodeToString(sum[:])
	}
	return made(jwt.Signed(signer).Claims(claims).Serialize())
}

func (h boundClient) exchange(client, code string) result {
	return h.b.as(client, pathToken, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}},
		"DPoP", h.proof("POST", pathToken, ""))
}

func (h boundClient) refresh(client string, token any) result {
	return h.b.as(client, pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}}, "DPoP", h.proof("POST", pathToken, ""))
}

// userInfo calls with that scheme and a proof for token.
func (h boundClient) userInfo(scheme, token string) result {
	h.t.Helper()
	r, err := http.NewRequest(http.MethodGet, h.b.issuer+pathUserInfo, nil)
	must(h.t, err)
	r.Header.Set("Authorization", scheme+" "+token)
	r.Header.Set("DPoP", h.proof("GET", pathUserInfo, token))
	return h.b.browser().do(r)
}

func TestRFC9449_BoundTokens(t *testing.T) {
	b := newBench(t, machines)
	mine, other := b.boundClient(), b.boundClient()
	for _, client := range []string{"keeper", "jwt", "spa", "bound"} {
		t.Run(client, func(t *testing.T) {
			r := mine.exchange(client, b.browser().signIn("ada", adaPass, "client_id", client))
			got := object(t, r.body)
			if r.StatusCode != http.StatusOK || got["token_type"] != "DPoP" {
				t.Fatalf("%d %s", r.StatusCode, r.body)
			}
			token := got["access_token"].(string)
			if client == "jwt" {
				if cnf, _ := b.verified(token)["cnf"].(map[string]any); cnf["jkt"] != mine.thumbprint() {
					t.Errorf("cnf: %v", cnf)
				}
			}
			said := b.introspected("keeper", token)
			if client == "keeper" && (said["token_type"] != "DPoP" || said["cnf"].(map[string]any)["jkt"] != mine.thumbprint()) {
				t.Errorf("introspected: %v", said)
			}
			if r := mine.userInfo("DPoP", token); r.StatusCode != http.StatusOK {
				t.Errorf("with its key: %d %s", r.StatusCode, r.body)
			}
			for name, r := range map[string]result{
				"as Bearer":        b.userInfo("Bearer " + token),
				"Bearer and proof": mine.userInfo("Bearer", token),
				"without a proof":  b.userInfo("DPoP " + token),
				"another key":      other.userInfo("DPoP", token),
			} {
				if r.StatusCode != http.StatusUnauthorized || !strings.Contains(strings.Join(r.Header.Values("WWW-Authenticate"), " "), "DPoP ") {
					t.Errorf("%s: %d %v", name, r.StatusCode, r.Header.Values("WWW-Authenticate"))
				}
			}
		})
	}
}

// A refresh token of a client without credentials is bound to its key; one
// with credentials may come with a new one, but not without.
func TestRFC9449_Refresh(t *testing.T) {
	b := newBench(t, machines)
	mine, other := b.boundClient(), b.boundClient()
	for client, newKey := range map[string]int{"spa": 400, "keeper": 200, "bound": 200} {
		t.Run(client, func(t *testing.T) {
			got := object(t, mine.exchange(client, b.browser().signIn("ada", adaPass, "client_id", client)).body)
			if said := refusal(t, b.refreshed(client, got["refresh_token"]), 400); said != "invalid_dpop_proof" {
				t.Errorf("without a proof: %s", said)
			}
			r := mine.refresh(client, got["refresh_token"])
			if r.StatusCode != http.StatusOK || object(t, r.body)["token_type"] != "DPoP" {
				t.Fatalf("with the key: %d %s", r.StatusCode, r.body)
			}
			next := object(t, r.body)
			b.clock.advance(time.Minute)
			r = other.refresh(client, next["refresh_token"])
			if r.StatusCode != newKey {
				t.Errorf("with another key: %d %s", r.StatusCode, r.body)
			}
			if newKey == http.StatusOK {
				if r := other.userInfo("DPoP", object(t, r.body)["access_token"].(string)); r.StatusCode != http.StatusOK {
					t.Errorf("the token of the other key: %d", r.StatusCode)
				}
			} else if r := mine.refresh(client, next["refresh_token"]); r.StatusCode != http.StatusOK {
				t.Errorf("the failed attempt spent the token: %s", r.body)
			}
		})
	}
}

func TestRFC9449_Refused(t *testing.T) {
	b := newBench(t, machines)
	mine, other := b.boundClient(), b.boundClient()
	form := func(code string) url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	}
	replayed := mine.proof("POST", pathToken, "")
	b.as("keeper", pathToken, form(b.browser().signIn("ada", adaPass, "client_id", "keeper")), "DPoP", replayed)
	for name, test := range map[string]struct {
		client string
		at     []string // of the authorization request
		proof  string
		want   string
	}{
		"a client of bound tokens without": {"bound", nil, "", "invalid_dpop_proof"},
		"replayed":                         {"keeper", nil, replayed, "invalid_dpop_proof"},
		"for userinfo":                     {"keeper", nil, mine.proof("POST", pathUserInfo, ""), "invalid_dpop_proof"},
		"for GET":                          {"keeper", nil, mine.proof("GET", pathToken, ""), "invalid_dpop_proof"},
		"nonsense":                         {"keeper", nil, "x", "invalid_dpop_proof"},
		"another key than asked for":       {"keeper", []string{"dpop_jkt", mine.thumbprint()}, other.proof("POST", pathToken, ""), "invalid_grant"},
		"no key though one was asked for":  {"keeper", []string{"dpop_jkt", mine.thumbprint()}, "", "invalid_dpop_proof"},
	} {
		t.Run(name, func(t *testing.T) {
			code := b.browser().signIn("ada", adaPass, append([]string{"client_id", test.client}, test.at...)...)
			var headers []string
			if test.proof != "" {
				headers = []string{"DPoP", test.proof}
			}
			if said := refusal(t, b.as(test.client, pathToken, form(code), headers...), 400); said != test.want {
				t.Errorf("%s, want %s", said, test.want)
			}
			if r := mine.exchange(test.client, code); r.StatusCode != http.StatusOK {
				t.Errorf("the failed attempt spent the code: %s", r.body)
			}
		})
	}
}

// Who has shown nothing else makes the store remember no proof.
func TestRFC9449_StrangersWriteNothing(t *testing.T) {
	b := newBench(t, machines)
	mine := b.boundClient()
	watched := &watch{Store: b.store}
	b.useStore(watched)
	mine.exchange("spa", newSecret())
	mine.refresh("spa", strings.Repeat("A", 64))
	mine.userInfo("DPoP", newSecret())
	b.as("", pathToken, url.Values{"grant_type": {"client_credentials"}}, "DPoP", mine.proof("POST", pathToken, ""))
	if watched.writes != 0 {
		t.Errorf("%d writes", watched.writes)
	}
}
