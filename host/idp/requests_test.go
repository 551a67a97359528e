package idp

// Request objects and hints over HTTP (CONFORMANCE c.4, Dynamic OP).

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/doorward/doorward/host/idp/clients"
)

var objectKey = ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32)))

// signedObject is a request object of the client signer.
func signedObject(t testing.TB, members map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: objectKey}, (&jose.SignerOptions{}).WithType("oauth-authz-req+jwt"))
	must(t, err)
	out, err := jwt.Signed(signer).Claims(members).Serialize()
	must(t, err)
	return out
}

// withSigner adds a client that signs its requests, or leaves them at uris.
func withSigner(uris ...string) func(*Config) {
	jwks, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: objectKey.Public(), KeyID: "k", Algorithm: "EdDSA", Use: "sig"}}})
	return func(cfg *Config) {
		cfg.Clients = append(cfg.Clients, clients.Client{ID: "signer", Secret: appSecret, RedirectURIs: []string{callback}, Keys: jwks, RequestURIs: uris})
	}
}

func TestRequestObjectByValue(t *testing.T) {
	b := newBench(t, withSigner())
	c := b.browser()
	c.signIn("ada", adaPass)
	members := map[string]any{"iss": "signer", "aud": b.issuer, "client_id": "signer", "redirect_uri": callback, "state": "the state&=", "prompt": "none",
		"exp": b.clock.Now().Add(time.Minute).Unix()}
	object := signedObject(t, members)
	// oidcc-ensure-request-object-with-redirect-uri: the object's is the one.
	q := asking("client_id", "signer", "redirect_uri", "https://wrong.example.com/", "state", "outer", "request", object)
	if got := c.back(c.get(pathAuthorize, q)); !got.Has("code") {
		t.Errorf("%v", got)
	}
	r := c.post(pathAuthorize, q, "Origin", "https://app.example.com")
	again, err := http.NewRequest(http.MethodGet, r.Header.Get("Location"), nil)
	must(t, err)
	if got := c.back(c.do(again)); !got.Has("code") {
		t.Errorf("by POST: %v", got)
	}
	b.clock.advance(time.Minute)
	local(t, newBench(t), c.get(pathAuthorize, q), 400) // expired, and the address outside is not registered
	q.Set("redirect_uri", callback)
	q.Set("state", "the state&=")
	if got := c.back(c.get(pathAuthorize, q)); got.Get("error") != "invalid_request_object" {
		t.Errorf("expired: %v", got)
	}
}

func TestRequestObjectByReference(t *testing.T) {
	calls, status := 0, http.StatusOK
	var object string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.Method != http.MethodGet || r.Header.Get("Cookie")+r.Header.Get("Authorization") != "" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(object + "\n"))
	}))
	t.Cleanup(site.Close)
	uri := site.URL + "/request.jwt"
	b := newBench(t, withSigner(uri))
	c := b.browser()
	c.signIn("ada", adaPass)
	object = signedObject(t, map[string]any{"iss": "signer", "aud": b.issuer, "nonce": "inner"})
	ask := func(uri string) string {
		q := asking("client_id", "signer", "request_uri", uri)
		return c.back(c.get(pathAuthorize, q)).Get("error")
	}
	if got := ask(uri); got != "" || calls != 1 {
		t.Errorf("%q after %d calls", got, calls)
	}
	for _, other := range []string{site.URL + "/other", uri + "?x", "http://169.254.169.254/latest", strings.ToUpper(uri)} {
		if got := ask(other); got != "invalid_request_uri" || calls != 1 {
			t.Errorf("%s: %q after %d calls", other, got, calls)
		}
	}
	object = strings.Repeat("x", 1<<20)
	if got := ask(uri); got == "" {
		t.Error("an object without end is taken")
	}
	object, status = "eyJhbGciOiJub25lIn0.e30.", http.StatusOK
	if got := ask(uri); got != "request_uri_not_supported" {
		t.Errorf("unsigned: %q", got)
	}
	status = http.StatusFound
	if got := ask(uri); got != "invalid_request_uri" {
		t.Errorf("status %d: %q", status, got)
	}
}

func TestNativeApplicationChoosesItsPort(t *testing.T) {
	b := newBench(t, func(cfg *Config) {
		cfg.Clients[2].RedirectURIs = []string{"http://127.0.0.1/back?x=1", "http://[::1]:9/back"}
	})
	for uri, fine := range map[string]bool{
		"http://127.0.0.1:51234/back?x=1": true, "http://127.0.0.1/back?x=1": true, "http://[::1]:1/back": true, "http://[::1]/back": true,
		"http://127.0.0.1:51234/back": false, "http://127.0.0.1:51234/back?x=1&y": false, "https://127.0.0.1:51234/back?x=1": false,
		"http://127.0.0.1:80@evil.example/back?x=1": false, "http://127.0.0.1:123456/back?x=1": false, "http://127.0.0.1.evil.example/back?x=1": false,
		"http://localhost:51234/back?x=1": false, "http://127.0.0.2/back?x=1": false, "http://127.0.0.1:/back?x=1": false, "http://127.0.0.1:1/../back?x=1": false,
	} {
		r := b.browser().get(pathAuthorize, asking("client_id", "native", "redirect_uri", uri, "prompt", "none"))
		if sent := strings.HasPrefix(r.Header.Get("Location"), uri); sent != fine {
			t.Errorf("%s: %d %s", uri, r.StatusCode, r.Header.Get("Location"))
		}
	}
	// A client on a server is held to its word.
	confidential := newBench(t, func(cfg *Config) { cfg.Clients[0].RedirectURIs = []string{"http://127.0.0.1/back"} })
	local(t, confidential, confidential.browser().get(pathAuthorize, asking("redirect_uri", "http://127.0.0.1:51234/back")), 400)
}
