package oidcrp

import (
	"slices"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// TestModules runs the Basic RP and Config RP modules of the OpenID
// conformance suite, and those of its comprehensive plan, in both response
// modes.
func TestModules(t *testing.T) {
	for _, mode := range []string{ModeQuery, ModeFormPost} {
		for _, m := range hosttest.Modules() {
			t.Run(mode+"/"+string(m.Plan)+"/"+m.Name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, m.Setup, func(c *Config) {
					c.ResponseMode = mode
					c.IDTokenAlgs = m.Algs
					if m.Scopes != nil {
						c.Scopes = m.Scopes
					}
				})
				runModule(t, w, m)
				for endpoint, want := range m.Calls {
					if got := w.op.Calls(endpoint); got != want {
						t.Errorf("%s was called %d times, want %d", endpoint, got, want)
					}
				}
			})
		}
	}
}

func TestModulesAreComplete(t *testing.T) {
	count := map[hosttest.Plan]int{}
	for _, m := range hosttest.Modules() {
		count[m.Plan]++
	}
	if count[hosttest.BasicRP] != 14 || count[hosttest.ConfigRP] != 6 || count[hosttest.FullRP] != 9 {
		t.Errorf("modules: %v", count)
	}
}

func runModule(t *testing.T, w *world, m hosttest.Module) {
	if m.Want == hosttest.NotBegun {
		_, redirect, err := w.rp.Begin(w.ctx(), w.request())
		refused(t, err, m.Code)
		if redirect.URL != "" {
			t.Error("there is an authorization request")
		}
		return
	}
	judgeModule(t, w, m)
	if m.Between != nil {
		m.Between(w.op)
		judgeModule(t, w, m)
	}
	if got := w.op.Last(hosttest.Token).AuthMethod(); m.Auth != "" && got != m.Auth {
		t.Errorf("the client authenticated with %s", got)
	}
}

func judgeModule(t *testing.T, w *world, m hosttest.Module) {
	doc, err := w.login(t)
	if m.Want == hosttest.Rejected {
		refused(t, err, m.Code)
		if doc.Person != (login.Person{}) || len(doc.Sources.Names()) != 0 {
			t.Error("a refused login yields a document")
		}
		return
	}
	if err != nil {
		t.Fatalf("the login failed: %v", err)
	}
	if want := (login.Person{IdP: "corp", Issuer: w.op.URL, Subject: "alice-7f3a"}); doc.Person != want {
		t.Errorf("person %v, want %v", doc.Person, want)
	}
	info, has := doc.Sources.Object(attrs.UserInfo)
	if m.Want == hosttest.WithoutUserInfo {
		warning, warned := hasWarning(doc, login.CodeUserInfoSubject)
		if has || !doc.Lacks(attrs.UserInfo) || !warned || !warning.Audit {
			t.Errorf("userinfo %v, failed %v, warnings %v", has, doc.Lacks(attrs.UserInfo), doc.Warnings)
		}
		return
	}
	if doc.Lacks(attrs.UserInfo) || len(doc.Warnings) > 0 {
		t.Errorf("warnings: %v", doc.Warnings)
	}
	for _, member := range m.UserInfo {
		if _, present := info[member]; !present {
			t.Errorf("userinfo has no %s", member)
		}
	}
	if !slices.Equal(doc.Sources.Names(), []string{attrs.IDTokenClaims, attrs.TokenEndpointResponse, attrs.UserInfo}) {
		t.Errorf("sources %v", doc.Sources.Names())
	}
}

// TestUserInfoIsCalledWithTheHeader is oidcc-client-test-userinfo-bearer-header
// to the letter: the access token is in the Authorization header, whatever the
// method, and nowhere else.
func TestUserInfoIsCalledWithTheHeader(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		w := newWorld(t, func(k *hosttest.Knobs) { k.AccessToken = "the-access-token" }, func(c *Config) { c.UserInfo.Method = method })
		w.must(t)
		call := w.op.Last(hosttest.UserInfo)
		if call.Method != method || len(call.Form) != 0 || !slices.Equal(call.Header.Values("Authorization"), []string{"Bearer the-access-token"}) {
			t.Errorf("%s: %s with %v", method, call.Method, call.Form)
		}
	}
}
