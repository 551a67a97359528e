package idp

// Clients on their own, and devices.

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/grants"
	"github.com/doorward/doorward/host/store"
)

func TestClientCredentials(t *testing.T) {
	b := newBench(t, machines)
	ask := func(client string, more url.Values) result {
		return b.as(client, pathToken, with(url.Values{"grant_type": {"client_credentials"}}, more))
	}
	r := ask("jwt", url.Values{"scope": {"stock:read"}})
	if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(r.StatusCode, r.body)
	}
	got := object(t, r.body)
	if got["refresh_token"] != nil || got["id_token"] != nil || got["scope"] != "stock:read" {
		t.Errorf("%v", got)
	}
	claims := b.verified(got["access_token"].(string))
	if claims["sub"] != "jwt" || claims["client_id"] != "jwt" || claims["auth_time"] != nil || claims["amr"] != nil {
		t.Errorf("%v", claims)
	}
	if said := b.introspected("api", got["access_token"]); said["active"] != true || said["sub"] != "jwt" || said["username"] != nil {
		t.Errorf("introspected: %v", said)
	}
	if r := b.userInfo("Bearer " + got["access_token"].(string)); r.StatusCode/100 != 4 {
		t.Errorf("userinfo of nobody: %d %s", r.StatusCode, r.body)
	}
	for name, test := range map[string]struct {
		client string
		more   url.Values
		want   string
	}{
		"openid":                {"jwt", url.Values{"scope": {"openid"}}, "invalid_scope"},
		"a scope it has not":    {"jwt", url.Values{"scope": {"stock:delete"}}, "invalid_scope"},
		"a person's":            {"jwt", url.Values{"scope": {"stock:read offline_access"}}, "invalid_scope"},
		"another's resource":    {"jwt", url.Values{"resource": {"https://other.example.com"}}, "invalid_target"},
		"not its grant type":    {"keeper", nil, "unauthorized_client"},
		"without a secret, spa": {"spa", nil, "unauthorized_client"},
	} {
		if said := refusal(t, ask(test.client, test.more), 400); said != test.want {
			t.Errorf("%s: %s", name, said)
		}
	}
}

// approved answers the device that shows code, as ada's session would.
func (b *bench) approved(code string) {
	b.t.Helper()
	c := b.browser()
	c.signIn("ada", adaPass)
	sid := strings.Split(c.session(), ".")[0]
	d, err := b.provider.grants.DeviceByUserCode(b.t.Context(), code)
	must(b.t, err)
	must(b.t, b.provider.grants.Approve(b.t.Context(), d.ID, func(g *grants.Grant) {
		g.Auth = grants.Auth{Subject: "sub-ada", UserName: "ada", SID: sid, AuthTime: b.clock.Now().Unix(), AMR: []string{"uname", "pwd"}}
	}))
}

func TestRFC8628_DeviceFlow(t *testing.T) {
	b := newBench(t, machines)
	r := b.as("tv", pathDeviceRequest, url.Values{"scope": {"openid email unknown"}})
	got := object(t, r.body)
	code, _ := got["user_code"].(string)
	if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" || got["verification_uri"] != b.issuer+"/device" ||
		got["verification_uri_complete"] != b.issuer+"/device?user_code="+code || got["expires_in"] != 600.0 || got["interval"] != 5.0 {
		t.Fatalf("%d %v", r.StatusCode, got)
	}
	poll := func() result {
		return b.as("tv", pathToken, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {got["device_code"].(string)}})
	}
	for _, want := range []string{"authorization_pending", "slow_down"} {
		if said := refusal(t, poll(), 400); said != want {
			t.Errorf("%s, want %s", said, want)
		}
	}
	b.approved(code)
	r = poll()
	if r.StatusCode != http.StatusOK {
		t.Fatal(r.body)
	}
	tokens := object(t, r.body)
	claims := b.verified(tokens["id_token"].(string))
	if claims["sub"] != "sub-ada" || claims["aud"] != "tv" || tokens["scope"] != "openid email" || tokens["refresh_token"] == nil {
		t.Errorf("%v %v", tokens, claims)
	}
	if r := b.userInfo("Bearer " + tokens["access_token"].(string)); object(t, r.body)["email"] != "ada@example.com" {
		t.Errorf("userinfo: %s", r.body)
	}
	if r := b.refreshed("tv", tokens["refresh_token"]); r.StatusCode != http.StatusOK {
		t.Errorf("refresh: %s", r.body)
	}
	if said := refusal(t, poll(), 400); said != "invalid_grant" {
		t.Errorf("once more: %s", said)
	}
}

