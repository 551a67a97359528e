package idp

// What is fetched for a registered client, and from where (THREATS T46, T50).

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// oidcc-registration-jwks-uri, and what a guarded address does to it.
func TestT46_KeysAreFetchedFromPublicAddressesOnly(t *testing.T) {
	key := hosttest.ECKey()
	fetched := 0
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []any{key.Public()}})
	}))
	defer keys.Close()
	b := newBench(t, closed, func(c *Config) { c.Registration.AllowPrivate = true })
	client := b.registered(initialToken, "token_endpoint_auth_method", "private_key_jwt", "jwks_uri", keys.URL)
	id := client["client_id"].(string)
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {b.code(id)}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {b.assertion(id, key, nil)},
	}
	if r := b.browser().post(pathToken, form); r.StatusCode != http.StatusOK || fetched != 1 {
		t.Errorf("%d %s after %d fetches", r.StatusCode, r.body, fetched)
	}

	cfg := b.provider.cfg // the same client, and private addresses are no longer allowed
	cfg.Registration.AllowPrivate = false
	guarded, err := New(cfg)
	must(t, err)
	form.Set("code", b.code(id))
	form.Set("client_assertion", b.assertion(id, key, nil))
	r := b.through(guarded, pathToken, form)
	if r.StatusCode != http.StatusUnauthorized || fetched != 1 {
		t.Errorf("guarded: %d %s after %d fetches", r.StatusCode, r.body, fetched)
	}
}

// through posts a form to another provider in process.
func (b *bench) through(p *Provider, path string, form url.Values) result {
	b.t.Helper()
	client := http.Client{Transport: p.RoundTripper()}
	resp, err := client.PostForm(b.issuer+path, form)
	must(b.t, err)
	defer resp.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(resp.Body)
	must(b.t, err)
	return result{resp, body.String()}
}

// oidcc-registration-sector-uri, oidcc-registration-sector-bad.
func TestT46_SectorIdentifier(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		ok     bool
	}{
		"holds it":           {200, `["https://x.example/","` + callback + `"]`, true},
		"holds another":      {200, `["https://x.example/"]`, false},
		"is no list":         {200, `{"keys":["` + callback + `"]}`, false},
		"is not there":       {404, `["` + callback + `"]`, false},
		"leads on":           {302, `["` + callback + `"]`, false},
		"has no end":         {200, `["` + callback + `"` + strings.Repeat(" ", 1<<20) + `]`, false},
		"holds not only one": {200, `["` + callback + `",5]`, false},
	} {
		t.Run(name, func(t *testing.T) {
			sector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			defer sector.Close()
			b := newBench(t, closed, func(c *Config) { c.Registration.AllowPrivate = true })
			r := b.register(initialToken, document("sector_identifier_uri", sector.URL))
			if ok := r.StatusCode == http.StatusCreated; ok != test.ok {
				t.Fatalf("%d %s", r.StatusCode, r.body)
			}
			if test.ok && object(t, r.body)["sector_identifier_uri"] != sector.URL {
				t.Errorf("not echoed: %s", r.body)
			}
			if !test.ok && object(t, r.body)["error"] != "invalid_client_metadata" {
				t.Errorf("%s", r.body)
			}
		})
	}
}
