package oidcrp

import (
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

func (w *world) authorization(t *testing.T, change ...func(*login.AuthRequest)) (login.AuthRequest, url.Values) {
	t.Helper()
	req := w.request()
	for _, c := range change {
		c(&req)
	}
	req, redirect, err := w.rp.Begin(w.ctx(), req)
	if err != nil {
		t.Fatal(err)
	}
	if redirect.Form != nil || !strings.HasPrefix(redirect.URL, w.op.URL+"/authorize?") {
		t.Errorf("redirect to %s", redirect.URL)
	}
	return req, query(t, redirect.URL)
}

func TestBeginSendsExactlyThis(t *testing.T) {
	w := newWorld(t, nil, nil)
	req, q := w.authorization(t)
	want := url.Values{
		"response_type": {"code"}, "client_id": {"doorward"}, "redirect_uri": {redirectURI}, "scope": {"openid profile email"},
		"state": {req.State}, "nonce": {req.Nonce}, "code_challenge": q["code_challenge"], "code_challenge_method": {"S256"},
	}
	if q.Encode() != want.Encode() {
		t.Errorf("got  %s\nwant %s", q.Encode(), want.Encode())
	}
	if len(req.Nonce) < 43 || len(req.Verifier) < 43 || req.Nonce == req.Verifier || q.Get("code_challenge") == req.Verifier {
		t.Errorf("nonce, verifier or challenge is weak")
	}
	if req.Issuer != w.op.URL || req.RedirectURI != redirectURI || req.Provider != "corp" || req.MaxAge != nil {
		t.Errorf("request: %+v", req)
	}
	again, _ := w.authorization(t)
	if again.Nonce == req.Nonce || again.Verifier == req.Verifier {
		t.Error("nonce or verifier is used twice")
	}
}

func TestBeginForcesAuthentication(t *testing.T) {
	w := newWorld(t, nil, nil)
	hour := int64(3600)
	req, q := w.authorization(t, func(r *login.AuthRequest) { r.ForceAuth, r.MaxAge = true, &hour })
	if q.Get("prompt") != "login" || q.Get("max_age") != "1" || req.MaxAge == nil || *req.MaxAge != 1 {
		t.Errorf("forced: %s, max age %v", q.Encode(), req.MaxAge)
	}
	_, q = w.authorization(t, func(r *login.AuthRequest) { r.MaxAge = &hour })
	if q.Has("prompt") || q.Get("max_age") != "3600" {
		t.Errorf("max age: %s", q.Encode())
	}
	zero := int64(0)
	if _, q = w.authorization(t, func(r *login.AuthRequest) { r.MaxAge = &zero }); q.Get("max_age") != "0" {
		t.Errorf("max age zero: %s", q.Encode())
	}
}

func TestBeginAsksForContexts(t *testing.T) {
	w := newWorld(t, nil, nil)
	_, q := w.authorization(t, func(r *login.AuthRequest) { r.ACRValues = []string{"urn:example:mfa", "a&b=c"} })
	if q.Get("acr_values") != "urn:example:mfa a&b=c" || len(q["acr_values"]) != 1 || q.Has("prompt") {
		t.Errorf("contexts: %s", q.Encode())
	}
	if _, q = w.authorization(t); q.Has("acr_values") {
		t.Errorf("none: %s", q.Encode())
	}
}

func TestBeginPassesHintModeAndTheRequestsRedirectURI(t *testing.T) {
	w := newWorld(t, nil, func(c *Config) { c.ResponseMode = ModeFormPost })
	req, q := w.authorization(t, func(r *login.AuthRequest) {
		r.LoginHint, r.RedirectURI = "a&b=c", "https://other.example/callback/corp"
	})
	if q.Get("login_hint") != "a&b=c" || q.Get("response_mode") != "form_post" || q.Get("redirect_uri") != req.RedirectURI ||
		req.RedirectURI != "https://other.example/callback/corp" {
		t.Errorf("query %s", q.Encode())
	}
}

func TestBeginKeepsTheEndpointsQuery(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(doc map[string]any) {
			doc["authorization_endpoint"] = doc["authorization_endpoint"].(string) + "?tenant=7"
		}
	}, nil)
	_, q := w.authorization(t)
	if q.Get("tenant") != "7" || q.Get("client_id") != "doorward" {
		t.Errorf("query %s", q.Encode())
	}
}

func TestBeginNeedsAState(t *testing.T) {
	w := newWorld(t, nil, nil)
	req := w.request()
	req.State = ""
	_, redirect, err := w.rp.Begin(w.ctx(), req)
	refused(t, err, login.CodeInternal)
	if redirect.URL != "" {
		t.Error("there is a redirect")
	}
}
