package oidcrp

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

func TestClaimSourcesThatCannotBeRead(t *testing.T) {
	for name, claims := range map[string]map[string]any{
		"names are a list":       {"_claim_names": []string{"groups"}},
		"a name leads nowhere":   {"_claim_names": map[string]any{"groups": 7}},
		"no sources":             {"_claim_names": map[string]any{"groups": "src1"}},
		"sources are a list":     {"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": []string{"src1"}},
		"another source":         {"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src2": map[string]any{"JWT": "x"}}},
		"a source is text":       {"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": "payroll"}},
		"a token with a newline": {"_claim_names": map[string]any{"groups": "src1"}, "_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://x/", "access_token": "a\r\nb"}}},
		"many":                   many(maxSources + 1),
		"very many":              many(maxNames + 1),
	} {
		t.Run(name, func(t *testing.T) {
			sourcesFail(t, func(k *hosttest.Knobs) { k.Claims = claims }, func(*Config, *hosttest.Provider) {}, "claim")
		})
	}
	// What names no claim is no claim source.
	w := newWorld(t, func(k *hosttest.Knobs) {
		k.Claims = map[string]any{"_claim_sources": map[string]any{"src1": map[string]any{"endpoint": "https://attacker.example/"}}, "hasgroups": true}
	}, nil)
	if doc := w.must(t); toldElsewhere(t, doc) != "" || len(doc.Warnings) > 0 {
		t.Errorf("sources %s, warnings %v", toldElsewhere(t, doc), doc.Warnings)
	}
}

func many(n int) map[string]any {
	names, sources := map[string]any{}, map[string]any{}
	for i := range n {
		id := fmt.Sprint("s", i)
		names[id], sources[id] = id, map[string]any{"endpoint": "https://attacker.example/"}
	}
	return map[string]any{"_claim_names": names, "_claim_sources": sources}
}

// What one source has is kept when another one fails, and the login goes on.
func TestOneOfTwoClaimSourcesFails(t *testing.T) {
	at := newClaimsAt(t)
	at.answers["/good"] = says("application/json", `{"team":"blue"}`)
	w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
		c.ClaimSources.Allow, c.ClaimSources.OnFailure = []string{at.URL + "/"}, "continue"
		op.Set(func(k *hosttest.Knobs) {
			k.Claims = map[string]any{
				"_claim_names":   map[string]any{"team": "a", "groups": "b"},
				"_claim_sources": map[string]any{"a": map[string]any{"endpoint": at.URL + "/good"}, "b": map[string]any{"endpoint": at.URL + "/bad"}},
			}
			// Userinfo's word on a claim that the ID token has placed does not count.
			k.UserClaims["_claim_names"] = map[string]any{"team": "c"}
			k.UserClaims["_claim_sources"] = map[string]any{"c": map[string]any{"endpoint": "https://attacker.example/"}}
		})
	})
	doc := w.must(t)
	if _, warned := hasWarning(doc, login.CodeClaimSourceFailed); !warned || toldElsewhere(t, doc) != `{"team":"blue"}` || !doc.Lacks(attrs.ClaimSources) {
		t.Errorf("sources %s, warnings %v", toldElsewhere(t, doc), doc.Warnings)
	}
}

// The modules of the comprehensive relying-party plan. The suite's aggregated
// claims are a JWT with the algorithm none, which nobody should believe: the
// login goes on without them when that is configured.
func TestClaimSourceModules(t *testing.T) {
	t.Run("oidcc-client-test-aggregated-claims", func(t *testing.T) {
		unsigned := hosttest.Sign("none", nil, map[string]any{"alg": "none"}, map[string]any{
			"address": map[string]any{"locality": "Los Angeles"}, "phone_number": "+1 (310) 123-4567",
		})
		w := newWorld(t, inUserInfo(map[string]any{"JWT": unsigned}, "address", "phone_number"), func(c *Config) { c.ClaimSources.OnFailure = "continue" })
		doc := w.must(t)
		if _, warned := hasWarning(doc, login.CodeClaimSourceFailed); !warned || toldElsewhere(t, doc) != "" || w.op.Calls(hosttest.UserInfo) != 1 {
			t.Errorf("sources %s, warnings %v", toldElsewhere(t, doc), doc.Warnings)
		}
		key := w.op.SigningKey()
		w.op.Set(inUserInfo(map[string]any{"JWT": signed(key, "RS256", map[string]any{"phone_number": "+1 (310) 123-4567"})}, "address", "phone_number"))
		if doc = w.must(t); toldElsewhere(t, doc) != `{"phone_number":"+1 (310) 123-4567"}` || len(doc.Warnings) > 0 {
			t.Errorf("signed: sources %s, warnings %v", toldElsewhere(t, doc), doc.Warnings)
		}
	})
	t.Run("oidcc-client-test-distributed-claims", func(t *testing.T) {
		at := newClaimsAt(t)
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
			c.ClaimSources.Allow = []string{at.URL + "/claims_endpoint"}
			op.Set(inUserInfo(map[string]any{"endpoint": at.URL + "/claims_endpoint", "access_token": sourceToken}, "credit_score"))
			at.answers["/claims_endpoint"] = says("application/jwt", signed(op.SigningKey(), "RS256", map[string]any{"credit_score": 650}))
		})
		if got := toldElsewhere(t, w.must(t)); got != `{"credit_score":650}` {
			t.Errorf("sources %s", got)
		}
		if got := at.requests(); len(got) != 1 || got[0] != "GET /claims_endpoint Bearer "+sourceToken {
			t.Errorf("asked %v", got)
		}
	})
}

