package oidcrp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/token"
)

func TestDistributedClaims(t *testing.T) {
	at := newClaimsAt(t)
	at.answers["/v1/claims"] = says("application/json", `{"groups":["payroll"],"score":650.0,"unasked":1}`)
	w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
		c.ClaimSources.Allow = []string{at.URL + "/v1/"}
		op.Set(elsewhere(map[string]any{"endpoint": at.URL + "/v1/claims", "access_token": sourceToken}, "groups", "score"))
	})
	doc := w.must(t)
	if got := toldElsewhere(t, doc); got != `{"groups":["payroll"],"score":650.0}` {
		t.Errorf("claim sources %s", got)
	}
	if got := at.requests(); len(got) != 1 || got[0] != "GET /v1/claims Bearer "+sourceToken {
		t.Errorf("it was asked %v", got)
	}
	out := w.step(t, "claimSources").Out
	if fmt.Sprint(out["sources"], out["claims"], out["hosts"]) != "1 2 ["+strings.TrimPrefix(at.URL, "https://")+"]" {
		t.Errorf("the trace says %v", out)
	}
	for where, text := range map[string]string{"the trace": w.told(), "the redacted document": string(must(json.Marshal(doc.Sources.Redacted())))} {
		absent(t, where, text, "the source's token", sourceToken)
	}
}

func TestT50_ClaimSourcesAreAskedOnlyWhereItIsAllowed(t *testing.T) {
	at, elseAt := newClaimsAt(t), newClaimsAt(t)
	for _, c := range []*claimsAt{at, elseAt} {
		for _, path := range []string{"/v1/claims", "/v1", "/v10/claims", "/v2/claims", "/"} {
			c.answers[path] = says("application/json", `{"groups":["payroll"]}`)
		}
	}
	at.answers["/v1/there"] = func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elseAt.URL+"/v1/claims", http.StatusFound)
	}
	host := strings.TrimPrefix(at.URL, "https://")
	plain := httptest.NewServer(says("application/json", `{"groups":["payroll"]}`))
	defer plain.Close()
	for endpoint, allowed := range map[string]bool{
		at.URL + "/v1/claims":            true,
		at.URL + "/v1/claims?a=b%2F..":   true,
		"HTTPS://" + host + "/v1/claims": true,

		at.URL + "/v1":                                        false, // the entry ends in a slash
		at.URL + "/v10/claims":                                false,
		at.URL + "/v2/claims":                                 false,
		at.URL + "/V1/claims":                                 false,
		at.URL + "/":                                          false,
		at.URL + "/v1/../v2/claims":                           false,
		at.URL + "/v1/./claims":                               false,
		at.URL + "/v1/..":                                     false,
		at.URL + "/v1/%2e%2e/v2/claims":                       false,
		at.URL + "/v1/..;/v2/claims":                          false,
		at.URL + "/v1/..%2fv2/claims":                         false,
		at.URL + `/v1/..\v2\claims`:                           false,
		at.URL + "//v1/claims":                                false,
		at.URL + "/v1//claims":                                false,
		at.URL + "/v1/claims#x":                               false,
		at.URL + "/v1/claims\n":                               false,
		at.URL + "/v1/cl\u00e4ims":                            false,
		at.URL + "@" + host + "/v1/claims":                    false,
		"https://user:pass@" + host + "/v1/claims":            false,
		"https://" + host + ".attacker.example/v1/claims":     false,
		"https://attacker.example:443/v1/claims":              false,
		"https://127.0.0.1/v1/claims":                         false, // another port
		"https://localhost:" + portOf(host) + "/v1/claims":    false, // another name of the same machine
		"https://[::ffff:127.0.0.1]:" + portOf(host) + "/v1/": false,
		elseAt.URL + "/v1/claims":                             false,
		plain.URL + "/v1/claims":                              false,
		"http://" + host + "/v1/claims":                       false,
		"file:///etc/passwd":                                  false,
		"https:///v1/claims":                                  false,
		"//" + host + "/v1/claims":                            false,
		"/v1/claims":                                          false,
		"":                                                    false,
	} {
		before := len(at.requests()) + len(elseAt.requests())
		knobs := elsewhere(map[string]any{"endpoint": endpoint, "access_token": sourceToken}, "groups")
		config := func(c *Config, op *hosttest.Provider) { c.ClaimSources.Allow = []string{at.URL + "/v1/"} }
		if allowed {
			w := newWorldWith(t, func(c *Config, op *hosttest.Provider) { op.Set(knobs); config(c, op) })
			if got := toldElsewhere(t, w.must(t)); got != `{"groups":["payroll"]}` {
				t.Errorf("%q: claim sources %s", endpoint, got)
			}
			continue
		}
		why := "claim_sources.allow"
		if endpoint == "" {
			why = "neither jwt nor endpoint"
		}
		sourcesFail(t, knobs, config, why)
		if after := len(at.requests()) + len(elseAt.requests()); after != before {
			t.Errorf("%q was asked", endpoint)
		}
	}
	asked := len(elseAt.requests())
	sourcesFail(t, elsewhere(map[string]any{"endpoint": at.URL + "/v1/there", "access_token": sourceToken}, "groups"),
		func(c *Config, _ *hosttest.Provider) { c.ClaimSources.Allow = []string{at.URL + "/v1/"} }, "status 302")
	if len(elseAt.requests()) != asked {
		t.Error("a redirect was followed")
	}
}

