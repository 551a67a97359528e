package idtoken

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// FuzzHeader holds every value of the header to this: it is a token that the
// provider signed, or a refusal with a code and a check that tells nothing of it.
func FuzzHeader(f *testing.F) {
	p := provider(f)
	known := map[string]bool{}
	for _, c := range []claims{nil, {"aud": []string{"mobile"}}, {"iat": nil}, {"email": "ada@example.com"}} {
		for _, compact := range []string{signed(good(c)), hosttest.Sign("ES256", hosttest.ECKey().Private, map[string]any{"alg": "ES256"}, good(c))} {
			known[compact[:strings.LastIndexByte(compact, '.')]] = true
			f.Add(compact)
			f.Add(compact + compact)
			f.Add("Bearer " + compact)
		}
	}
	for _, seed := range []string{"", ".", "..", "....", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.", "\x00", "a.b.c", strings.Repeat("a.", 9)} {
		f.Add(seed)
	}
	checks := map[string]bool{checkMissing: true}
	for _, c := range Checks {
		checks[c.Name] = true
	}
	f.Fuzz(func(t *testing.T, value string) {
		doc, _, err := complete(p, value)
		if err == nil {
			if at := strings.LastIndexByte(value, '.'); at < 0 || !known[value[:at]] || doc.Person.Subject != "ada" {
				t.Fatalf("%q was taken", value)
			}
			return
		}
		if code := login.CodeOf(err); code != login.CodeIDTokenRefused && code != login.CodeIDTokenHeader || !checks[login.CheckOf(err)] {
			t.Fatalf("%v: code %s, check %q", err, code, login.CheckOf(err))
		}
		if len(value) > 16 && strings.Contains(err.Error()+login.HintOf(err), value) {
			t.Fatalf("the refusal holds the value: %v", err)
		}
	})
}
