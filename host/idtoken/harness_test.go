package idtoken

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const issuer = "https://idp.example.com"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// static are the keys of the tests' RSA key 0, the P-256 and the Ed25519 key.
func static(t testing.TB) *token.KeySet {
	t.Helper()
	raw, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{hosttest.RSAKey(0).Public(), hosttest.ECKey().Public(), hosttest.EdKey().Public()}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.NewStaticKeySet(raw)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// provider takes tokens of issuer for "mobile" at noon.
func provider(t testing.TB, change ...func(*Config)) *Provider {
	t.Helper()
	cfg := Config{
		Name: "partner", Header: "oidc_id_token", Issuer: issuer, Audience: []string{"mobile"}, Keys: static(t),
		Now: func() time.Time { return noon },
	}
	for _, c := range change {
		c(&cfg)
	}
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

type claims map[string]any

// good are claims that provider takes.
func good(changed claims) claims {
	all := claims{"iss": issuer, "sub": "ada", "aud": "mobile", "iat": noon.Unix(), "exp": noon.Unix() + 300}
	maps.Copy(all, changed)
	for name, value := range changed {
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

func signed(c claims) string {
	return hosttest.Sign("RS256", hosttest.RSAKey(0).Private, map[string]any{"alg": "RS256", "kid": "rsa-0"}, c)
}

func callback(tokens ...string) login.Callback {
	return login.Callback{Params: url.Values{login.BroughtParam: tokens}, Method: "POST", ReceivedAt: noon}
}

func request() login.AuthRequest {
	return login.AuthRequest{ID: "00112233445566aa", Purpose: login.PurposeLogin, Provider: "partner", RequestedAt: noon.Unix()}
}

// complete walks from the tokens of a header to a document, and back to the
// trace of it.
func complete(p *Provider, tokens ...string) (login.Document, *login.Trace, error) {
	trace := &login.Trace{}
	doc, err := p.Complete(login.WithTrace(context.Background(), trace), p.Bring(request(), callback(tokens...)), callback(tokens...))
	return doc, trace, err
}

// refused holds a failure against its code and the name of its check.
func refused(t testing.TB, err error, code login.Code, check string) {
	t.Helper()
	if login.CodeOf(err) != code || login.CheckOf(err) != check {
		t.Errorf("%v: code %q, check %q; want %q, %q", err, login.CodeOf(err), login.CheckOf(err), code, check)
	}
}

// verdict is the check that refuses a token, or "" for one that is taken.
func verdict(t testing.TB, p *Provider, compact string) string {
	t.Helper()
	doc, _, err := complete(p, compact)
	if err == nil {
		return ""
	}
	if doc.Person != (login.Person{}) || len(doc.Sources.Names()) != 0 || doc.Login.Evidence.AuthTime != nil {
		t.Errorf("a refused token left a document: %+v", doc)
	}
	return login.CheckOf(err)
}
