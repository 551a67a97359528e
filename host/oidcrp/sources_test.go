package oidcrp

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
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

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