func portOf(host string) string { return host[strings.LastIndexByte(host, ':')+1:] }

func TestDistributedClaimsOfEveryKindOfAnswer(t *testing.T) {
	at := newClaimsAt(t)
	base := at.URL + "/v1/"
	page := func(next string, items string) http.HandlerFunc {
		if next != "" {
			next = `,"@odata.nextLink":"` + next + `"`
		}
		return says("application/json;odata.metadata=minimal", `{"@odata.context":"x","value":[`+items+`]`+next+`}`)
	}
	for path, answer := range map[string]http.HandlerFunc{
		"json":       says("application/json", `{"groups":{"a":[1.0,null]}}`),
		"null":       says("application/json", `{"groups":null}`),
		"nothing":    says("application/json", `{"other":1}`),
		"ids":        page("", `{"@odata.type":"#microsoft.graph.group","id":"payroll","displayName":"Payroll"},{"id":"b"}`),
		"names":      page("", `"payroll","b"`),
		"empty":      page("", ``),
		"first":      page(base+"second", `{"id":"payroll"}`),
		"second":     page(base+"third?$skiptoken=RFNwdAIAAQ%3d", `{"id":"b"}`),
		"third":      page("", `{"id":"c"}`),
		"both":       says("application/json", `{"groups":["x"],"value":["payroll"]}`),
		"astray":     page("https://attacker.example/v1/second", `{"id":"payroll"}`),
		"round":      page(base+"round", `{"id":"payroll"}`),
		"nolink":     says("application/json", `{"value":["payroll"],"@odata.nextLink":7}`),
		"nameless":   page("", `{"displayName":"payroll"}`),
		"numbers":    page("", `7`),
		"object":     says("application/json", `{"value":{"id":"payroll"}}`),
		"html":       says("text/html", `<p>payroll`),
		"array":      says("application/json", `["payroll"]`),
		"duplicate":  says("application/json", `{"groups":["payroll"],"groups":["payroll"]}`),
		"large":      says("application/json", `{"groups":"payroll`+strings.Repeat("a", 1<<20)+`"}`),
		"forbidden":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"error":      func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "payroll", http.StatusInternalServerError) },
		"created":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
		"unsigned":   says("application/jwt", hosttest.Sign("none", nil, map[string]any{"alg": "none"}, map[string]any{"groups": []string{"payroll"}})),
		"not-a-jwt":  says("application/jwt", `{"groups":["payroll"]}`),
		"slow":       func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"bad-signed": says("application/jwt", hosttest.Spoil(signed(hosttest.ECKey(), "ES256", map[string]any{"groups": []string{"payroll"}}))),
		"signed":     says("application/jwt", signed(hosttest.ECKey(), "ES256", map[string]any{"groups": []string{"payroll"}, "more": 1})),
	} {
		at.answers["/v1/"+path] = answer
	}
	for path, want := range map[string]string{
		"json":    `{"groups":{"a":[1.0,null]}}`,
		"null":    `{"groups":null}`,
		"nothing": ``, // the source is not obliged to have it
		"ids":     `{"groups":["payroll","b"]}`,
		"names":   `{"groups":["payroll","b"]}`,
		"empty":   `{"groups":[]}`,
		"first":   `{"groups":["payroll","b","c"]}`,
		"both":    `{"groups":["x"]}`,
		"signed":  `{"groups":["payroll"]}`,
	} {
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
			c.ClaimSources.Allow = []string{base}
			op.Set(elsewhere(map[string]any{"endpoint": base + path, "access_token": sourceToken}, "groups"))
		})
		if got := toldElsewhere(t, w.must(t)); got != want {
			t.Errorf("%s: claim sources %s", path, got)
		}
	}
	for path, why := range map[string]string{
		"astray": "another host", "round": "20 pages", "nolink": "next page", "nameless": "an id", "numbers": "an id", "object": "list",
		"html": "content type", "array": "json object", "duplicate": "json object", "large": "too large",
		"forbidden": "permission", "error": "status 500", "created": "status 201", "missing": "status 404",
		"unsigned": "signature", "not-a-jwt": "malformed", "bad-signed": "signature", "slow": "deadline",
	} {
		sourcesFail(t, elsewhere(map[string]any{"endpoint": base + path, "access_token": sourceToken}, "groups"), func(c *Config, op *hosttest.Provider) {
			c.ClaimSources.Allow = []string{base}
			if path == "slow" {
				c.HTTP = token.NewClient(token.ClientConfig{RootCAs: op.CA(), Timeout: 300 * time.Millisecond})
			}
		}, why)
	}
}

