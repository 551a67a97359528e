package conformance_test

// The relying party's clients: configured at the provider, or registered.

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

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

const staticSecret = "a secret of the relying party, 0123456789"

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
	}
}

// client is the configured client of that name. In a dynamic plan it is one
// that is registered for the module.
func (m *module) client(name string) *client {
	m.Helper()
	if m.dynamic {
		return m.register()
	}
	c := &client{TB: m, op: m.op, id: name, secret: staticSecret, auth: "client_secret_basic", key: clientKey("rp-1"), redirect: m.op.rp.URL + callbackPath, mode: m.mode}
	if name == "post" {
		c.auth = "client_secret_post"
	}
	return c
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

var (
	keysMu sync.Mutex
	keys   = map[string]jose.JSONWebKey{}
)

// clientKey is the relying party's RSA key of that id, the same each time.
func clientKey(id string) jose.JSONWebKey {
	return madeOnce(id, "RS256", func() any {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return key
	})
}

// curveKey is an ES256 key.
func curveKey(id string) jose.JSONWebKey {
	return madeOnce(id, "ES256", func() any {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
}

func madeOnce(id, alg string, make func() any) jose.JSONWebKey {
	keysMu.Lock()
	defer keysMu.Unlock()
	if _, there := keys[id]; !there {
		keys[id] = jose.JSONWebKey{Key: make(), KeyID: id, Algorithm: alg, Use: "sig"}
	}
	return keys[id]
}

// keySet is the public half of keys as a document.
func keySet(t testing.TB, keys ...jose.JSONWebKey) json.RawMessage {
	t.Helper()
	set := jose.JSONWebKeySet{}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.Public())
	}
	raw, err := json.Marshal(set)
	must(t, err)
	return raw
}

// signed is claims as a JWT signed with key; header adds to the header.
func signed(t testing.TB, key jose.JSONWebKey, claims any, header map[string]any) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(key.Algorithm), Key: key}, options)
	must(t, err)
	payload, err := json.Marshal(claims)
	must(t, err)
	jws, err := signer.Sign(payload)
	must(t, err)
	token, err := jws.CompactSerialize()
	must(t, err)
	return token
}

// unsigned is claims as a JWT whose algorithm is "none".
func unsigned(t testing.TB, claims any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	must(t, err)
	return b64.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + b64.EncodeToString(payload) + "."
}

// assertion is a client assertion (RFC 7523) with changed claims.
func (c *client) assertion(changes map[string]any) string {
	now := c.op.clock.Now()
	claims := map[string]any{"iss": c.id, "sub": c.id, "aud": c.op.issuer, "jti": random(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for name, value := range changes {
		claims[name] = value
		if value == nil {
			delete(claims, name)
		}
	}
	return signed(c, c.key, claims, nil)
}

var b64 = base64.RawURLEncoding

// random is 256 random bits in base64url.
func random() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	return b64.EncodeToString(raw[:])
}