func TestRFC8628_Refusals(t *testing.T) {
	b := newBench(t, machines)
	begin := func() (device, user string) {
		got := object(t, b.as("tv", pathDeviceRequest, url.Values{"scope": {"openid"}}).body)
		return got["device_code"].(string), got["user_code"].(string)
	}
	poll := func(client, device string) result {
		return b.as(client, pathToken, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {device}})
	}
	denied, user := begin()
	d, err := b.provider.grants.DeviceByUserCode(t.Context(), user)
	must(t, err)
	must(t, b.provider.grants.Deny(t.Context(), d.ID))
	old, _ := begin()
	b.clock.advance(grants.DeviceLifetime - time.Second)
	fresh, _ := begin()
	b.clock.advance(time.Second)
	for name, test := range map[string]struct {
		r    result
		want string
	}{
		"expired":                     {poll("tv", old), "expired_token"},
		"another client's grant type": {poll("keeper", fresh), "unauthorized_client"},
		"unknown":                     {poll("tv", "x"), "invalid_grant"},
		"missing":                     {poll("tv", ""), "invalid_request"},
		"begun by another client":     {b.as("keeper", pathDeviceRequest, url.Values{"scope": {"openid"}}), "unauthorized_client"},
		"for another's resource":      {b.as("tv", pathDeviceRequest, url.Values{"resource": {"https://api.example.com"}}), "invalid_target"},
	} {
		if said := refusal(t, test.r, 400); said != test.want {
			t.Errorf("%s: %s, want %s", name, said, test.want)
		}
	}
	if said := refusal(t, b.as("", pathDeviceRequest, url.Values{}), 401); said != "invalid_client" {
		t.Errorf("begun by nobody: %s", said)
	}
	b.clock.advance(-time.Minute)
	if said := refusal(t, poll("tv", denied), 400); said != "access_denied" {
		t.Errorf("denied: %s", said)
	}
}

// A store that fails gives no token, and says so.
func TestT47_TokenEndpointWithoutAStore(t *testing.T) {
	b := newBench(t, machines)
	got, _ := b.granted("keeper")
	code := b.browser().signIn("ada", adaPass, "client_id", "keeper")
	b.useStore(readOnly{b.store})
	for name, form := range map[string]url.Values{
		"code":               {"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}},
		"refresh token":      {"grant_type": {"refresh_token"}, "refresh_token": {got["refresh_token"].(string)}},
		"client credentials": {"grant_type": {"client_credentials"}},
	} {
		client := "keeper"
		if name == "client credentials" {
			client = "jwt"
		}
		if said := refusal(t, b.as(client, pathToken, form), 503); said != "server_error" {
			t.Errorf("%s: %s", name, said)
		}
	}
	if said := refusal(t, b.as("keeper", pathRevoke, url.Values{"token": {got["access_token"].(string)}}), 503); said != "server_error" {
		t.Errorf("revoke: %s", said)
	}
	b.useStore(b.store)
	if r := b.refreshed("keeper", got["refresh_token"]); r.StatusCode != http.StatusOK {
		t.Errorf("the refresh token is spent: %s", r.body)
	}
	b.exchanged("keeper", code)
}

// readOnly refuses every write.
type readOnly struct{ store.Store }

func (readOnly) Apply(context.Context, ...store.Op) error { return store.ErrUnavailable }
