package oidcrp

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

var (
	_ login.Provider  = (*Provider)(nil)
	_ login.Prober    = (*Provider)(nil)
	_ login.SignOuter = (*Provider)(nil)
)

func TestSignOut(t *testing.T) {
	w := newWorld(t, nil, nil)
	doc := w.must(t)
	address, err := w.rp.SignOut(w.ctx(), doc, "https://login.example.com/logout/callback/corp", "state-1")
	if err != nil || !strings.HasPrefix(address, w.op.URL+"/logout?") {
		t.Fatalf("%s, %v", address, err)
	}
	response, _ := doc.Sources.Object(attrs.TokenEndpointResponse)
	q := query(t, address)
	for name, want := range map[string]string{
		"id_token_hint": response["id_token"].(string), "client_id": "doorward", "state": "state-1",
		"post_logout_redirect_uri": "https://login.example.com/logout/callback/corp",
	} {
		if q.Get(name) != want {
			t.Errorf("%s: %q", name, q.Get(name))
		}
	}
	back, _ := w.op.Visit(t, address)
	if back.Get("state") != "state-1" {
		t.Errorf("back with %v", back)
	}
	absent(t, "the log or trace", w.told(), "a token", "eyJ")
}

func TestSignOutWithoutAnEndpoint(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(doc map[string]any) { delete(doc, "end_session_endpoint") }
	}, nil)
	address, err := w.rp.SignOut(w.ctx(), w.must(t), "https://login.example.com/", "s")
	if address != "" || err != nil {
		t.Errorf("%q, %v", address, err)
	}
}

func TestSignOutOfABareDocument(t *testing.T) {
	w := newWorld(t, nil, nil)
	address, err := w.rp.SignOut(w.ctx(), login.Document{}, "", "")
	if q := query(t, address); err != nil || q.Encode() != "client_id=doorward" {
		t.Errorf("%s, %v", address, err)
	}
}
