package idp

// The discovery document says what there is, and there is what it says.

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
)

func TestDiscoveryIsTrue(t *testing.T) {
	b := newBench(t, func(cfg *Config) {
		cfg.Registration = clients.Registration{Mode: clients.RegistrationOpen}
		cfg.Clients = append(cfg.Clients, clients.Client{ID: "all", Secret: appSecret, RedirectURIs: []string{callback},
			GrantTypes: []string{clients.GrantCode, clients.GrantRefresh, clients.GrantCredentials, clients.GrantDevice}})
	})
	c := b.browser()
	d := object(t, c.get(pathDiscovery, nil).body)
	endpoints := 0
	for name, value := range d {
		if !strings.HasSuffix(name, "_endpoint") && name != "jwks_uri" {
			continue
		}
		endpoints++
		path, below := strings.CutPrefix(value.(string), b.issuer)
		if r := c.get(path, nil); !below || r.StatusCode == http.StatusNotFound || strings.Contains(r.body, "not available yet") {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
	if endpoints != 10 {
		t.Errorf("%d endpoints", endpoints)
	}
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth("all", appSecret)
	for _, grant := range texts(d["grant_types_supported"]) {
		form := url.Values{"grant_type": {grant}, "code": {newSecret()}, "device_code": {newSecret()}, "refresh_token": {newSecret()}}
		answer := c.post(pathToken, form, "Authorization", r.Header.Get("Authorization"))
		if e := object(t, answer.body)["error"]; e == "unsupported_grant_type" || e == "unauthorized_client" || answer.StatusCode >= 500 {
			t.Errorf("%s: %d %s", grant, answer.StatusCode, answer.body)
		}
	}
	for _, mode := range texts(d["response_modes_supported"]) {
		if r := c.get(pathAuthorize, asking("response_mode", mode, "prompt", "none")); !strings.Contains(r.body+r.Header.Get("Location"), "login_required") {
			t.Errorf("response mode %s: %d %s", mode, r.StatusCode, r.Header.Get("Location"))
		}
	}
	for _, scope := range texts(d["scopes_supported"]) {
		if q := c.back(c.get(pathAuthorize, asking("scope", "openid "+scope, "prompt", "none"))); q.Get("error") != "login_required" {
			t.Errorf("scope %s: %v", scope, q)
		}
	}
	for _, locale := range texts(d["ui_locales_supported"]) {
		if r := c.get(pathAuthorize, asking("ui_locales", locale)); !strings.Contains(r.body, `<html lang="`+locale+`"`) {
			t.Errorf("no page in %s", locale)
		}
	}
	for endpoint, want := range map[string]bool{"token": true, "revocation": true, "introspection": false} {
		if slices.Contains(texts(d[endpoint+"_endpoint_auth_methods_supported"]), "none") != want {
			t.Errorf("%s for clients without credentials: %v", endpoint, !want)
		}
	}
	for _, missing := range []string{"check_session_iframe", "frontchannel_logout_supported", "id_token_encryption_alg_values_supported"} {
		if _, there := d[missing]; there {
			t.Errorf("%s is there", missing)
		}
	}
	if _, there := object(t, newBench(t).browser().get(pathDiscovery, nil).body)["registration_endpoint"]; there {
		t.Error("a provider without registration names its endpoint")
	}
}

func texts(list any) (out []string) {
	for _, item := range list.([]any) {
		out = append(out, item.(string))
	}
	return out
}
