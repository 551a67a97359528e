package oidcrp

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

// A request is pushed when the provider requires it or the configuration says
// so; the browser then carries the client's name and the request's, and nothing
// else.
func TestPushedRequests(t *testing.T) {
	for name, tt := range map[string]struct {
		offered, required bool
		setting           string
		pushed            bool
	}{
		"auto, not offered":    {false, false, "", false},
		"auto, offered":        {true, false, "", false},
		"auto, required":       {true, true, "", true},
		"always, offered":      {true, false, PushAlways, true},
		"off, offered":         {true, false, PushOff, false},
		"auto by its name":     {true, true, PushAuto, true},
		"always, required":     {true, true, PushAlways, true},
		"off, and no endpoint": {false, false, PushOff, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(k *hosttest.Knobs) { k.PushOffered, k.PushRequired = tt.offered, tt.required }, func(c *Config) { c.PushedRequests = tt.setting })
			_, redirect, err := w.rp.Begin(w.ctx(), w.request())
			if err != nil {
				t.Fatal(err)
			}
			q := query(t, redirect.URL)
			if only := len(q) == 2 && q.Get("client_id") == w.op.ClientID && strings.HasPrefix(q.Get("request_uri"), "urn:"); only != tt.pushed {
				t.Errorf("the browser carries %v", q)
			}
			if w.op.Calls(hosttest.Push) > 0 != tt.pushed {
				t.Errorf("%d were pushed", w.op.Calls(hosttest.Push))
			}
			w.must(t, func(r *login.AuthRequest) { r.ForceAuth, r.LoginHint = true, "alice" })
			if !tt.pushed {
				return
			}
			sent := w.op.Last(hosttest.Push).Form
			for name, want := range map[string]string{"response_type": "code", "prompt": "login", "max_age": "1", "login_hint": "alice", "redirect_uri": redirectURI, "code_challenge_method": "S256"} {
				if !slices.Equal(sent[name], []string{want}) {
					t.Errorf("%s: %v", name, sent[name])
				}
			}
		})
	}
}

func TestPushedRequestsAuthenticateTheClient(t *testing.T) {
	for _, method := range []string{ClientSecretBasic, ClientSecretPost, PrivateKeyJWT} {
		key := hosttest.ECKey()
		w := newWorld(t, func(k *hosttest.Knobs) { k.PushRequired, k.ClientKey = true, key.Private.Public() }, func(c *Config) {
			c.AuthMethod, c.PrivateKey, c.KeyID = method, key.Private, "k1"
		})
		w.must(t) // the provider wants the assertion's aud to be its issuer
		if call := w.op.Last(hosttest.Push); call.AuthMethod() != method || len(call.Form["client_id"]) != 1 {
			t.Errorf("%s: authenticated with %s", method, call.AuthMethod())
		}
	}
}

func TestPushedRequestsThatFail(t *testing.T) {
	answer := func(status int, body string) hosttest.Fault {
		return hosttest.Fault{Status: status, ContentType: "application/json", Body: body}
	}
	for name, tt := range map[string]struct {
		fault hosttest.Fault
		code  login.Code
		says  string
	}{
		"invalid_request":    {answer(400, `{"error":"invalid_request","error_description":"canary"}`), login.CodeProviderError, "status 400 and the error invalid_request"},
		"invalid_client":     {answer(401, `{"error":"invalid_client"}`), login.CodeProviderError, "invalid_client"},
		"markup":             {answer(400, `<html>canary`), login.CodeProviderError, "status 400"},
		"500":                {answer(500, ``), login.CodeProviderDown, "status 500"},
		"429":                {answer(429, ``), login.CodeProviderDown, "status 429"},
		"dropped":            {hosttest.Fault{Drop: true}, login.CodeProviderDown, ""},
		"slow":               {hosttest.Fault{Slow: time.Minute}, login.CodeProviderTimeout, ""},
		"T50 redirect":       {hosttest.Fault{Redirect: "https://attacker.example"}, login.CodeProviderError, "status 302"},
		"a list":             {answer(201, `[]`), login.CodeProviderError, "json object"},
		"twice":              {answer(201, `{"request_uri":"urn:a","request_uri":"urn:b"}`), login.CodeProviderError, "duplicate"},
		"no request_uri":     {answer(201, `{"expires_in":60}`), login.CodeProviderError, "no request_uri"},
		"a number":           {answer(201, `{"request_uri":5}`), login.CodeProviderError, "no request_uri"},
		"no URI":             {answer(201, `{"request_uri":"canary"}`), login.CodeProviderError, "no request_uri"},
		"with a line break":  {answer(201, `{"request_uri":"urn:a\r\nX-Evil: 1"}`), login.CodeProviderError, "no request_uri"},
		"a long request_uri": {answer(201, `{"request_uri":"urn:`+strings.Repeat("a", 3<<10)+`"}`), login.CodeProviderError, "no request_uri"},
		"a huge answer":      {answer(201, `{"request_uri":"urn:`+strings.Repeat("a", 2<<20)+`"}`), login.CodeProviderDown, ""},
		"a bomb":             {hosttest.Fault{Status: 201, Bomb: true}, login.CodeProviderDown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(k *hosttest.Knobs) { k.PushRequired, k.Faults = true, fault(hosttest.Push, tt.fault) }, nil)
			w.rp.cfg.HTTP = token.NewClient(token.ClientConfig{RootCAs: w.op.CA(), Timeout: 500 * time.Millisecond})
			w.rp.meta.client = w.rp.cfg.HTTP
			_, redirect, err := w.rp.Begin(w.ctx(), w.request())
			refused(t, err, tt.code)
			if !strings.Contains(err.Error(), tt.says) || redirect.URL != "" {
				t.Errorf("%v", err)
			}
			absent(t, "the log or error", w.logged()+err.Error(), "the body", "canary")
		})
	}
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.EditDiscovery = func(d map[string]any) { d["require_pushed_authorization_requests"] = true }
	}, nil)
	_, _, err := w.rp.Begin(w.ctx(), w.request())
	refused(t, err, login.CodeProviderDown)
	if !strings.Contains(err.Error(), "pushed_authorization_request_endpoint") {
		t.Errorf("%v", err)
	}
}
