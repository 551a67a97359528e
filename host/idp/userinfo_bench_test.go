package idp

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/people"
)

// BenchmarkUserInfo is the userinfo endpoint in process, a person with
// something for every scope: opaque and JWT access tokens, and answers signed
// with each algorithm.
func BenchmarkUserInfo(b *testing.B) {
	hush(b)
	opaque := func(*clients.Client) {}
	for _, kind := range []struct {
		name   string
		change func(*clients.Client)
	}{
		{"token=opaque", opaque},
		{"token=jwt", func(c *clients.Client) { c.AccessTokens = "jwt" }},
		{"signed=RS256", func(c *clients.Client) { c.UserInfoAlg = "RS256" }},
		{"signed=ES256", func(c *clients.Client) { c.UserInfoAlg = "ES256" }},
		{"signed=EdDSA", func(c *clients.Client) { c.UserInfoAlg = "EdDSA" }},
		{"signed=HS256", func(c *clients.Client) {
			c.UserInfoAlg, c.UserInfoKey = "HS256", clients.Secret(strings.Repeat("k", 32))
		}},
	} {
		b.Run(kind.name, func(b *testing.B) { askUserInfo(b, kind.change) })
	}
	for _, n := range populations(b) {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) { askUserInfo(b, opaque, crowd(n)...) })
	}
}

// askUserInfo calls the endpoint with the token of one client, with others in
// the store.
func askUserInfo(b *testing.B, change func(*clients.Client), others ...people.Person) {
	bench := newBench(b, client("asked", change))
	must(b, bench.people.Keep(b.Context(), others...))
	person := full
	person.Subject, person.UserName, person.PasswordHash = "sub-grace", "grace", cheapHash(adaPass)
	_, err := bench.people.PutPerson(b.Context(), person)
	must(b, err)
	bearer := "Bearer " + bench.issued("asked", "grace", "openid profile email phone address groups roles").AccessToken
	r, err := http.NewRequest(http.MethodGet, bench.issuer+pathUserInfo, http.NoBody)
	must(b, err)
	r.Header.Set("Authorization", bearer)
	b.ReportAllocs()
	for b.Loop() {
		w := &answer{header: http.Header{}}
		bench.provider.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status, w.body.String())
		}
	}
}

// populations are how many people there are in the store: those of
// DOORWARD_BENCH_PEOPLE too, which take their time and disk.
func populations(b *testing.B) []int {
	counts := []int{10, 10_000}
	if more := os.Getenv("DOORWARD_BENCH_PEOPLE"); more != "" {
		n, err := strconv.Atoi(more)
		must(b, err)
		counts = append(counts, n)
	}
	return counts
}

// crowd is so many people.
func crowd(n int) []people.Person {
	all := make([]people.Person, n)
	for i := range all {
		name := fmt.Sprintf("person%07d", i)
		all[i] = people.Person{Subject: "sub-" + name, UserName: name, Name: "Person " + name, Email: name + "@example.com", Groups: []string{"crowd"}}
	}
	return all
}
