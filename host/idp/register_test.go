package idp

// Registration over HTTP: what is made of it, and what strangers cannot do with
// it (THREATS T46; RFC 7591, RFC 7592).

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/idp/clients"
)

const initialToken = "initial-access-token-CANARY-0123456789"

// closed and open are benches where clients can register.
func closed(c *Config) {
	c.Registration = clients.Registration{Mode: clients.RegistrationClosed, InitialAccessToken: initialToken}
}

func open(c *Config) { c.Registration = clients.Registration{Mode: clients.RegistrationOpen} }

// document is a good registration with changes: name, value pairs.
func document(changes ...any) map[string]any {
	doc := map[string]any{"redirect_uris": []string{callback}}
	for i := 0; i < len(changes); i += 2 {
		doc[changes[i].(string)] = changes[i+1]
	}
	return doc
}

// call sends a JSON document, or none, with a bearer token, or none.
func (b *bench) call(method, address, bearer string, doc any) result {
	b.t.Helper()
	var body bytes.Buffer
	if doc != nil {
		must(b.t, json.NewEncoder(&body).Encode(doc))
	}
	r, err := http.NewRequest(method, address, &body)
	must(b.t, err)
	if doc != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	return b.browser().do(r)
}

func (b *bench) register(bearer string, doc any) result {
	b.t.Helper()
	return b.call(http.MethodPost, b.issuer+pathRegister, bearer, doc)
}

// registered is the answer to a registration that must succeed.
func (b *bench) registered(bearer string, changes ...any) map[string]any {
	b.t.Helper()
	r := b.register(bearer, document(changes...))
	if r.StatusCode != http.StatusCreated {
		b.t.Fatalf("registration: %d %s", r.StatusCode, r.body)
	}
	return object(b.t, r.body)
}

// code is a code for a registered client, after a sign-in.
func (b *bench) code(id any) string {
	b.t.Helper()
	return b.browser().signIn("ada", adaPass, "client_id", id.(string), "scope", "openid profile")
}

func TestSAF15_RegistrationIsOffByDefault(t *testing.T) {
	b := newBench(t)
	for _, method := range []string{"POST", "GET", "PUT", "DELETE"} {
		if r := b.call(method, b.issuer+pathRegister, initialToken, nil); r.StatusCode != http.StatusNotFound || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", method, r.StatusCode, r.body)
		}
	}
	if n := b.count("idp.clients"); n != 0 {
		t.Errorf("%d clients are stored", n)
	}
}

func TestSAF15_ClosedRegistrationNeedsTheInitialAccessToken(t *testing.T) {
	b := newBench(t, closed)
	for name, bearer := range map[string]string{"none": "", "another": initialToken + "x", "a part": initialToken[:20]} {
		r := b.register(bearer, document())
		challenge := r.Header.Get("WWW-Authenticate")
		if r.StatusCode != http.StatusUnauthorized || object(t, r.body)["error"] != "invalid_token" || !strings.HasPrefix(challenge, "Bearer ") {
			t.Errorf("%s: %d %s %q", name, r.StatusCode, r.body, challenge)
		}
		if strings.Contains(challenge, "error=") != (bearer != "") {
			t.Errorf("%s: the challenge is %q", name, challenge)
		}
	}
	if n := b.count("idp.clients"); n != 0 {
		t.Errorf("%d clients are stored", n)
	}
	b.registered(initialToken)
}

