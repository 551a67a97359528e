package host_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
)

// A result that is kept no more says so to a person, and leads to another test;
// to another session it looks the same. A program gets the problem alone.
func TestConsole_AResultThatIsGoneLeadsToAnotherTest(t *testing.T) {
	t.Parallel()
	s := operators(t, hosttest.NewProvider(t), settings{})
	b, other := s.operator(), s.operator()
	result := b.test(nil).Request.URL.Path
	stripped := func(a answer) string { return strings.ReplaceAll(a.Body, a.Header.Get("X-Request-Id"), "") }
	strange := other.get(result)
	s.idp.Clock.Advance(10 * time.Minute)
	gone := b.get(result)
	if stripped(gone) != stripped(strange) {
		t.Errorf("to another session it is\n%s\nand when it is gone\n%s", stripped(strange), stripped(gone))
	}
	for what, a := range map[string]answer{"the result": gone, "the login file": b.get(result + "/login.json"), "the test logout": b.post(result+"/logout", nil), "no result at all": b.get("/console/test-login/corp/nothing")} {
		if a.StatusCode != http.StatusNotFound || a.code() != "not_found" || !strings.Contains(plainText(a.Body), "kept for ten minutes") || !strings.Contains(a.Body, `href="/console/test-login/corp"`) {
			t.Errorf("%s: %s\n%s", what, a.Status, plainText(a.Body))
		}
	}
	if a := b.get("/console/test-login/corp"); a.StatusCode != http.StatusOK || strings.Contains(a.Body, result) {
		t.Errorf("the way on: %s", a.Status)
	}
	in := b.request("GET", result, "")
	in.Header.Set("Accept", "application/json")
	if a := b.do(in); a.StatusCode != http.StatusNotFound || a.code() != "not_found" || strings.Contains(a.Body, "<") {
		t.Errorf("to a program: %s\n%s", a.Status, a.Body)
	}
	if a := b.get(strings.Replace(result, "/corp/", "/nobody/", 1)); a.StatusCode != http.StatusNotFound || strings.Contains(a.Body, "/console/test-login/nobody") {
		t.Errorf("of a provider that there is not: %s", a.Status)
	}
}
