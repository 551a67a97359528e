package idp

// What userinfo answers: rows SAF-01 to SAF-10 of the reference.

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
)

// client is one more client, which posts its secret.
func client(id string, change func(*clients.Client)) func(*Config) {
	return func(c *Config) {
		one := clients.Client{ID: id, Auth: clients.AuthPost, Secret: appSecret, RedirectURIs: []string{callback}}
		change(&one)
		c.Clients = append(c.Clients, one)
	}
}

// issued is what client gets after a person signed in at it.
func (b *bench) issued(client, person, scope string, changes ...string) tokens {
	b.t.Helper()
	code := b.browser().signIn(person, adaPass, append(changes, "client_id", client, "scope", scope)...)
	return b.tokens(b.token(code, "client_id", client, "client_secret", appSecret))
}

// tokens are those of a token endpoint's answer.
func (b *bench) tokens(r result) tokens {
	b.t.Helper()
	body := object(b.t, r.body)
	if r.StatusCode != http.StatusOK {
		b.t.Fatalf("no tokens: %d %s", r.StatusCode, r.body)
	}
	text := func(name string) string { s, _ := body[name].(string); return s }
	return tokens{AccessToken: text("access_token"), IDToken: text("id_token"), TokenType: text("token_type"), Scope: text("scope")}
}

// told is what userinfo says with that scope of a person with these fields.
func (b *bench) told(scope string, person people.Person) map[string]any {
	b.t.Helper()
	person.UserName, person.Subject, person.PasswordHash = "grace", "sub-grace", cheapHash(adaPass)
	_, err := b.people.PutPerson(b.t.Context(), person)
	must(b.t, err)
	r := b.userInfo("Bearer " + b.issued("poster", "grace", scope).AccessToken)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		b.t.Fatalf("userinfo: %d %v %s", r.StatusCode, r.Header, r.body)
	}
	return object(b.t, r.body)
}

// beyond are claims without the default ones, which must be there.
func beyond(t *testing.T, claims map[string]any) map[string]any {
	t.Helper()
	for _, name := range []string{"sub", "name", "urn:internal:userid"} {
		if claims[name] == nil {
			t.Errorf("the default claim %s is missing: %v", name, claims)
		}
		delete(claims, name)
	}
	return claims
}

// full is a person with something for every scope.
var full = people.Person{
	Name: "Grace Hopper", GivenName: "Grace", FamilyName: "Hopper", Email: "grace@example.com", Phone: "+1 555 0100", Groups: []string{"navy"}, Roles: []string{"admiral"},
	Claims: map[string]any{"address": map[string]any{"country": "US"}, "nickname": "amazing", "line": "L1"},
}

func TestSAF01_ScopesDriveClaims(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Scopes = map[string][]string{"plant": {"line"}} })
	for scope, want := range map[string][]string{
		"openid":                    {},
		"openid unheard":            {},
		"openid email":              {"email", "email_verified"},
		"openid phone":              {"phone_number", "phone_number_verified"},
		"openid address":            {"address"},
		"openid groups":             {"groups"},
		"openid roles":              {"roles"},
		"openid plant":              {"line"},
		"openid line claims":        {},
		"openid profile":            {"preferred_username", "given_name", "family_name", "nickname"},
		"openid profile plant mail": {"preferred_username", "given_name", "family_name", "nickname", "line"},
	} {
		got := beyond(t, b.told(scope, full))
		for _, name := range want {
			if _, there := got[name]; !there {
				t.Errorf("scope %q gives %v, without %s", scope, got, name)
			}
		}
		if len(got) != len(want) {
			t.Errorf("scope %q gives %v, want exactly %v", scope, got, want)
		}
	}
}

func TestSAF01_ANarrowedTokenTellsLess(t *testing.T) {
	b := newBench(t, client("refresher", func(c *clients.Client) {
		c.GrantTypes, c.IDTokenClaims = []string{clients.GrantCode, clients.GrantRefresh}, true
	}))
	code := b.browser().signIn("ada", adaPass, "client_id", "refresher", "scope", "openid email groups")
	first := object(t, b.token(code, "client_id", "refresher", "client_secret", appSecret).body)
	r := b.browser().post(pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)},
		"scope": {"openid groups"}, "client_id": {"refresher"}, "client_secret": {appSecret}}, "Origin", "")
	got := b.tokens(r)
	narrow := beyond(t, object(t, b.userInfo("Bearer "+got.AccessToken).body))
	if claims := b.verified(got.IDToken); claims["email"] != nil || claims["groups"] == nil {
		t.Errorf("the ID token beside it tells %v", claims)
	}
	if len(narrow) != 1 || narrow["groups"] == nil {
		t.Errorf("the narrowed token tells %v", narrow)
	}
}

