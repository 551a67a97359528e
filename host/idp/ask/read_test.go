package ask_test

import (
	"context"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
)

const (
	issuer   = "https://login.example.com/idp"
	callback = "https://app.example.com/callback"
	now      = 1_800_000_000
)

var app = clients.Client{
	ID: "app", RedirectURIs: []string{callback, callback + "?x=1"}, GrantTypes: []string{clients.GrantCode, clients.GrantRefresh},
	Audiences: []string{"https://api.example.com/", "urn:api"},
}

func reader() ask.Reader {
	return ask.Reader{
		Issuer: issuer, Scopes: []string{"openid", "profile", "email", "offline_access"},
		Now: func() time.Time { return time.Unix(now, 0) },
		Hint: func(_ context.Context, c clients.Client, token string) (string, error) {
			if token != "ada's" {
				return "", errors.New("no hint")
			}
			return "sub-ada", nil
		},
	}
}

// query is a good request with changes; "-" removes a parameter.
func query(changes ...string) url.Values {
	q := url.Values{"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {"openid profile"}, "state": {"s"}}
	for i := 0; i < len(changes); i += 2 {
		q.Set(changes[i], changes[i+1])
		if changes[i+1] == "-" {
			q.Del(changes[i])
		}
	}
	return q
}

func TestRead(t *testing.T) {
	sum := strings.Repeat("A", 43)
	q := query("response_mode", "form_post", "nonce", "n", "code_challenge", sum, "code_challenge_method", "S256", "dpop_jkt", sum,
		"prompt", "login consent select_account unknown", "max_age", "60", "acr_values", "a b a "+strings.Repeat("x", 200), "ui_locales", "de-AT en",
		"display", "popup", "login_hint", "ada", "id_token_hint", "ada's", "extra", "ignored",
		"claims", `{"id_token":{"acr":{"essential":true,"values":["one","two"]},"x":null},"userinfo":{"email":{"value":"a@example.com"}},"other":1}`)
	q["resource"] = []string{"urn:api", "https://api.example.com/", "urn:api"}
	got, refused := reader().Read(t.Context(), app, q)
	if refused != nil {
		t.Fatal(*refused)
	}
	age := int64(60)
	want := ask.Request{
		ClientID: "app", RedirectURI: callback, ResponseMode: "form_post", State: "s", Nonce: "n", Scopes: []string{"openid", "profile"},
		Challenge: sum, Thumbprint: sum, Resources: []string{"urn:api", "https://api.example.com/"},
		Force: true, Consent: true, Select: true, MaxAge: &age, ACRValues: []string{"a", "b"}, Locales: []string{"de-AT", "en"},
		Display: "popup", LoginHint: "ada", HintSubject: "sub-ada",
		Claims: ask.Claims{
			IDToken:  map[string]ask.Claim{"acr": {Essential: true, Values: raws(`"one"`, `"two"`)}, "x": {}},
			UserInfo: map[string]ask.Claim{"email": {Value: raws(`"a@example.com"`)[0]}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if values, essential := got.WantsACR(); !essential || !reflect.DeepEqual(values, []string{"one", "two", "a", "b"}) {
		t.Errorf("acr: %v %v", values, essential)
	}
}

func TestWhatTheClientIsRegisteredFor(t *testing.T) {
	zero, age := int64(0), int64(300)
	for name, test := range map[string]struct {
		client func(*clients.Client)
		query  url.Values
		fits   func(ask.Request) bool
	}{
		"default_max_age":                {func(c *clients.Client) { c.DefaultMaxAge = &age }, query(), func(r ask.Request) bool { return *r.MaxAge == 300 && !r.Force }},
		"default_max_age of zero":        {func(c *clients.Client) { c.DefaultMaxAge = &zero }, query(), func(r ask.Request) bool { return r.Force }},
		"max_age wins":                   {func(c *clients.Client) { c.DefaultMaxAge = &zero }, query("max_age", "5"), func(r ask.Request) bool { return *r.MaxAge == 5 && !r.Force }},
		"default_acr_values":             {func(c *clients.Client) { c.DefaultACR = []string{"x"} }, query(), func(r ask.Request) bool { return r.ACRValues[0] == "x" }},
		"acr_values win":                 {func(c *clients.Client) { c.DefaultACR = []string{"x"} }, query("acr_values", "y"), func(r ask.Request) bool { return r.ACRValues[0] == "y" }},
		"scopes of the client":           {func(c *clients.Client) { c.Scopes = []string{"urn:x"} }, query("scope", "openid email urn:x"), scopesAre("openid urn:x")},
		"scopes of the provider":         {nil, query("scope", "openid openid email urn:x"), scopesAre("openid email")},
		"offline access":                 {nil, query("scope", "openid offline_access"), ask.Request.Offline},
		"offline access without refresh": {func(c *clients.Client) { c.GrantTypes = nil }, query("scope", "openid offline_access"), scopesAre("openid")},
		"a sub asked for by value":       {nil, query("claims", `{"userinfo":{"sub":{"value":"sub-ada"}}}`), func(r ask.Request) bool { return r.HintSubject == "sub-ada" }},
		"the same twice":                 {nil, query("id_token_hint", "ada's", "claims", `{"id_token":{"sub":{"value":"sub-ada"}}}`), func(r ask.Request) bool { return r.HintSubject == "sub-ada" }},
	} {
		client := app
		if test.client != nil {
			test.client(&client)
		}
		got, refused := reader().Read(t.Context(), client, test.query)
		if refused != nil || !test.fits(got) {
			t.Errorf("%s: %+v %v", name, got, refused)
		}
	}
}

func scopesAre(want string) func(ask.Request) bool {
	return func(r ask.Request) bool { return strings.Join(r.Scopes, " ") == want }
}

func TestRefusals(t *testing.T) {
	native := app
	native.RedirectURIs = []string{"com.example:/back"}
	for name, test := range map[string]struct {
		query url.Values
		want  string
		local bool
	}{
		"no redirect_uri":              {query("redirect_uri", "-"), "invalid_request", true},
		"another's redirect_uri":       {query("redirect_uri", callback+"/"), "invalid_request", true},
		"claims no JSON":               {query("claims", "{"), "invalid_request", false},
		"claims a list":                {query("claims", "[]"), "invalid_request", false},
		"claims twice":                 {query("claims", `{"id_token":{"c":null,"c":null}}`), "invalid_request", false},
		"claims.id_token a string":     {query("claims", `{"id_token":"x"}`), "invalid_request", false},
		"a claim a string":             {query("claims", `{"id_token":{"x":"y"}}`), "invalid_request", false},
		"essential a string":           {query("claims", `{"id_token":{"x":{"essential":"yes"}}}`), "invalid_request", false},
		"values no list":               {query("claims", `{"id_token":{"x":{"values":"y"}}}`), "invalid_request", false},
		"a long claims":                {query("claims", `{"id_token":{"`+strings.Repeat("x", 17<<10)+`":null}}`), "invalid_request", false},
		"a long claim":                 {query("claims", `{"id_token":{"`+strings.Repeat("x", 300)+`":null}}`), "invalid_request", false},
		"many values":                  {query("claims", `{"id_token":{"x":{"values":[1`+strings.Repeat(",1", 40)+`]}}}`), "invalid_request", false},
		"two subjects":                 {query("id_token_hint", "ada's", "claims", `{"id_token":{"sub":{"value":"sub-bob"}}}`), "invalid_request", false},
		"two subjects in claims":       {query("claims", `{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}`), "invalid_request", false},
		"a foreign hint":               {query("id_token_hint", "x"), "invalid_request", false},
		"a resource it is not for":     {query("resource", "https://other.example.com/"), "invalid_target", false},
		"a resource with a fragment":   {query("resource", "urn:api#x"), "invalid_target", false},
		"dpop_jkt no thumbprint":       {query("dpop_jkt", "x"), "invalid_request", false},
		"a long state":                 {query("state", strings.Repeat("s", 5<<10)), "invalid_request", false},
		"unknown response mode":        {query("response_mode", "web_message"), "invalid_request", false},
		"registration":                 {query("registration", "{}"), "registration_not_supported", false},
		"request with request_uri":     {query("request", "x", "request_uri", "https://x"), "invalid_request", false},
		"request_uri, none registered": {query("request_uri", "https://x"), "request_uri_not_supported", false},
		"request no JWS":               {query("request", "x"), "invalid_request_object", false},
		"request long":                 {query("request", strings.Repeat("x", 65<<10)), "invalid_request_object", false},
	} {
		got, refused := reader().Read(t.Context(), app, test.query)
		if refused == nil || refused.Code != test.want || refused.Local != test.local {
			t.Errorf("%s: %+v", name, refused)
			continue
		}
		if !test.local && (got.RedirectURI != callback || len(got.State) > 4<<10) {
			t.Errorf("%s: the client cannot be told: %+v", name, got)
		}
	}
	got, refused := reader().Read(t.Context(), native, query("redirect_uri", "com.example:/back", "response_mode", "form_post"))
	if refused == nil || got.ResponseMode != "" {
		t.Errorf("a form to an application's own scheme: %+v %v", got, refused)
	}
}

// Whatever is asked, only a registered address is answered at, and what waits
// is bounded.
func FuzzRead(f *testing.F) {
	f.Add(query().Encode())
	f.Add(query("claims", `{"id_token":{"acr":{"values":["a"]}}}`, "prompt", "none", "max_age", "0").Encode())
	f.Add(query("request", "eyJhbGciOiJub25lIn0.e30.", "response_mode", "fragment").Encode())
	f.Fuzz(func(t *testing.T, text string) {
		q, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		got, refused := reader().Read(t.Context(), app, q)
		if !ask.Registered(app, got.RedirectURI) && (refused == nil || !refused.Local) {
			t.Errorf("answered at %q", got.RedirectURI)
		}
		if refused == nil && (len(got.State) > 4<<10 || len(got.Nonce) > 1024 || len(got.Scopes) > 64 || got.ResponseMode == "" || got.Silent && (got.Select || got.Consent)) {
			t.Errorf("%+v", got)
		}
	})
}
