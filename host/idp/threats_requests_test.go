package idp

// Attacks by what clients and strangers send (THREATS.md).

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
)

// RFC 6749, section 4.1.2.1: who may not have codes gets none.
func TestUnauthorizedClientGetsNoCode(t *testing.T) {
	b := newBench(t, withDevice)
	c := b.browser()
	c.signIn("ada", adaPass)
	if q := c.back(c.get(pathAuthorize, asking("client_id", "tv"))); q.Get("error") != "unauthorized_client" || b.count(grants.BucketCodes) != 1 {
		t.Errorf("%v", q)
	}
}

// A stranger who names a public client does not make a device's record as large
// as a form.
func TestDeviceResourcesAreBounded(t *testing.T) {
	b := newBench(t, func(c *Config) {
		withDevice(c)
		c.Clients[len(c.Clients)-1].Audiences = []string{"https://api.example.com"}
	})
	form := url.Values{"client_id": {"tv"}, "scope": {"openid"}, "resource": slices.Repeat([]string{"https://api.example.com"}, 1000)}
	if r := b.browser().post(pathDeviceRequest, form); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	items, err := b.store.Scan(t.Context(), grants.BucketDevices, "", "", 1)
	must(t, err)
	if len(items) != 1 || len(items[0].Value) > 1024 {
		t.Errorf("%d devices, %d bytes", len(items), len(items[0].Value))
	}
}

// T49: a client that registered itself, with a server that never answers, does
// not keep the site's own from being asked for their request objects.
func TestT49_SlowRequestURIsOfRegisteredClients(t *testing.T) {
	asked, done := make(chan struct{}, fetchesAtOnce), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-done }))
	object := ""
	own := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(object)) }))
	t.Cleanup(func() { slow.Close(); own.Close() })
	b := newBench(t, open, withSigner(own.URL), func(c *Config) { c.Registration.AllowPrivate = true })
	object = signedObject(t, map[string]any{"iss": "signer", "aud": b.issuer})
	id := b.registered("", "request_uris", []string{slow.URL})["client_id"].(string)
	var all sync.WaitGroup
	for range fetchesAtOnce {
		all.Go(func() { b.browser().get(pathAuthorize, asking("client_id", id, "request_uri", slow.URL)) })
		<-asked
	}
	c := b.browser()
	if q := c.back(c.get(pathAuthorize, asking("client_id", "signer", "request_uri", own.URL, "prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("the site's own client: %v", q)
	}
	if q := c.back(c.get(pathAuthorize, asking("client_id", id, "request_uri", slow.URL))); q.Get("error") != "invalid_request_uri" {
		t.Errorf("one more of the slow: %v", q)
	}
	close(done)
	all.Wait()
}

// T09: what a client sends is shown to nobody as markup, and leads nowhere
// else, whatever the response mode.
func TestT09_AnswersAreNoMarkup(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	for _, state := range []string{`"><script src=//evil.example>`, "x\" formaction=\"https://evil.example", "a\r\nLocation: https://evil.example", "&code=evil&iss=evil"} {
		page := c.get(pathAuthorize, asking("state", state, "response_mode", "form_post"))
		if strings.Contains(page.body, "<script src=//") || strings.Contains(page.body, `formaction="https`) || !strings.Contains(page.body, `action="`+callback+`"`) {
			t.Errorf("%q: %s", state, page.body)
		}
		for _, mode := range []string{"query", "fragment"} {
			to, err := url.Parse(c.get(pathAuthorize, asking("state", state, "response_mode", mode)).Header.Get("Location"))
			must(t, err)
			said, err := url.ParseQuery(to.RawQuery + to.EscapedFragment())
			must(t, err)
			if to.Host != "app.example.com" || said.Get("state") != state || len(said["code"]) != 1 || len(said["iss"]) != 1 {
				t.Errorf("%q in %s: %s", state, mode, to)
			}
		}
	}
}

// T17: one kind of token is never taken for another.
func TestT17_TokensOfOneKindAreNoOther(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Clients = append(c.Clients, clients.Client{
			ID: "jwt", Secret: appSecret, Auth: clients.AuthPost, RedirectURIs: []string{callback}, AccessTokens: clients.TokensJWT, UserInfoAlg: "RS256",
		})
	})
	c := b.browser()
	got := object(t, b.token(c.signIn("ada", adaPass, "client_id", "jwt"), "client_id", "jwt", "client_secret", appSecret).body)
	access, id := got["access_token"].(string), got["id_token"].(string)
	client, err := b.provider.clients.Client(t.Context(), "jwt")
	must(t, err)
	logout, err := b.provider.logoutToken(t.Context(), client, logout{ClientID: "jwt", Subject: "sub-ada", SID: c.sids()[0]})
	must(t, err)
	info := b.userInfo("Bearer " + access).body
	if strings.Count(info, ".") != 2 {
		t.Fatalf("userinfo is not signed: %s", info)
	}
	for kind, token := range map[string]string{"an ID token": id, "a logout token": logout, "a userinfo answer": info, "an access token": access} {
		if r := b.userInfo("Bearer " + token); (r.StatusCode == http.StatusOK) != (token == access) {
			t.Errorf("%s at userinfo: %d", kind, r.StatusCode)
		}
		said := object(t, b.browser().post(pathIntrospect, url.Values{"token": {token}, "client_id": {"jwt"}, "client_secret": {appSecret}}).body)
		if said["active"] != (token == access) {
			t.Errorf("%s introspected: %v", kind, said)
		}
		hinted := c.back(c.get(pathAuthorize, asking("client_id", "jwt", "prompt", "none", "id_token_hint", token)))
		if (hinted.Get("code") != "") != (token == id) {
			t.Errorf("%s as a hint: %v", kind, hinted)
		}
		if r := c.get(pathAuthorize, asking("client_id", "jwt", "request", token)); r.Header.Get("Location") != "" && c.back(r).Get("error") == "" {
			t.Errorf("%s as a request object: %d", kind, r.StatusCode)
		}
		form := url.Values{"grant_type": {"authorization_code"}, "code": {"x"}, "client_id": {"jwt"}, "client_assertion": {token},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
		if r := b.browser().post(pathToken, form); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s as a client assertion: %d", kind, r.StatusCode)
		}
		if token != id {
			if r := b.browser().get(pathEndSession, url.Values{"id_token_hint": {token}}); r.StatusCode != http.StatusBadRequest {
				t.Errorf("%s ends a session: %d", kind, r.StatusCode)
			}
		}
	}
}
