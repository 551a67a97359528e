package idp

// Who may ask userinfo, and how (RFC 6750; RFC 9449, section 7).

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/store"
)

// refused checks an answer that opens nothing, and what it says of the scheme.
func refused(t *testing.T, what string, r result, status int, code, challenge string) {
	t.Helper()
	body := object(t, r.body)
	challenges := strings.Join(r.Header.Values("WWW-Authenticate"), "; ")
	if r.StatusCode != status || body["error"] != code || body["sub"] != nil {
		t.Errorf("%s: %d %s", what, r.StatusCode, r.body)
	}
	if !strings.HasPrefix(challenges, challenge+" realm=") || !strings.Contains(challenges, `error="`+code+`"`) {
		t.Errorf("%s: WWW-Authenticate is %s", what, challenges)
	}
	if r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s: %v", what, r.Header)
	}
}

func TestUserInfoWithoutCredentials(t *testing.T) {
	b := newBench(t)
	for _, r := range []result{b.userInfo(""), b.browser().post(pathUserInfo, url.Values{}), b.userInfo("Basic YXBwOnNlY3JldA==")} {
		challenges := r.Header.Values("WWW-Authenticate")
		if r.StatusCode != http.StatusUnauthorized || len(challenges) != 2 || challenges[0] != `Bearer realm="`+b.issuer+`"` ||
			!strings.HasPrefix(challenges[1], `DPoP realm="`+b.issuer+`", algs="ES256 `) {
			t.Errorf("%d %q", r.StatusCode, challenges)
		}
	}
}

func TestUserInfoTakesOneToken(t *testing.T) {
	b := newBench(t)
	got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
	bearer, form := "Bearer "+got.AccessToken, url.Values{"access_token": {got.AccessToken}}
	refused(t, "header and form", b.browser().post(pathUserInfo, form, "Authorization", bearer), 400, "invalid_request", "Bearer")
	twice, err := http.NewRequest(http.MethodGet, b.issuer+pathUserInfo, nil)
	must(t, err)
	twice.Header["Authorization"] = []string{bearer, bearer}
	refused(t, "two headers", b.browser().do(twice), 400, "invalid_request", "Bearer")
	for what, r := range map[string]result{
		"in the query":            b.browser().get(pathUserInfo, form),
		"in the query of a POST":  b.browser().post(pathUserInfo+"?"+form.Encode(), nil),
		"in the query and header": b.browser().post(pathUserInfo+"?"+form.Encode(), nil, "Authorization", bearer),
		"two in the form":         b.browser().post(pathUserInfo, url.Values{"access_token": {got.AccessToken, got.AccessToken}}),
	} {
		refused(t, what, r, 400, "invalid_request", "Bearer")
	}
	refused(t, "no token", b.userInfo("Bearer "), 401, "invalid_token", "Bearer")
	refused(t, "not base64", b.userInfo(`Bearer a"b`), 401, "invalid_token", "Bearer")
	refused(t, "endless", b.userInfo("Bearer "+strings.Repeat("a", maxAccessToken+1)), 401, "invalid_token", "Bearer")
	request, err := http.NewRequest(http.MethodDelete, b.issuer+pathUserInfo, nil)
	must(t, err)
	if r := b.browser().do(request); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, POST" {
		t.Errorf("DELETE: %d %v", r.StatusCode, r.Header)
	}
}

func TestUserInfoNeedsOpenID(t *testing.T) {
	b := newBench(t, client("machine", func(c *clients.Client) {
		c.GrantTypes, c.Scopes, c.RedirectURIs = []string{clients.GrantCredentials}, []string{"api"}, nil
	}))
	r := b.browser().post(pathToken, url.Values{"grant_type": {clients.GrantCredentials}, "scope": {"api"}, "client_id": {"machine"}, "client_secret": {appSecret}}, "Origin", "")
	r = b.userInfo("Bearer " + b.tokens(r).AccessToken)
	refused(t, "client credentials", r, 403, "insufficient_scope", "Bearer")
	if !strings.Contains(r.Header.Get("WWW-Authenticate"), `scope="openid"`) {
		t.Errorf("%v", r.Header)
	}
}

func TestUserInfoEndsWithThePerson(t *testing.T) {
	b := newBench(t, client("jwt", func(c *clients.Client) { c.AccessTokens = "jwt" }))
	opaque, jwt := b.issued("poster", "ada", "openid"), b.issued("jwt", "ada", "openid")
	for _, got := range []tokens{opaque, jwt} {
		if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	ada, err := b.people.Person(t.Context(), "ada")
	must(t, err)
	ada.Disabled = true
	_, err = b.people.PutPerson(t.Context(), ada)
	must(t, err)
	for _, got := range []tokens{opaque, jwt} {
		refused(t, "disabled", b.userInfo("Bearer "+got.AccessToken), 401, "invalid_token", "Bearer")
	}
	ada.Disabled, ada.Subject = false, "sub-another"
	_, err = b.people.PutPerson(t.Context(), ada)
	must(t, err)
	refused(t, "the name is somebody else's", b.userInfo("Bearer "+opaque.AccessToken), 401, "invalid_token", "Bearer")
}

// down is a store that does not answer.
type down struct{ store.Store }

func (down) Get(context.Context, string, string) (store.Item, error) {
	return store.Item{}, errors.Join(store.ErrUnavailable, errors.New("CANARY"))
}

func TestUserInfoWhileTheStoreIsDown(t *testing.T) {
	b := newBench(t)
	got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
	b.useStore(down{b.store})
	if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != http.StatusServiceUnavailable || object(t, r.body)["error"] != "server_error" || strings.Contains(r.body, "CANARY") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

func TestUserInfoAcrossOrigins(t *testing.T) {
	b := newBench(t)
	r, err := http.NewRequest(http.MethodOptions, b.issuer+pathUserInfo, nil)
	must(t, err)
	r.Header.Set("Origin", "https://spa.example")
	r.Header.Set("Access-Control-Request-Method", "GET")
	r.Header.Set("Access-Control-Request-Headers", "authorization,dpop")
	got := b.browser().do(r)
	allowed := strings.ToLower(got.Header.Get("Access-Control-Allow-Headers"))
	if got.StatusCode != http.StatusNoContent || got.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(allowed, "authorization") || !strings.Contains(allowed, "dpop") ||
		!strings.Contains(got.Header.Get("Access-Control-Allow-Methods"), "GET") || got.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("preflight: %v", got.Header)
	}
	if exposed := b.userInfo("").Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "WWW-Authenticate") {
		t.Errorf("exposed: %q", exposed)
	}
}

