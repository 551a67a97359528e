package idp

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func (b *bench) introspected(client string, token any) map[string]any {
	b.t.Helper()
	r := b.as(client, pathIntrospect, url.Values{"token": {token.(string)}})
	if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "no-store" {
		b.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	return object(b.t, r.body)
}

func TestRFC7662_WhatATokenIsWorth(t *testing.T) {
	b := newBench(t, machines)
	got, _ := b.granted("keeper")
	t0 := float64(b.clock.Now().Unix())
	want := map[string]any{
		"active": true, "iss": b.issuer, "sub": "sub-ada", "username": "ada", "client_id": "keeper", "aud": []any{"https://api.example.com"},
		"scope": "openid profile email groups", "token_type": "Bearer", "iat": t0, "exp": t0 + 3600, "auth_time": t0, "amr": []any{"uname", "pwd"},
	}
	said := b.introspected("keeper", got["access_token"])
	delete(said, "acr")
	if !reflect.DeepEqual(said, want) {
		t.Errorf("its own:\n got %v\nwant %v", said, want)
	}
	if said := b.introspected("api", got["access_token"]); said["active"] != true || said["sub"] != "sub-ada" {
		t.Errorf("for the resource that it is for: %v", said)
	}
	refresh := b.introspected("keeper", got["refresh_token"])
	if refresh["active"] != true || refresh["exp"] != t0+720*3600 || refresh["token_type"] != nil {
		t.Errorf("a refresh token: %v", refresh)
	}
	nothing := map[string]any{"active": false}
	for name, said := range map[string]map[string]any{
		"another client":                  b.introspected("jwt", b.plain(t)),
		"the resource, of a refresh":      b.introspected("api", got["refresh_token"]),
		"another client, of a refresh":    b.introspected("jwt", got["refresh_token"]),
		"nonsense":                        b.introspected("keeper", "nonsense"),
		"an ID token":                     b.introspected("keeper", got["id_token"]),
		"a code that nobody knows":        b.introspected("keeper", strings.Repeat("A", 43)),
		"a refresh token cut by a letter": b.introspected("keeper", got["refresh_token"].(string)[1:]),
	} {
		if !reflect.DeepEqual(said, nothing) {
			t.Errorf("%s: %v", name, said)
		}
	}
	b.clock.advance(time.Hour)
	if said := b.introspected("keeper", got["access_token"]); !reflect.DeepEqual(said, nothing) {
		t.Errorf("an hour later: %v", said)
	}
}

// plain is an access token for no resource.
func (b *bench) plain(t *testing.T) string {
	t.Helper()
	got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
	return got.AccessToken
}

func TestRFC7662_OnlyForClientsWithCredentials(t *testing.T) {
	b := newBench(t, machines)
	token := b.plain(t)
	for name, test := range map[string]struct {
		form   url.Values
		auth   string
		status int
		want   string
	}{
		"nobody":        {url.Values{"token": {token}}, "", 401, "invalid_client"},
		"public client": {url.Values{"token": {token}, "client_id": {"spa"}}, "", 401, "invalid_client"},
		"wrong secret":  {url.Values{"token": {token}}, "app:wrong", 401, "invalid_client"},
		"no token":      {url.Values{}, "app:" + appSecret, 400, "invalid_request"},
		"by its token":  {url.Values{"token": {token}}, "Bearer", 401, "invalid_client"},
	} {
		headers := []string{"Origin", ""}
		if id, secret, ok := strings.Cut(test.auth, ":"); ok {
			r := http.Request{Header: http.Header{}}
			r.SetBasicAuth(id, secret)
			headers = append(headers, "Authorization", r.Header.Get("Authorization"))
		} else if test.auth != "" {
			headers = append(headers, "Authorization", "Bearer "+token)
		}
		if said := refusal(t, b.browser().post(pathIntrospect, test.form, headers...), test.status); said != test.want {
			t.Errorf("%s: %s", name, said)
		}
	}
	if r := b.browser().get(pathIntrospect, url.Values{"token": {token}}); r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", r.StatusCode)
	}
}

