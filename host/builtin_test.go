package host_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/hosttest"
)

var sealedRequest = regexp.MustCompile(`name="request" value="([^"]+)"`)

// The host signs people in at its built-in provider whatever keys that has, and
// with RSA only where there is nothing else.
func TestOwnIDTokens(t *testing.T) {
	t.Parallel()
	for algs, want := range map[string]string{"": "ES256", "RS256": "RS256", "RS256, EdDSA": "EdDSA", "RS256, EdDSA, ES256": "ES256"} {
		with := staff(t)
		with.Builtin += "\nsign_in: {methods: [badge]}"
		var list []string
		if algs != "" {
			with.Builtin += "\nsigning_keys: {algorithms: [" + algs + "]}"
			list = strings.Split(algs, ", ")
		}
		if got := host.OwnIDTokenAlg(list); got != want {
			t.Errorf("%s: signed with %s", algs, got)
		}
		b := newSite(t, hosttest.NewProvider(t), with).browser()
		page := b.get("/login?idp=staff")
		m := sealedRequest.FindStringSubmatch(page.Body)
		if m == nil {
			t.Fatalf("%s: no form: %s\n%s", algs, page.Status, page.Body)
		}
		b.post("/idp/sign-in", url.Values{"request": {html.UnescapeString(m[1])}, "method": {"badge"}, "badge": {"7777"}})
		if d := b.session(); !d.Authenticated {
			t.Errorf("%s: nobody is signed in\n%s", algs, b.site.log)
		}
	}
}