// holder makes proofs with a key of its own.
type keyHolder struct {
	t     *testing.T
	key   *ecdsa.PrivateKey
	clock *clock
	n     byte
}

func newKeyHolder(b *bench, t *testing.T) *keyHolder {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return &keyHolder{t: t, key: key, clock: b.clock}
}

// proves is a proof for a request that presents token, or asks for one.
func (h *keyHolder) proves(method, target, token string) string {
	h.t.Helper()
	h.n++
	claims := map[string]any{"jti": "proof " + string('a'+h.n), "htm": method, "htu": target, "iat": h.clock.Now().Unix()}
	if token != "" {
		sum := sha256.Sum256([]byte(token))
		claims["ath"] = b64.EncodeToString(sum[:])
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: h.key}, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"))
	must(h.t, err)
	signed, err := jwt.Signed(signer).Claims(claims).Serialize()
	must(h.t, err)
	return signed
}

func TestUserInfoOfABoundToken(t *testing.T) {
	b := newBench(t, client("bound", func(c *clients.Client) { c.BoundTokens = true }))
	mine, theirs, target := newKeyHolder(b, t), newKeyHolder(b, t), b.issuer+pathUserInfo
	code := b.browser().signIn("ada", adaPass, "client_id", "bound", "scope", "openid email")
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}, "client_id": {"bound"}, "client_secret": {appSecret}}
	got := b.tokens(b.browser().post(pathToken, form, "DPoP", mine.proves(http.MethodPost, b.issuer+pathToken, "")))
	if got.TokenType != "DPoP" {
		t.Fatalf("token type %q", got.TokenType)
	}
	ask := func(scheme, token string, proofs ...string) result {
		t.Helper()
		r, err := http.NewRequest(http.MethodGet, target, nil)
		must(t, err)
		r.Header.Set("Authorization", scheme+" "+token)
		for _, proof := range proofs {
			r.Header.Add("DPoP", proof)
		}
		return b.browser().do(r)
	}
	token, good := got.AccessToken, mine.proves(http.MethodGet, target, got.AccessToken)
	for _, scheme := range []string{"DPoP", "dpop"} {
		if r := ask(scheme, token, mine.proves(http.MethodGet, target+"?x=1#y", token)); r.StatusCode != http.StatusOK || object(t, r.body)["email"] != "ada@example.com" {
			t.Errorf("%s: %d %s", scheme, r.StatusCode, r.body)
		}
	}
	if r := ask("DPoP", token, good); r.StatusCode != http.StatusOK {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	refused(t, "a proof that was used", ask("DPoP", token, good), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "no proof", ask("DPoP", token), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "two proofs", ask("DPoP", token, mine.proves(http.MethodGet, target, token), mine.proves(http.MethodGet, target, token)), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "another method's", ask("DPoP", token, mine.proves(http.MethodPost, target, token)), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "another address's", ask("DPoP", token, mine.proves(http.MethodGet, b.issuer+pathToken, token)), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "another token's", ask("DPoP", token, mine.proves(http.MethodGet, target, "another")), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "no token's", ask("DPoP", token, mine.proves(http.MethodGet, target, "")), 401, "invalid_dpop_proof", "DPoP")
	refused(t, "another key", ask("DPoP", token, theirs.proves(http.MethodGet, target, token)), 401, "invalid_token", "DPoP")
	refused(t, "as Bearer", ask("Bearer", token), 401, "invalid_token", "DPoP")
	refused(t, "as Bearer, with a proof", ask("Bearer", token, mine.proves(http.MethodGet, target, token)), 401, "invalid_token", "DPoP")
	refused(t, "in the form", b.browser().post(pathUserInfo, url.Values{"access_token": {token}}), 401, "invalid_token", "DPoP")
	refused(t, "unknown", ask("DPoP", strings.Repeat("A", 43), mine.proves(http.MethodGet, target, strings.Repeat("A", 43))), 401, "invalid_token", "DPoP")
	free := b.issued("poster", "ada", "openid")
	refused(t, "bound to nothing", ask("DPoP", free.AccessToken, mine.proves(http.MethodGet, target, free.AccessToken)), 401, "invalid_token", "Bearer")
	if n := b.count("idp.proofs"); n != 5 { // the token's, three good ones, and the other key's
		t.Errorf("%d proofs are stored: strangers can write", n)
	}
	late := mine.proves(http.MethodGet, target, token)
	b.clock.advance(10 * time.Minute)
	refused(t, "an old proof", ask("DPoP", token, late), 401, "invalid_dpop_proof", "DPoP")
}

// A person's record that cannot be read is no reason to say anything.
func TestUserInfoOfADamagedRecord(t *testing.T) {
	b := newBench(t)
	got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
	must(t, b.store.Apply(t.Context(), store.Op{Bucket: people.Bucket, Key: "ada", Value: []byte("{")}))
	if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode == http.StatusOK || strings.Contains(r.body, "sub-ada") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}