func inUserInfo(source map[string]any, claims ...string) func(*hosttest.Knobs) {
	names := map[string]any{}
	for _, claim := range claims {
		names[claim] = "src1"
	}
	return func(k *hosttest.Knobs) {
		k.UserClaims = map[string]any{"_claim_names": names, "_claim_sources": map[string]any{"src1": source}}
	}
}

// TestUserInfoOfSubAlone is a provider that tells nothing there.
func TestUserInfoOfSubAlone(t *testing.T) {
	w := newWorld(t, func(k *hosttest.Knobs) { k.UserClaims = nil }, nil)
	doc := w.must(t)
	if raw, _ := doc.Sources.Raw(attrs.UserInfo); strings.TrimSpace(string(raw)) != `{"sub":"alice-7f3a"}` || len(doc.Warnings) > 0 {
		t.Errorf("userinfo %s, warnings %v", raw, doc.Warnings)
	}
}

func TestClaimSourceSettings(t *testing.T) {
	good := ClaimSources{Allow: []string{"https://claims.example.com/v1/"}, Endpoints: map[string]string{"groups": "https://claims.example.com/v1/me?$select=id"}}
	for name, c := range map[string]struct {
		sources ClaimSources
		want    string
	}{
		"good":                 {good, ""},
		"an endpoint outside":  {ClaimSources{Allow: good.Allow, Endpoints: map[string]string{"groups": "https://claims.example.com/v2/me"}}, "claim_sources.endpoints"},
		"an entry with query":  {ClaimSources{Allow: []string{"https://claims.example.com/v1/?a=b"}}, "claim_sources.allow"},
		"an entry with dots":   {ClaimSources{Allow: []string{"https://claims.example.com/v1/../"}}, "claim_sources.allow"},
		"an entry on http":     {ClaimSources{Allow: []string{"http://claims.example.com/v1/"}}, "claim_sources.allow"},
		"keys on http":         {ClaimSources{Issuers: map[string]string{otherIssuer: "http://claims.example.com/jwks"}}, "claim_sources.issuers"},
		"an unknown onfailure": {ClaimSources{OnFailure: "ignore"}, "on_failure"},
	} {
		_, err := New(Config{Name: "corp", Issuer: "https://idp.example.com", ClientID: "x", AuthMethod: NoClientAuth, ClaimSources: c.sources})
		if c.want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A refresh asks the claim sources again: a group that is gone is gone, and
// what cannot be had is missing, whatever on_failure says.
func TestT24_RefreshedClaimSources(t *testing.T) {
	at := newClaimsAt(t)
	at.answers["/groups"] = says("application/json", `{"value":["engineers","payroll"]}`)
	w, doc, tokens := signedIn(t, elsewhere(map[string]any{"endpoint": "https://graph.windows.net/"}, "groups"), func(c *Config) {
		c.ClaimSources.Allow, c.ClaimSources.Endpoints = []string{at.URL + "/"}, map[string]string{"groups": at.URL + "/groups"}
	})
	if got := toldElsewhere(t, doc); got != `{"groups":["engineers","payroll"]}` {
		t.Fatalf("sign-in: %s", got)
	}
	for _, c := range []struct {
		answer http.HandlerFunc
		want   string
	}{
		{says("application/json", `{"value":["engineers"]}`), `{"groups":["engineers"]}`},
		{http.NotFound, ""},
		{says("application/json", `{"value":[]}`), `{"groups":[]}`},
	} {
		at.mu.Lock()
		at.answers["/groups"] = c.answer
		at.mu.Unlock()
		renewal, err := w.rp.Refresh(w.ctx(), doc, tokens, login.Want{})
		if err != nil {
			t.Fatal(err)
		}
		doc, tokens = renewal.Document, renewal.Tokens
		if got := toldElsewhere(t, doc); got != c.want || doc.Lacks(attrs.ClaimSources) != (c.want == "") {
			t.Errorf("refreshed: %s, missing %v, want %s", got, doc.Missing, c.want)
		}
		all := at.requests()
		if got := all[len(all)-1]; got != "GET /groups Bearer "+tokens.Access {
			t.Errorf("asked %s", got)
		}
	}
}
