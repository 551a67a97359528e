package oidcrp

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

func TestExplicitEndpoints(t *testing.T) {
	for _, static := range []bool{false, true} {
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
			c.Endpoints = Endpoints{
				Authorization: op.URL + "/authorize", Token: op.URL + "/token", JWKS: op.URL + "/jwks",
				UserInfo: op.URL + "/userinfo", EndSession: op.URL + "/logout",
			}
			if static {
				res, err := c.HTTP.Get(context.Background(), op.URL+"/jwks", "*/*")
				if err != nil {
					t.Fatal(err)
				}
				c.Endpoints.JWKS, c.Keys = "", res.Body
				op.ResetCalls()
			}
		})
		if err := w.rp.Ready(w.ctx()); err != nil {
			t.Fatal(err)
		}
		if doc := w.must(t); doc.Lacks(attrs.UserInfo) || doc.Person.Issuer != w.op.URL {
			t.Errorf("document: %+v", doc)
		}
		if d, j := w.op.Calls(hosttest.Discovery), w.op.Calls(hosttest.JWKS); d != 0 || static && j != 0 {
			t.Errorf("static %v: discovery was called %d times, the keys %d", static, d, j)
		}
	}
}

func TestTheConfigurationComesBeforeDiscovery(t *testing.T) {
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{hosttest.RSAKey(0).Public()}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
		op.Set(func(k *hosttest.Knobs) {
			k.EditDiscovery = func(doc map[string]any) {
				doc["userinfo_endpoint"] = "https://elsewhere.example/userinfo"
				doc["end_session_endpoint"] = "https://elsewhere.example/logout"
			}
		})
		c.Endpoints, c.Keys = Endpoints{UserInfo: op.URL + "/userinfo", EndSession: op.URL + "/logout"}, keys
	})
	doc := w.must(t)
	to, err := w.rp.SignOut(w.ctx(), doc, login.Tokens{}, "", "")
	if doc.Lacks(attrs.UserInfo) || w.op.Calls(hosttest.JWKS) != 0 || err != nil || to.URL != w.op.URL+"/logout" {
		t.Errorf("userinfo failed %v, %d fetches of keys, sign-out at %s, %v", doc.Lacks(attrs.UserInfo), w.op.Calls(hosttest.JWKS), to.URL, err)
	}
}

func TestConfigurationFaults(t *testing.T) {
	good := Config{Name: "corp", Issuer: "https://idp.example.com", ClientID: "c", ClientSecret: "canary-secret"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"issuer must be":           func(c *Config) { c.Issuer = "http://idp.example.com" },
		"client_id is missing":     func(c *Config) { c.ClientID = "" },
		"name is missing":          func(c *Config) { c.Name = "" },
		"scopes must hold openid":  func(c *Config) { c.Scopes = []string{"profile"} },
		"client_secret is missing": func(c *Config) { c.ClientSecret = "" },
		"needs a private key":      func(c *Config) { c.AuthMethod = PrivateKeyJWT },
		"authentication method":    func(c *Config) { c.AuthMethod = "tls_client_auth" },
		"response_mode must be":    func(c *Config) { c.ResponseMode = "fragment" },
		"userinfo.method":          func(c *Config) { c.UserInfo.Method = "PUT" },
		"userinfo.on_failure":      func(c *Config) { c.UserInfo.OnFailure = "ignore" },
		"userinfo.endpoint":        func(c *Config) { c.UserInfo.Endpoint = "http://idp.example.com" },
		"at least 32 octets":       func(c *Config) { c.IDTokenAlgs = []string{"HS256"} },
		`"none" is not supported`:  func(c *Config) { c.IDTokenAlgs = []string{"none"} },
		"skew must be":             func(c *Config) { c.Skew = time.Hour },
		"token is missing":         func(c *Config) { c.Endpoints.Authorization = "https://idp.example.com/a" },
		"either endpoint jwks":     func(c *Config) { c.Endpoints.Authorization = "https://idp.example.com/a" },
		"given without":            func(c *Config) { c.Endpoints.Token = "https://idp.example.com/t" },
		"endpoint token must be":   func(c *Config) { c.Endpoints.Token = "ftp://idp.example.com/t" },
		"key set has no list": func(c *Config) {
			c.Endpoints = Endpoints{Authorization: "https://a.example", Token: "https://a.example"}
			c.Keys = []byte("{}")
		},
	} {
		cfg := good
		change(&cfg)
		_, err := New(cfg)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "provider "+cfg.Name) {
			t.Errorf("want %q: %v", want, err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("the error holds the secret: %v", err)
		}
	}
	_, err := New(Config{})
	if err == nil || strings.Count(err.Error(), "\n") < 3 {
		t.Errorf("not every fault at once: %v", err)
	}
}

func TestPlainHTTPOnLoopbackIsAChoice(t *testing.T) {
	cfg := Config{Name: "demo", Issuer: "http://127.0.0.1:8080/idp", ClientID: "c", ClientSecret: "s"}
	if _, err := New(cfg); err == nil {
		t.Error("plain http is accepted")
	}
	cfg.HTTP = token.NewClient(token.ClientConfig{AllowLoopback: true})
	if _, err := New(cfg); err != nil {
		t.Error(err)
	}
}