func TestSAF02_DefaultClaims(t *testing.T) {
	b := newBench(t)
	for want, person := range map[string]people.Person{"Grace Hopper": {Name: "Grace Hopper"}, "Grace": {GivenName: "Grace"}, "sub-grace": {}} {
		got := b.told("openid", person)
		if !reflect.DeepEqual(got, map[string]any{"sub": "sub-grace", "name": want, "urn:internal:userid": "sub-grace"}) {
			t.Errorf("%+v: %v", want, got)
		}
	}
}

func TestSAF03_Email(t *testing.T) {
	b := newBench(t)
	got := beyond(t, b.told("openid email", people.Person{Claims: map[string]any{"email": []any{"g@example.com", "h@example.com"}, "email_verified": true}}))
	if !reflect.DeepEqual(got, map[string]any{"email": "g@example.com", "email_verified": false}) {
		t.Errorf("imported: %v", got)
	}
	if got := b.told("openid email", people.Person{Email: "g@example.com", EmailVerified: true}); got["email_verified"] != true {
		t.Errorf("verified: %v", got)
	}
	if got := beyond(t, b.told("openid email", people.Person{EmailVerified: true})); len(got) != 0 {
		t.Errorf("without an address: %v", got)
	}
}

func TestSAF04_Phone(t *testing.T) {
	b := newBench(t)
	for _, verified := range []bool{false, true} {
		got := beyond(t, b.told("openid phone", people.Person{Phone: "+1 555 0100", PhoneVerified: verified, Claims: map[string]any{"phone_number": "+1 555 0199", "phone_number_verified": true}}))
		if !reflect.DeepEqual(got, map[string]any{"phone_number": "+1 555 0100", "phone_number_verified": verified}) {
			t.Errorf("%v", got)
		}
	}
	got := beyond(t, b.told("openid phone", people.Person{Claims: map[string]any{"phone_number": []any{"+1 555 0199", "+1 555 0198"}, "phone_number_verified": true}}))
	if !reflect.DeepEqual(got, map[string]any{"phone_number": "+1 555 0199", "phone_number_verified": false}) {
		t.Errorf("imported: %v", got)
	}
}

func TestSAF05_AddressIsAnObjectOrNothing(t *testing.T) {
	b := newBench(t)
	address := map[string]any{"street_address": "1 Main Street", "country": "US"}
	for what, test := range map[string]struct {
		stored any
		want   map[string]any
	}{
		"an object": {address, map[string]any{"address": address}},
		"a string":  {"1 Main Street", map[string]any{}},
		"a list":    {[]any{address}, map[string]any{}},
		"empty":     {map[string]any{"country": ""}, map[string]any{}},
	} {
		if got := beyond(t, b.told("openid address", people.Person{Claims: map[string]any{"address": test.stored}})); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v", what, got)
		}
	}
}

func TestSAF06_TheProfile(t *testing.T) {
	b := newBench(t)
	stored := map[string]any{
		"middle_name": "Brewster", "nickname": "amazing", "profile": "https://grace.example", "picture": "https://grace.example/me.png", "website": "https://navy.example",
		"gender": "female", "birthdate": "1906-12-09", "zoneinfo": "America/New_York", "locale": "en-US", "updated_at": 1.7e9,
	}
	want := map[string]any{"given_name": "Grace", "family_name": "Hopper", "preferred_username": "grace"}
	for name, value := range stored {
		want[name] = value
	}
	if len(want) != 13 {
		t.Fatalf("%d claims, want 13", len(want))
	}
	stored["rank"] = "rear admiral"
	if got := beyond(t, b.told("openid profile", people.Person{Name: "Grace Hopper", GivenName: "Grace", FamilyName: "Hopper", Claims: stored})); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	bare := people.Person{Claims: map[string]any{"nickname": nil, "website": "", "zoneinfo": []any{}, "updated_at": "yesterday"}}
	if got := beyond(t, b.told("openid profile", bare)); !reflect.DeepEqual(got, map[string]any{"preferred_username": "grace"}) {
		t.Errorf("what is not there: %v", got)
	}
}