func TestARegisteredClientSignsPeopleIn(t *testing.T) {
	b := newBench(t, closed)
	got := b.registered(initialToken, "client_name", "Wiki")
	for name, want := range map[string]any{
		"client_name": "Wiki", "token_endpoint_auth_method": "client_secret_basic", "application_type": "web", "subject_type": "public",
		"id_token_signed_response_alg": "RS256", "client_secret_expires_at": 0.0, "client_id_issued_at": float64(b.clock.Now().Unix()),
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if !slices.Equal(got["grant_types"].([]any), []any{"authorization_code"}) || !slices.Equal(got["response_types"].([]any), []any{"code"}) {
		t.Errorf("defaults: %v", got)
	}
	if secret := got["client_secret"].(string); len(secret) < 64 {
		t.Errorf("the secret has %d bytes", len(secret))
	}
	b.code(got["client_id"])
	if r := b.tokenAs(got, b.code(got["client_id"])); r.StatusCode != http.StatusOK {
		t.Errorf("token: %d %s", r.StatusCode, r.body)
	}
}

// tokenAs exchanges a code as a registered client with client_secret_basic.
func (b *bench) tokenAs(client map[string]any, code string) result {
	b.t.Helper()
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(url.QueryEscape(client["client_id"].(string)), url.QueryEscape(client["client_secret"].(string)))
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
	return b.browser().post(pathToken, form, "Origin", "", "Authorization", r.Header.Get("Authorization"))
}

// tsidp#174: the registered method is the only one that is taken.
func TestT46_TheRegisteredAuthenticationMethodHolds(t *testing.T) {
	b := newBench(t, closed)
	key := hosttest.ECKey()
	jwks := map[string]any{"keys": []any{key.Public()}}
	made := map[string]map[string]any{
		"client_secret_basic": b.registered(initialToken),
		"client_secret_post":  b.registered(initialToken, "token_endpoint_auth_method", "client_secret_post"),
		"none":                b.registered(initialToken, "token_endpoint_auth_method", "none"),
		"private_key_jwt":     b.registered(initialToken, "token_endpoint_auth_method", "private_key_jwt", "jwks", jwks),
	}
	for registered, client := range made {
		id := client["client_id"].(string)
		secret, _ := client["client_secret"].(string)
		if (secret != "") != strings.HasPrefix(registered, "client_secret") {
			t.Errorf("%s has the secret %q", registered, secret)
		}
		for method, with := range map[string]func(url.Values) string{
			"client_secret_basic": func(url.Values) string {
				r := http.Request{Header: http.Header{}}
				r.SetBasicAuth(id, secret)
				return r.Header.Get("Authorization")
			},
			"client_secret_post": func(f url.Values) string {
				f.Set("client_id", id)
				f.Set("client_secret", or(secret, "made-up"))
				return ""
			},
			"none": func(f url.Values) string { f.Set("client_id", id); return "" },
			"private_key_jwt": func(f url.Values) string {
				f.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
				f.Set("client_assertion", b.assertion(id, key, nil))
				return ""
			},
		} {
			form := url.Values{"grant_type": {"authorization_code"}, "code": {b.code(id)}, "redirect_uri": {callback}, "code_verifier": {verifier}}
			authorization := with(form)
			r := b.browser().post(pathToken, form, "Origin", "", "Authorization", authorization)
			if ok := r.StatusCode == http.StatusOK; ok != (method == registered) {
				t.Errorf("registered %s, used %s: %d %s", registered, method, r.StatusCode, r.body)
			}
		}
	}
}

// assertion is a good client assertion with changed claims.
func (b *bench) assertion(id string, key hosttest.Key, changes map[string]any) string {
	now := b.clock.Now().Unix()
	claims := map[string]any{"iss": id, "sub": id, "aud": b.issuer, "exp": now + 60, "iat": now, "jti": newSecret()}
	maps.Copy(claims, changes)
	return hosttest.Sign("ES256", key.Private, map[string]any{"alg": "ES256", "kid": key.ID}, claims)
}

func TestRegistrationWantsJSON(t *testing.T) {
	b := newBench(t, closed)
	for name, test := range map[string]struct{ kind, body string }{
		"a form":        {"application/x-www-form-urlencoded", "redirect_uris=" + callback},
		"no type":       {"", `{"redirect_uris":["` + callback + `"]}`},
		"not JSON":      {"application/json", `{"redirect_uris":["` + callback + `"]`},
		"a list":        {"application/json", `[{"redirect_uris":["` + callback + `"]}]`},
		"twice":         {"application/json", `{"redirect_uris":["` + callback + `"],"redirect_uris":["https://evil.example/"]}`},
		"too long":      {"application/json", `{"redirect_uris":["` + callback + `"]` + strings.Repeat(" ", 100<<10) + `}`},
		"a wrong type":  {"application/json", `{"redirect_uris":"` + callback + `"}`},
		"a wrong age":   {"application/json", `{"redirect_uris":["` + callback + `"],"default_max_age":"5"}`},
		"a wrong truth": {"application/json", `{"redirect_uris":["` + callback + `"],"require_auth_time":"false"}`},
	} {
		r, err := http.NewRequest(http.MethodPost, b.issuer+pathRegister, strings.NewReader(test.body))
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+initialToken)
		r.Header.Set("Content-Type", test.kind)
		if got := b.browser().do(r); got.StatusCode != http.StatusBadRequest || object(t, got.body)["error"] == nil {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.body)
		}
	}
	if n := b.count("idp.clients"); n != 0 {
		t.Errorf("%d clients are stored", n)
	}
}

func TestT48_RegistrationKeepsItsSecrets(t *testing.T) {
	b := newBench(t, closed)
	made := b.registered(initialToken)
	b.register("wrong-token-CANARY", document())
	b.call("GET", made["registration_client_uri"].(string), made["registration_access_token"].(string), nil)
	items, err := b.store.Scan(t.Context(), "idp.clients", "", "", 10)
	must(t, err)
	if len(items) != 1 {
		t.Fatalf("%d records", len(items))
	}
	for _, secret := range []string{"CANARY", made["client_secret"].(string), made["registration_access_token"].(string)} {
		if strings.Contains(b.log.String(), secret) || bytes.Contains(items[0].Value, []byte(secret)) {
			t.Errorf("%q is in the log or the store", secret)
		}
	}
}

// Whoever asks the token endpoint learns nothing of which clients there are.
func TestT46_ClientsCannotBeEnumerated(t *testing.T) {
	b := newBench(t, closed)
	made := b.registered(initialToken)
	code := b.code(made["client_id"])
	answers := map[string]string{}
	for name, id := range map[string]any{"registered": made["client_id"], "configured": "app", "public": "native", "unknown": "nobody", "unknown, well formed": strings.Repeat("A", 22)} {
		r := b.tokenAs(map[string]any{"client_id": id, "client_secret": "a guess of the secret"}, code)
		answers[r.Status+r.body] = name
	}
	if len(answers) != 1 {
		t.Errorf("the answers differ: %v", answers)
	}
}