func TestRFC7009(t *testing.T) {
	b := newBench(t, machines)
	revoke := func(client string, token any) result {
		return b.as(client, pathRevoke, url.Values{"token": {token.(string)}, "token_type_hint": {"nonsense"}})
	}
	opens := func(got map[string]any) bool {
		return b.userInfo("Bearer "+got["access_token"].(string)).StatusCode == http.StatusOK
	}
	for _, client := range []string{"keeper", "jwt", "spa"} {
		t.Run(client, func(t *testing.T) {
			got, _ := b.granted(client)
			for _, token := range []any{got["access_token"], got["refresh_token"]} {
				if said := refusal(t, revoke("api", token), 400); said != "invalid_grant" || !opens(got) {
					t.Errorf("another client: %s", said)
				}
			}
			if r := revoke(client, got["access_token"]); r.StatusCode != http.StatusOK || r.body != "" || opens(got) {
				t.Errorf("the access token: %d %s", r.StatusCode, r.body)
			}
			next := object(t, b.refreshed(client, got["refresh_token"]).body)
			if !opens(next) {
				t.Error("the grant went with it")
			}
			if r := revoke(client, next["refresh_token"]); r.StatusCode != http.StatusOK || opens(next) {
				t.Errorf("the refresh token: %d", r.StatusCode)
			}
			if said := refusal(t, b.refreshed(client, next["refresh_token"]), 400); said != "invalid_grant" {
				t.Errorf("it still refreshes: %s", said)
			}
			if r := revoke(client, next["refresh_token"]); r.StatusCode != http.StatusOK {
				t.Errorf("twice: %d", r.StatusCode)
			}
		})
	}
	if said := refusal(t, b.as("", pathRevoke, url.Values{"token": {"x"}}), 401); said != "invalid_client" {
		t.Errorf("nobody: %s", said)
	}
	if said := refusal(t, b.as("keeper", pathRevoke, url.Values{}), 400); said != "invalid_request" {
		t.Errorf("no token: %s", said)
	}
}

// RFC 9068, with RFC 8707.
func TestRFC9068_AccessToken(t *testing.T) {
	b := newBench(t, machines)
	got, _ := b.granted("jwt", "scope", "openid email")
	token := got["access_token"].(string)
	claims := b.verified(token)
	t0 := float64(b.clock.Now().Unix())
	for name, want := range map[string]any{
		"iss": b.issuer, "sub": "sub-ada", "client_id": "jwt", "aud": []any{"https://api.example.com"}, "iat": t0, "exp": t0 + 3600,
		"scope": "openid email", "auth_time": t0, "amr": []any{"uname", "pwd"},
	} {
		if !reflect.DeepEqual(claims[name], want) {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if id, _ := claims["jti"].(string); len(id) < 22 || !strings.Contains(string(made(b64.DecodeString(strings.Split(token, ".")[0]))), `"typ":"at+jwt"`) {
		t.Errorf("jti %v, header %s", claims["jti"], strings.Split(token, ".")[0])
	}
	if claims["nonce"] != nil || claims["challenged"] != nil {
		t.Errorf("%v", slices.Sorted(maps.Keys(claims)))
	}
	if said := b.introspected("api", token); said["active"] != true {
		t.Errorf("introspected: %v", said)
	}
	if said := b.introspected("jwt", claims["jti"]); said["active"] != false {
		t.Error("a jti alone is taken for a token")
	}
	c := b.browser()
	if q := c.get(pathAuthorize, asking("id_token_hint", token)); c.back(q).Get("error") == "" {
		t.Error("an access token is taken for an ID token hint")
	}
	for name, bad := range map[string]string{"its ID token": got["id_token"].(string), "cut": token[:len(token)-2], "none": strings.Join(append(strings.Split(token, ".")[:2], ""), ".")} {
		if r := b.userInfo("Bearer " + bad); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s opens userinfo: %d", name, r.StatusCode)
		}
	}
}

func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRFC8707_Resources(t *testing.T) {
	b := newBench(t, machines)
	code := func(changes ...string) string {
		return b.browser().signIn("ada", adaPass, append([]string{"client_id", "keeper"}, changes...)...)
	}
	exchange := func(code string, resources ...string) result {
		return b.as("keeper", pathToken, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}, "resource": resources})
	}
	for name, test := range map[string]struct {
		at       []string // of the authorization request
		resource []string
		want     []any // audience; none: invalid_target
	}{
		"none named":                 {nil, nil, []any{"https://api.example.com"}},
		"one named at the token":     {nil, []string{"https://other.example.com"}, []any{"https://other.example.com"}},
		"both":                       {nil, []string{"https://other.example.com", "https://api.example.com"}, []any{"https://other.example.com", "https://api.example.com"}},
		"one named at first":         {[]string{"resource", "https://other.example.com"}, nil, []any{"https://other.example.com"}},
		"another than that at first": {[]string{"resource", "https://other.example.com"}, []string{"https://api.example.com"}, nil},
		"not the client's":           {nil, []string{"https://evil.example"}, nil},
		"one good, one not":          {nil, []string{"https://api.example.com", "https://evil.example"}, nil},
		"like one of the client's":   {nil, []string{"https://api.example.com/"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := exchange(code(test.at...), test.resource...)
			if test.want == nil {
				if said := refusal(t, r, 400); said != "invalid_target" {
					t.Error(said)
				}
				return
			}
			if said := b.introspected("keeper", object(t, r.body)["access_token"]); !reflect.DeepEqual(said["aud"], test.want) {
				t.Errorf("aud %v", said["aud"])
			}
		})
	}
}
