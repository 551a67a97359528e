package idp

// What the machines' endpoints cost, in process: no socket, the store without
// its disk.

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/doorward/doorward/host/idp/ask"
	"github.com/doorward/doorward/host/idp/clients"
)

// inProcess is one POST of a client with a secret.
func (b *bench) inProcess(client, path string, form url.Values) []byte {
	r, err := http.NewRequest(http.MethodPost, b.issuer+path, http.NoBody)
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(client, appSecret)
	r.PostForm, r.Form = form, form
	w := &answer{header: http.Header{}}
	b.provider.ServeHTTP(w, r)
	if w.status != http.StatusOK {
		b.t.Fatal(w.status, w.body.String())
	}
	return w.body.Bytes()
}

// codeFor is a code for ada, ready to be redeemed.
func (b *bench) codeFor(client string) string {
	ada, err := b.people.Person(b.t.Context(), "ada")
	must(b.t, err)
	s := b.provider.newSession(&http.Request{}, Proof{Person: ada, AMR: []string{"uname", "pwd"}}, nil, false)
	req := ask.Request{ClientID: client, RedirectURI: callback, Challenge: asking().Get("code_challenge"), Scopes: []string{"openid", "offline_access"}}
	code, issue := b.provider.newCode(req, s, true)
	must(b.t, b.store.Apply(b.t.Context(), issue...))
	return code
}

func (b *bench) exchangeInProcess(client, code string) (out struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
}) {
	must(b.t, json.Unmarshal(b.inProcess(client, pathToken, url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
	}), &out))
	return out
}

// kinds are the clients of these benchmarks, by what they get.
func kinds(c *Config) {
	machines(c)
	c.Clients = append(c.Clients, clients.Client{ID: "es256", Secret: appSecret, RedirectURIs: []string{callback}, IDTokenAlg: "ES256"})
}

// BenchmarkCodeExchange is an ID token and an access token for a code, which
// is made before and not counted.
func BenchmarkCodeExchange(b *testing.B) {
	for name, client := range map[string]string{"RS256": "app", "ES256": "es256", "JWT": "jwt", "refresh": "keeper"} {
		b.Run(name, func(b *testing.B) {
			hush(b)
			bench := newBench(b, kinds)
			for range b.N {
				b.StopTimer()
				code := bench.codeFor(client)
				b.StartTimer()
				bench.exchangeInProcess(client, code)
			}
		})
	}
}

// BenchmarkRefresh is one use of a refresh token, ID token included.
func BenchmarkRefresh(b *testing.B) {
	for name, client := range map[string]string{"opaque": "keeper", "JWT": "jwt"} {
		b.Run(name, func(b *testing.B) {
			hush(b)
			bench := newBench(b, kinds)
			got := bench.exchangeInProcess(client, bench.codeFor(client))
			for b.Loop() {
				token := got.Refresh
				must(b, json.Unmarshal(bench.inProcess(client, pathToken, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}), &got))
			}
		})
	}
}

// BenchmarkIntrospect is about a token that is good.
func BenchmarkIntrospect(b *testing.B) {
	for name, client := range map[string]string{"opaque": "keeper", "JWT": "jwt"} {
		b.Run(name, func(b *testing.B) {
			hush(b)
			bench := newBench(b, kinds)
			got := bench.exchangeInProcess(client, bench.codeFor(client))
			for b.Loop() {
				bench.inProcess(client, pathIntrospect, url.Values{"token": {got.Access}})
			}
		})
	}
}
