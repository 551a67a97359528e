package oidcrp

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const (
	sourceToken = "canary-claim-source-token-7c1e"
	otherIssuer = "https://claims.example.com"
)

// claimsAt is a claims provider: what it answers by path, and what it was
// asked.
type claimsAt struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	asked   []*http.Request
}

func newClaimsAt(t testing.TB) *claimsAt {
	c := &claimsAt{answers: map[string]http.HandlerFunc{}}
	c.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.asked = append(c.asked, r)
		answer := c.answers[r.URL.Path]
		c.mu.Unlock()
		if answer == nil {
			http.NotFound(w, r)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(c.Close)
	return c
}

// requests are those so far, as METHOD URI AUTHORIZATION.
func (c *claimsAt) requests() (out []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.asked {
		out = append(out, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")))
	}
	return out
}

func says(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write([]byte(body))
	}
}

// elsewhere makes the ID token say that claims come from one source.
func elsewhere(source map[string]any, claims ...string) func(*hosttest.Knobs) {
	names := map[string]any{}
	for _, claim := range claims {
		names[claim] = "src1"
	}
	return func(k *hosttest.Knobs) {
		k.Claims = map[string]any{"_claim_names": names, "_claim_sources": map[string]any{"src1": source}}
	}
}

// signed is a JWT of claims, by one of hosttest's keys.
func signed(key hosttest.Key, alg string, claims map[string]any) string {
	return hosttest.Sign(alg, key.Private, map[string]any{"alg": alg, "kid": key.ID}, claims)
}

// toldElsewhere is what a login's claim sources yielded, as JSON.
func toldElsewhere(t testing.TB, doc login.Document) string {
	t.Helper()
	raw, has := doc.Sources.Raw(attrs.ClaimSources)
	if !has {
		return ""
	}
	return string(raw)
}

// sourcesFail fails the test unless the login is refused aloud by default, and
// goes on with a warning and without the claim when that is configured.
func sourcesFail(t *testing.T, knobs func(*hosttest.Knobs), change func(*Config, *hosttest.Provider), why string) {
	t.Helper()
	for _, onFailure := range []string{"refuse", "continue"} {
		w := newWorldWith(t, func(c *Config, op *hosttest.Provider) {
			op.Set(knobs)
			change(c, op)
			c.ClaimSources.OnFailure = onFailure
		})
		doc, err := w.login(t)
		told := w.told()
		if onFailure == "refuse" {
			refused(t, err, login.CodeClaimSourceFailed)
			told += err.Error()
		} else if warning, warned := hasWarning(doc, login.CodeClaimSourceFailed); err != nil || !warned || warning.Message != sourcesMessage || !doc.Lacks(attrs.ClaimSources) || strings.Contains(toldElsewhere(t, doc), "payroll") {
			t.Errorf("%s: error %v, warnings %v, sources %s", onFailure, err, doc.Warnings, toldElsewhere(t, doc))
		}
		if entry := w.step(t, "claimSources"); entry.Code != login.CodeClaimSourceFailed || !strings.Contains(entry.Error, why) {
			t.Errorf("%s: the trace says %s %q, want %q", onFailure, entry.Code, entry.Error, why)
		}
		absent(t, "the log or trace", told, "the source's token", sourceToken)
		absent(t, "the log or trace", told, "a JWT", "eyJ")
		absent(t, "the log or trace", told, "a claim", "payroll")
	}
}

func TestAggregatedClaims(t *testing.T) {
	keys := newClaimsAt(t)
	other := hosttest.EdKey()
	set, _ := json.Marshal(map[string]any{"keys": []any{other.Public()}})
	keys.answers["/jwks"] = says("application/jwk-set+json", string(set))
	config := func(c *Config, _ *hosttest.Provider) {
		c.ClaimSources.Issuers = map[string]string{otherIssuer: keys.URL + "/jwks"}
	}
	soon, past := time.Now().Add(time.Hour).Unix(), time.Now().Add(-time.Hour).Unix()
	type claims = map[string]any
	for _, c := range []struct {
		name, refused string
		alg           string
		key           hosttest.Key
		claims        claims
	}{
		{name: "of the provider, without iss", claims: claims{}},
		{name: "of the provider", claims: claims{"iss": "OP", "aud": "doorward", "exp": soon, "sub": "alice-7f3a"}},
		{name: "for a list of one", claims: claims{"aud": []string{"doorward"}}},
		{name: "of an issuer that is listed", alg: "EdDSA", key: other, claims: claims{"iss": otherIssuer, "sub": "another-name-there"}},

		{name: "of an issuer that is not", refused: "claim_sources.issuers", claims: claims{"iss": "https://attacker.example"}},
		{name: "of an iss that is no text", refused: "claim_sources.issuers", claims: claims{"iss": 5}},
		{name: "signed with another issuer's key", refused: "signature", alg: "EdDSA", key: hosttest.ECKey(), claims: claims{"iss": otherIssuer}},
		{name: "of a listed issuer with the provider's key", refused: "signature", claims: claims{"iss": otherIssuer}},
		{name: "for somebody else", refused: "aud", claims: claims{"aud": "another-client"}},
		{name: "for us and somebody else", refused: "aud", claims: claims{"aud": []string{"doorward", "another-client"}}},
		{name: "past", refused: "exp", claims: claims{"exp": past}},
		{name: "not yet", refused: "nbf", claims: claims{"nbf": soon}},
		{name: "of another person at the provider", refused: "sub", claims: claims{"sub": "mallory"}},
		{name: "unsigned", refused: "signature", alg: "none", claims: claims{}},
		{name: "with the client secret", refused: "signature", alg: "HS256", claims: claims{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.claims["groups"] = []string{"payroll"}
			c.claims["salary"] = json.Number("12.50")
			c.claims["unasked"] = true
			knobs := func(k *hosttest.Knobs) {}
			set := func(cfg *Config, op *hosttest.Provider) {
				config(cfg, op)
				if c.claims["iss"] == "OP" {
					c.claims["iss"] = op.URL
				}
				alg, key := c.alg, any(c.key.Private)
				switch {
				case alg == "":
					alg, c.key = "RS256", op.SigningKey()
					key = c.key.Private
				case alg == "HS256":
					key = []byte(op.ClientSecret)
				case c.key == hosttest.ECKey():
					alg = "ES256"
				}
				compact := hosttest.Sign(alg, key, map[string]any{"alg": alg, "kid": c.key.ID}, c.claims)
				op.Set(elsewhere(map[string]any{"JWT": compact}, "groups", "salary", "nowhere"))
			}
			if c.refused != "" {
				sourcesFail(t, knobs, set, c.refused)
				return
			}
			w := newWorldWith(t, set)
			if got := toldElsewhere(t, w.must(t)); got != `{"groups":["payroll"],"salary":12.50}` {
				t.Errorf("claim sources %s", got)
			}
			absent(t, "the log or trace", w.told(), "a claim", "payroll")
			absent(t, "the log or trace", w.told(), "a JWT", "eyJ")
		})
	}
}

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

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
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
		"astray": "claim_sources.allow", "round": "20 pages", "nolink": "next page", "nameless": "an id", "numbers": "an id", "object": "list",
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
