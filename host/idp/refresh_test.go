package idp

// Refresh tokens, revocation and introspection, as clients see them.

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/grants"
)

const apiSecret = "api-secret-CANARY-0123456789"

// machines adds what refreshes, runs on its own, polls, or serves.
func machines(c *Config) {
	c.Clients = append(c.Clients,
		clients.Client{ID: "keeper", Secret: appSecret, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantCode, clients.GrantRefresh},
			Audiences: []string{"https://api.example.com", "https://other.example.com"}},
		clients.Client{ID: "jwt", Secret: appSecret, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantCode, clients.GrantRefresh, clients.GrantCredentials},
			AccessTokens: accessTokensJWT, Scopes: []string{"openid", "email", "groups", "stock:read", "stock:write"}, Audiences: []string{"https://api.example.com"}},
		clients.Client{ID: "spa", Auth: clients.AuthNone, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantCode, clients.GrantRefresh}},
		clients.Client{ID: "tv", Auth: clients.AuthNone, Native: true, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantDevice, clients.GrantRefresh}},
		clients.Client{ID: "api", Secret: apiSecret, RedirectURIs: []string{callback}, Audiences: []string{"https://api.example.com"}},
		clients.Client{ID: "bound", Secret: appSecret, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantCode, clients.GrantRefresh}, BoundTokens: true},
	)
}

// as calls a machine's endpoint as a client with a secret; "" is nobody.
func (b *bench) as(client, path string, form url.Values, headers ...string) result {
	b.t.Helper()
	r := http.Request{Header: http.Header{}}
	secret := appSecret
	if client == "api" {
		secret = apiSecret
	}
	if client == "spa" || client == "tv" {
		form = with(form, url.Values{"client_id": {client}})
	} else if client != "" {
		r.SetBasicAuth(client, secret)
	}
	return b.browser().post(path, form, append([]string{"Origin", "", "Authorization", r.Header.Get("Authorization")}, headers...)...)
}

// granted are the tokens that client gets for ada, and her browser.
func (b *bench) granted(client string, changes ...string) (map[string]any, *browser) {
	b.t.Helper()
	c := b.browser()
	code := c.signIn("ada", adaPass, append([]string{"client_id", client}, changes...)...)
	return b.exchanged(client, code), c
}

func (b *bench) exchanged(client, code string, headers ...string) map[string]any {
	b.t.Helper()
	r := b.as(client, pathToken, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}, headers...)
	if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("no tokens: %d %s", r.StatusCode, r.body)
	}
	return object(b.t, r.body)
}

func (b *bench) refreshed(client string, token any, more ...string) result {
	b.t.Helper()
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.(string)}}
	for i := 0; i < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	return b.as(client, pathToken, form)
}