func TestSAF07_AClaimTypeAsScope(t *testing.T) {
	const colour = "http://claims.example/badge-colour"
	b := newBench(t, client("fed", func(c *clients.Client) { c.Scopes = []string{"openid", "fed:local:claim1", colour, "nickname"} }),
		client("all", func(c *clients.Client) { c.Scopes = []string{"openid", "claims"} }))
	person := people.Person{Subject: "sub-grace", UserName: "grace", PasswordHash: cheapHash(adaPass),
		Claims: map[string]any{"fed:local:claim1": "one", "fed:local:claim2": "two", colour: "blue", "nickname": "amazing"}}
	_, err := b.people.PutPerson(t.Context(), person)
	must(t, err)
	ask := func(client, user, scope string) map[string]any {
		return beyond(t, object(t, b.userInfo("Bearer "+b.issued(client, user, scope).AccessToken).body))
	}
	for _, test := range []struct {
		client, user, scope string
		want                map[string]any
	}{
		{"fed", "grace", "openid fed:local:claim1", map[string]any{"fed:local:claim1": "one"}},
		{"fed", "grace", "openid fed:local:claim1 fed:local:claim2", map[string]any{"fed:local:claim1": "one"}},
		{"fed", "grace", "openid profile nickname " + colour, map[string]any{colour: "blue", "nickname": "amazing"}},
		{"fed", "ada", "openid fed:local:claim1", map[string]any{}},
		{"poster", "grace", "openid fed:local:claim1 claims", map[string]any{}},
		{"all", "grace", "openid claims profile", map[string]any{"fed:local:claim1": "one", "fed:local:claim2": "two", colour: "blue"}},
	} {
		if got := ask(test.client, test.user, test.scope); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s, %s, %q: %v, want %v", test.client, test.user, test.scope, got, test.want)
		}
	}
}

func TestSAF08_UserIDIsNeverTold(t *testing.T) {
	b := newBench(t, client("all", func(c *clients.Client) { c.Scopes = []string{"openid", "profile", "claims", "user_id", "USER_ID"} }))
	_, err := b.people.PutPerson(t.Context(), people.Person{Subject: "sub-grace", UserName: "grace", PasswordHash: cheapHash(adaPass), Claims: map[string]any{"user_id": "7", "User_Id": "7", "USER_ID": "7"}})
	must(t, err)
	got := b.issued("all", "grace", "openid profile claims user_id USER_ID", "claims", `{"userinfo":{"user_id":{"essential":true}},"id_token":{"user_id":null}}`)
	if r := b.userInfo("Bearer " + got.AccessToken); r.StatusCode != 200 || strings.Contains(strings.ToLower(r.body), `"user_id"`) || object(t, r.body)["urn:internal:userid"] != "sub-grace" {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if claims := b.verified(got.IDToken); claims["user_id"] != nil {
		t.Errorf("ID token: %v", claims)
	}
}

func TestSAF10_GetAndPost(t *testing.T) {
	b := newBench(t)
	got, _ := b.redeemed(b.browser().signIn("ada", adaPass))
	byGet := b.userInfo("Bearer " + got.AccessToken)
	byHeader := b.browser().post(pathUserInfo, nil, "Authorization", "Bearer "+got.AccessToken, "Origin", "https://spa.example")
	byForm := b.browser().post(pathUserInfo, url.Values{"access_token": {got.AccessToken}})
	for _, r := range []result{byGet, byHeader, byForm} {
		if r.StatusCode != http.StatusOK || r.body != byGet.body || object(t, r.body)["email"] != "ada@example.com" {
			t.Errorf("%s: %d %s", r.Request.Method, r.StatusCode, r.body)
		}
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: %v", r.Request.Method, r.Header)
		}
	}
}

func TestUserInfoOfWhoIsInNoGroup(t *testing.T) {
	b := newBench(t)
	if got := beyond(t, b.told("openid groups roles", people.Person{})); !reflect.DeepEqual(got, map[string]any{"groups": []any{}, "roles": []any{}}) {
		t.Errorf("%v", got)
	}
}