// TestGroupOverage is Entra ID's: the token names the groups' place at an API
// that has been shut down, and brings no access token.
func TestGroupOverage(t *testing.T) {
	at := newClaimsAt(t)
	at.answers["/v1.0/me/transitiveMemberOf"] = says("application/json", `{"value":[{"id":"9f6a"},{"id":"17c2"}]}`)
	address := at.URL + "/v1.0/me/transitiveMemberOf?$select=id&$top=999"
	retired := map[string]any{"endpoint": "https://graph.windows.net/9c1e4a52/users/77a1/getMemberObjects"}
	configured := func(c *Config, op *hosttest.Provider) {
		c.ClaimSources.Allow = []string{at.URL + "/v1.0/"}
		c.ClaimSources.Endpoints = map[string]string{"groups": address}
		op.Set(func(k *hosttest.Knobs) { k.AccessToken = "canary-access-token-of-the-sign-in" })
	}
	for name, knobs := range map[string]func(*hosttest.Knobs){
		"_claim_names": elsewhere(retired, "groups"),
		"hasgroups":    func(k *hosttest.Knobs) { k.Claims = map[string]any{"hasgroups": true} },
		"no source":    func(k *hosttest.Knobs) { k.Claims = map[string]any{"_claim_names": map[string]any{"groups": "src1"}} },
	} {
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) { op.Set(knobs); configured(c, op) })
		if got := toldElsewhere(t, w.must(t)); got != `{"groups":["9f6a","17c2"]}` {
			t.Errorf("%s: claim sources %s", name, got)
		}
	}
	for _, request := range at.requests() {
		if request != "GET /v1.0/me/transitiveMemberOf?$select=id&$top=999 Bearer canary-access-token-of-the-sign-in" {
			t.Errorf("asked %s", request)
		}
	}
	sourcesFail(t, elsewhere(retired, "groups"), func(*Config, *hosttest.Provider) {}, "claim_sources.endpoints")
}

// The sign-in's access token is for nobody whose address the provider's token
// chose, even where that address is allowed.
func TestT50_TheSignInsTokenGoesOnlyWhereTheConfigurationSays(t *testing.T) {
	at := newClaimsAt(t)
	at.answers["/claims"] = says("application/json", `{"groups":["payroll"]}`)
	at.answers["/own"] = says("application/json", `{"groups":["payroll"]}`)
	for _, c := range []struct {
		source    map[string]any
		endpoints map[string]string
		want      string
	}{
		{source: map[string]any{"endpoint": at.URL + "/claims"}, want: "GET /claims"},
		{source: map[string]any{"endpoint": at.URL + "/claims", "access_token": sourceToken}, want: "GET /claims Bearer " + sourceToken},
		{source: map[string]any{"endpoint": at.URL + "/claims", "access_token": sourceToken}, endpoints: map[string]string{"groups": at.URL + "/own"}, want: "GET /own Bearer " + sourceToken},
		{source: map[string]any{"endpoint": at.URL + "/claims"}, endpoints: map[string]string{"groups": at.URL + "/own"}, want: "GET /own Bearer at-of-the-sign-in"},
		{source: map[string]any{"endpoint": at.URL + "/claims"}, endpoints: map[string]string{"other": at.URL + "/own"}, want: "GET /claims"},
	} {
		w := newWorldWith(t, func(cfg *Config, op *hosttest.Provider) {
			cfg.ClaimSources.Allow, cfg.ClaimSources.Endpoints = []string{at.URL + "/"}, c.endpoints
			op.Set(elsewhere(c.source, "groups"))
			op.Set(func(k *hosttest.Knobs) { k.AccessToken = "at-of-the-sign-in" })
		})
		w.must(t)
		all := at.requests()
		if got := all[len(all)-1]; got != c.want {
			t.Errorf("asked %s, want %s", got, c.want)
		}
	}
}

// A claim source that is asked with a token leads nobody with it to another one.
func TestT50_ANextPageTakesTheTokenToNoOtherHost(t *testing.T) {
	at, other := newClaimsAt(t), newClaimsAt(t)
	at.answers["/groups"] = says("application/json", `{"value":["payroll"],"@odata.nextLink":"`+other.URL+`/groups"}`)
	other.answers["/groups"] = says("application/json", `{"value":["more"]}`)
	sourcesFail(t, elsewhere(map[string]any{"endpoint": at.URL + "/groups"}, "groups"), func(c *Config, op *hosttest.Provider) {
		c.ClaimSources.Allow = []string{at.URL + "/", other.URL + "/"}
		c.ClaimSources.Endpoints = map[string]string{"groups": at.URL + "/groups"}
	}, "another host")
	if got := other.requests(); len(got) != 0 {
		t.Errorf("the other host was asked %v", got)
	}
}
