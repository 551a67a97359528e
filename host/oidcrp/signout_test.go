package oidcrp

import (
	"net/http"
	"net/url"
	"testing"

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
	to, err := w.rp.SignOut(w.ctx(), doc, login.Tokens{IDToken: "the.newest.one"}, "https://login.example.com/logout/callback/corp", "state-1")
	if err != nil || to.URL != w.op.URL+"/logout" {
		t.Fatalf("%s, %v", to.URL, err)
	}
	for name, want := range map[string]string{
		"id_token_hint": "the.newest.one", "client_id": "doorward", "state": "state-1",
		"post_logout_redirect_uri": "https://login.example.com/logout/callback/corp",
	} {
		if to.Form.Get(name) != want {
			t.Errorf("%s: %q", name, to.Form.Get(name))
		}
	}
	res, err := w.op.Client().PostForm(to.URL, to.Form)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if back, err := res.Location(); err != nil || back.Query().Get("state") != "state-1" {
		t.Errorf("back to %v: %v", back, err)
	}
	absent(t, "the log or trace", w.told(), "a token", "the.newest.one")
}

// A provider that takes no form gets the same in the address.
func TestSignOutByGET(t *testing.T) {
	w := newWorld(t, nil, func(c *Config) { c.SignOutMethod = http.MethodGet })
	to, err := w.rp.SignOut(w.ctx(), w.must(t), login.Tokens{IDToken: "the.newest.one"}, "https://login.example.com/logout/callback/corp", "state-1")
	if err != nil || to.Form != nil {
		t.Fatalf("a form of %d fields, %v", len(to.Form), err)
	}
	at, err := url.Parse(to.URL)
	if err != nil || at.Path != "/logout" || at.Query().Get("id_token_hint") != "the.newest.one" || at.Query().Get("state") != "state-1" || at.Query().Get("client_id") != "doorward" {
		t.Errorf("the browser is sent to %s", to.URL)
	}
}

func TestSignOutWithoutAnEndpoint(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(doc map[string]any) { delete(doc, "end_session_endpoint") }
	}, nil)
	to, err := w.rp.SignOut(w.ctx(), w.must(t), login.Tokens{IDToken: "x"}, "https://login.example.com/", "s")
	if to.URL != "" || err != nil {
		t.Errorf("%q, %v", to.URL, err)
	}
}

func TestSignOutWithoutAnIDToken(t *testing.T) {
	w := newWorld(t, nil, nil)
	to, err := w.rp.SignOut(w.ctx(), w.must(t), login.Tokens{}, "", "")
	if err != nil || to.Form.Encode() != "client_id=doorward" {
		t.Errorf("%s, %v", to.Form.Encode(), err)
	}
}
