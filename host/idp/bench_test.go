package idp

import (
	"log/slog"
	"net/http"
	"net/url"
	"testing"

	"github.com/doorward/doorward/host/idp/ask"

	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
)

// BenchmarkSignIn is a forced sign-in over HTTP, page and form, with the cost
// of a real hash.
func BenchmarkSignIn(b *testing.B) {
	hush(b)
	bench := newBench(b)
	hash, err := people.HashPassword(adaPass)
	must(b, err)
	_, err = bench.people.PutPerson(b.Context(), people.Person{UserName: "ada", PasswordHash: hash})
	must(b, err)
	c := bench.browser()
	for b.Loop() {
		c.signIn("ada", adaPass, "prompt", "login")
	}
}

// BenchmarkSingleSignOn is an answer from the session, over HTTP.
func BenchmarkSingleSignOn(b *testing.B) {
	hush(b)
	bench := newBench(b)
	c := bench.browser()
	c.signIn("ada", adaPass)
	for b.Loop() {
		c.back(c.get(pathAuthorize, asking()))
	}
}

// BenchmarkCodeExchange is the token endpoint in process, signature included;
// making the code is not counted.
func BenchmarkCodeExchange(b *testing.B) {
	hush(b)
	bench := newBench(b)
	ada, err := bench.people.Person(b.Context(), "ada")
	must(b, err)
	s := bench.provider.newSession(&http.Request{}, Proof{Person: ada, AMR: factors.Proved{Method: factors.Password}.AMR()}, nil, false)
	req := ask.Request{ClientID: "app", RedirectURI: callback, Challenge: asking().Get("code_challenge"), Scopes: []string{"openid"}}
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		code, issue := bench.provider.newCode(req, s, true)
		must(b, bench.store.Apply(b.Context(), issue...))
		form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier}}
		r, err := http.NewRequest(http.MethodPost, bench.issuer+pathToken, http.NoBody)
		must(b, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("app", appSecret)
		r.PostForm, r.Form = form, form
		b.StartTimer()
		w := &answer{header: http.Header{}}
		bench.provider.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status, w.body.String())
		}
	}
}

// hush keeps what the protocol library logs out of the report.
func hush(b *testing.B) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	b.Cleanup(func() { slog.SetDefault(before) })
}