// refusal is the error of an answer that must be one, with no token in it.
func refusal(t *testing.T, r result, status int) string {
	t.Helper()
	body := object(t, r.body)
	if r.StatusCode != status || body["access_token"] != nil || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %v %s", r.StatusCode, r.Header, r.body)
	}
	if why, _ := body["error_description"].(string); strings.ContainsAny(why, `"\`) { // RFC 6749, section 5.2
		t.Errorf("error_description: %s", why)
	}
	said, _ := body["error"].(string)
	return said
}

// CONFORMANCE c.2 and c.4, oidcc-refresh-token.
func TestRefreshedIDToken(t *testing.T) {
	b := newBench(t, machines)
	first, _ := b.granted("keeper")
	before := b.verified(first["id_token"].(string))
	b.clock.advance(10 * time.Minute)
	r := b.refreshed("keeper", first["refresh_token"])
	if r.StatusCode != http.StatusOK {
		t.Fatal(r.body)
	}
	second := object(t, r.body)
	after := b.verified(second["id_token"].(string))
	for _, same := range []string{"iss", "sub", "aud", "auth_time", "sid"} {
		if before[same] != after[same] || after[same] == nil {
			t.Errorf("%s was %v, is %v", same, before[same], after[same])
		}
	}
	if after["nonce"] != nil || after["challenged"] != false || before["challenged"] != true || after["iat"] == before["iat"] {
		t.Errorf("ID token: %v", after)
	}
	if second["refresh_token"] == first["refresh_token"] || second["access_token"] == first["access_token"] || second["token_type"] != "Bearer" || second["scope"] != "openid profile email groups" {
		t.Errorf("answer: %v", second)
	}
	for _, token := range []any{first["access_token"], second["access_token"]} {
		if r := b.userInfo("Bearer " + token.(string)); r.StatusCode != http.StatusOK {
			t.Errorf("userinfo: %d", r.StatusCode)
		}
	}
}

func TestT47_RefreshReuse(t *testing.T) {
	b := newBench(t, machines)
	first, _ := b.granted("keeper")
	second := object(t, b.refreshed("keeper", first["refresh_token"]).body)
	third := object(t, b.refreshed("keeper", second["refresh_token"]).body)
	if got := refusal(t, b.refreshed("keeper", first["refresh_token"]), 400); got != "invalid_grant" {
		t.Errorf("the first again: %s", got)
	}
	if got := refusal(t, b.refreshed("keeper", third["refresh_token"]), 400); got != "invalid_grant" {
		t.Errorf("the newest then: %s", got)
	}
	for _, tokens := range []map[string]any{first, second, third} {
		if r := b.userInfo("Bearer " + tokens["access_token"].(string)); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("an access token survived: %d", r.StatusCode)
		}
	}
	if !strings.Contains(b.log.String(), "a refresh token came a second time") {
		t.Error("the log says nothing of it")
	}
}

func TestT47_CodeReuseRevokesTheRefreshToken(t *testing.T) {
	b := newBench(t, machines)
	code := b.browser().signIn("ada", adaPass, "client_id", "keeper")
	got := b.exchanged("keeper", code)
	b.as("keeper", pathToken, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}})
	if said := refusal(t, b.refreshed("keeper", got["refresh_token"]), 400); said != "invalid_grant" {
		t.Error(said)
	}
}

func TestRefreshRefusals(t *testing.T) {
	b := newBench(t, machines)
	for name, test := range map[string]struct {
		client string
		more   []string
		do     func(c *browser)
		status int
		want   string
	}{
		"more scopes than granted":  {"keeper", []string{"scope", "openid phone"}, nil, 400, "invalid_scope"},
		"somebody else's":           {"jwt", nil, nil, 400, "invalid_grant"},
		"without the grant type":    {"app", nil, nil, 400, "unauthorized_client"},
		"without authentication":    {"", nil, nil, 401, "invalid_client"},
		"a resource it has not":     {"keeper", []string{"resource", "https://evil.example"}, nil, 400, "invalid_target"},
		"token missing":             {"keeper", []string{"refresh_token", ""}, nil, 400, "invalid_request"},
		"after signing out":         {"keeper", nil, func(c *browser) { b.signOut(c) }, 400, "invalid_grant"},
		"after the session's end":   {"keeper", nil, func(*browser) { b.clock.advance(31 * time.Minute) }, 400, "invalid_grant"},
		"after the person was lost": {"keeper", nil, func(*browser) { b.disable(t, "ada", true) }, 400, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			b.disable(t, "ada", false)
			got, c := b.granted("keeper")
			if test.do != nil {
				test.do(c)
			}
			if said := refusal(t, b.refreshed(test.client, got["refresh_token"], test.more...), test.status); said != test.want {
				t.Errorf("error %q, want %q", said, test.want)
			}
			if r := b.refreshed("keeper", got["refresh_token"]); (r.StatusCode == http.StatusOK) != (test.do == nil) {
				t.Errorf("the token then: %d %s", r.StatusCode, r.body)
			}
		})
	}
}

// signOut ends the browser's session by its own word.
func (b *bench) signOut(c *browser) {
	b.t.Helper()
	must(b.t, b.provider.grants.RevokeSession(b.t.Context(), strings.Split(c.session(), ".")[0]))
}

func (b *bench) disable(t *testing.T, userName string, disabled bool) {
	t.Helper()
	person, err := b.people.Person(t.Context(), userName)
	must(t, err)
	person.Disabled = disabled
	_, err = b.people.PutPerson(t.Context(), person)
	must(t, err)
}

// kept is a refresh token of ada's that somebody allowed keeper.
func (b *bench) kept(offline bool) string {
	b.t.Helper()
	ada, err := b.people.Person(b.t.Context(), "ada")
	must(b.t, err)
	code, issue := b.provider.grants.NewCode(grants.Grant{ClientID: "keeper", RedirectURI: callback, Challenge: asking().Get("code_challenge"), Offline: offline,
		Scopes: []string{"openid", "offline_access"}, Auth: grants.Auth{Subject: ada.Subject, UserName: "ada", SID: "no-such-session", AuthTime: b.clock.Now().Unix()}})
	must(b.t, b.store.Apply(b.t.Context(), issue...))
	return b.exchanged("keeper", code)["refresh_token"].(string)
}

// Offline access outlives the session; what nobody asked to keep does not.
func TestOfflineAccess(t *testing.T) {
	b := newBench(t, machines)
	offline, online := b.kept(true), b.kept(false)
	must(t, b.provider.grants.RevokeSession(t.Context(), "another"))
	if r := b.refreshed("keeper", offline); r.StatusCode != http.StatusOK {
		t.Errorf("offline: %d %s", r.StatusCode, r.body)
	}
	if said := refusal(t, b.refreshed("keeper", online), 400); said != "invalid_grant" {
		t.Errorf("online, without a session: %s", said)
	}
}

// Whoever knew the old password may have allowed an application to go on
// without them.
func TestT32_ANewPasswordEndsOfflineAccess(t *testing.T) {
	b := newBench(t, machines)
	offline := b.kept(true)
	c := b.browser()
	c.signIn("ada", adaPass)
	c.saidBack(c.own(c.own(c.account(), "password"), "change-password", "current", adaPass, "password", newPass, "again", newPass), "say.password_changed")
	if said := refusal(t, b.refreshed("keeper", offline), 400); said != "invalid_grant" {
		t.Errorf("after a new password: %s", said)
	}
}

func TestRefreshNarrows(t *testing.T) {
	b := newBench(t, machines)
	got, _ := b.granted("keeper")
	narrow := object(t, b.refreshed("keeper", got["refresh_token"], "scope", "openid").body)
	if narrow["scope"] != "openid" {
		t.Errorf("scope: %v", narrow["scope"])
	}
	if info := object(t, b.userInfo("Bearer "+narrow["access_token"].(string)).body); info["email"] != nil {
		t.Errorf("userinfo: %v", info)
	}
	whole := object(t, b.refreshed("keeper", narrow["refresh_token"]).body)
	if whole["scope"] != "openid profile email groups" {
		t.Errorf("the next again: %v", whole["scope"])
	}
	bare := object(t, b.refreshed("keeper", whole["refresh_token"], "scope", "email").body)
	if bare["id_token"] != nil {
		t.Error("an ID token without openid")
	}
}

// The narrowest client still gets a person's tokens only while they are there.
func TestTokensEndWithTheClient(t *testing.T) {
	b := newBench(t, machines)
	got, _ := b.granted("keeper")
	cfg := b.provider.cfg
	cfg.Clients = slices.DeleteFunc(slices.Clone(cfg.Clients), func(c clients.Client) bool { return c.ID == "keeper" })
	without, err := New(cfg)
	must(t, err)
	if _, _, _, err := without.accessOf(t.Context(), got["access_token"].(string)); err == nil {
		t.Error("the token of a client that is gone is good")
	}
}

// TestT47_RefreshAfterKeyRotation: a rotation changes nothing for clients.
func TestT47_RefreshAfterKeyRotation(t *testing.T) {
	b := newBench(t, machines)
	got, c := b.granted("jwt")
	must(t, b.provider.RotateKeys(t.Context()))
	if r := b.userInfo("Bearer " + got["access_token"].(string)); r.StatusCode != http.StatusOK {
		t.Errorf("a JWT access token from before: %d %s", r.StatusCode, r.body)
	}
	next := object(t, b.refreshed("jwt", got["refresh_token"]).body)
	b.verified(next["id_token"].(string))
	if !c.back(c.get(pathAuthorize, asking("client_id", "jwt", "prompt", "none", "id_token_hint", got["id_token"].(string)))).Has("code") {
		t.Error("a hint from before is refused")
	}
}
