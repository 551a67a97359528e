package idp

import (
	"log/slog"
	"testing"

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

// hush keeps what the protocol library logs out of the report.
func hush(b *testing.B) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	b.Cleanup(func() { slog.SetDefault(before) })
}
