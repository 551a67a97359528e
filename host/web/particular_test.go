package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/doorward/doorward/host/login"
)

// A failure that says more than its code says it in the problem document; any
// other document is the one that all failures of its code have.
func TestProblem_CheckAndHint(t *testing.T) {
	read := func(err error) (p problem) {
		t.Helper()
		var text []byte
		for _, part := range problemOf(err, login.CodeIDTokenRefused, "0011223344556677") {
			text = append(text, part...)
		}
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		return p
	}
	say := sentenceOf(login.CodeIDTokenRefused)
	for _, c := range []struct {
		err           error
		check, detail string
	}{
		{&login.Fault{Code: login.CodeIDTokenRefused, Detail: "for the log", Err: errors.New("for the log")}, "", say.text},
		{&login.Fault{Code: login.CodeIDTokenRefused, Check: "expired"}, "expired", say.text},
		{fmt.Errorf("wrapped: %w", &login.Fault{Code: login.CodeIDTokenRefused, Check: "expired", Hint: `It "has" <expired>.`}), "expired", say.text + ` It "has" <expired>.`},
	} {
		if p := read(c.err); p.Check != c.check || p.Detail != c.detail || p.Code != login.CodeIDTokenRefused || p.Status != say.status || p.RequestID != "0011223344556677" {
			t.Errorf("%+v", p)
		}
	}
}
