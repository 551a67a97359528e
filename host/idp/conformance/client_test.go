package conformance_test

// The relying party's clients: configured at the provider, or registered.

import (
	"cmp"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/idp/clients"
)

// client is one client as the relying party knows it.
type client struct {
	testing.TB
	op           *provider
	id, secret   string
	auth         string // token_endpoint_auth_method
	key          jose.JSONWebKey
	redirect     string
	mode         string // response_mode of every request; "" asks for none
	registration map[string]any
}

const (
	staticSecret  = "a secret of the relying party, 0123456789"
	apiResource   = "https://api.example.com/v1" // RFC 8707
	otherResource = "https://other.example.com"
)

// staticClients are what the provider's configuration says of the relying
// party: people are asked about the first; post authenticates by a form; both
// that begin with back are told of logouts.
func (op *provider) staticClients() []clients.Client {
	base := clients.Client{
		Secret: staticSecret, RedirectURIs: []string{op.rp.URL + callbackPath}, PostLogoutRedirectURIs: []string{op.rp.URL + goodbyePath},
		GrantTypes: []string{"authorization_code", "refresh_token"}, Keys: keySet(op, clientKey("rp-1")),
		RequestURIs: []string{op.rp.URL + requestPath},
	}
	named := func(id string, change func(*clients.Client)) clients.Client {
		c := base
		c.ID, c.Name = id, "The client "+id
		change(&c)
		return c
	}
	told := func(c *clients.Client) {
		c.BackChannelLogout, c.BackChannelSession = op.rp.URL+backLogoutPath+"/"+c.ID, true
	}
	return []clients.Client{
		named("first", func(c *clients.Client) { c.Consent = true }),
		named("second", func(*clients.Client) {}),
		named("post", func(c *clients.Client) { c.Auth = clients.AuthPost }),
		named("back-1", told), named("back-2", told),
		named("key", func(c *clients.Client) { c.Auth, c.Secret = clients.AuthKey, "" }),
		named("public", func(c *clients.Client) { c.Auth, c.Secret, c.Keys = clients.AuthNone, "", nil }),
		named("bound", func(c *clients.Client) { c.BoundTokens = true }),
		named("pushed", func(c *clients.Client) { c.RequirePushed = true }),
		named("api", func(c *clients.Client) {
			c.AccessTokens, c.Audiences = clients.TokensJWT, []string{apiResource, otherResource}
			c.GrantTypes = []string{clients.GrantCode, clients.GrantRefresh, clients.GrantCredentials}
			c.Scopes = []string{"openid", "profile", "email", "offline_access"}
		}),
		named("device", func(c *clients.Client) {
			c.Auth, c.Secret, c.Keys = clients.AuthNone, "", nil
			c.GrantTypes = []string{clients.GrantDevice, clients.GrantRefresh}
		}),
	}
}

// client is the configured client of that name. In a dynamic plan it is one
// that is registered for the module.
func (m *module) client(name string) *client {
	m.Helper()
	if m.dynamic {
		return m.register()
	}
	c := m.op.client(name)
	c.mode = m.mode
	return c
}

// client is the configured client of that name.
func (op *provider) client(name string) *client {
	auth := map[string]string{"post": "client_secret_post", "key": "private_key_jwt", "public": "none", "device": "none"}
	return &client{
		TB: op.TB, op: op, id: name, secret: staticSecret, auth: cmp.Or(auth[name], "client_secret_basic"), key: clientKey("rp-1"),
		redirect: op.rp.URL + callbackPath,
	}
}

// metadata is a good registration, with changes as name, value pairs; a nil
// value removes the member.
func (op *provider) metadata(changes ...any) map[string]any {
	m := map[string]any{
		"client_name": "A registered client", "redirect_uris": []string{op.rp.URL + callbackPath}, "post_logout_redirect_uris": []string{op.rp.URL + goodbyePath},
		"response_types": []string{"code"}, "grant_types": []string{"authorization_code", "refresh_token"}, "contacts": []string{"ops@example.com"},
		"token_endpoint_auth_method": "private_key_jwt", "jwks": keySet(op, clientKey("rp-1")),
	}
	for i := 0; i < len(changes); i += 2 {
		m[changes[i].(string)] = changes[i+1]
		if changes[i+1] == nil {
			delete(m, changes[i].(string))
		}
	}
	return m
}

// register registers a client that must be accepted.
func (m *module) register(changes ...any) *client {
	m.Helper()
	sent := m.op.metadata(changes...)
	r := m.op.postJSON(m.op.discover().text("registration_endpoint"), sent)
	if r.StatusCode != http.StatusCreated {
		m.Fatalf("registration: %d %s, want 201 (OpenID Connect Registration 1.0, section 3.2)", r.StatusCode, r.body)
	}
	m.op.jsonAnswer("registration", r)
	got := r.object(m)
	c := &client{
		TB: m, op: m.op, id: text(got, "client_id"), secret: text(got, "client_secret"), auth: text(got, "token_endpoint_auth_method"),
		key: clientKey("rp-1"), mode: m.mode, registration: got,
	}
	if uris, _ := got["redirect_uris"].([]any); len(uris) > 0 {
		c.redirect, _ = uris[0].(string)
	}
	if c.id == "" {
		m.Fatal("the registration answer has no client_id")
	}
	if expires, there := got["client_secret_expires_at"].(json.Number); c.secret != "" && !there {
		m.Errorf("client_secret_expires_at is %q; it must be there with a secret", expires)
	}
	return c
}

// refuseRegistration registers a client that must be refused with one of codes.
func (m *module) refuseRegistration(metadata map[string]any, codes ...string) {
	m.Helper()
	r := m.op.postJSON(m.op.discover().text("registration_endpoint"), metadata)
	m.op.oauthError("registration", r, http.StatusBadRequest, codes...)
}
