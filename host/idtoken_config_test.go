package host_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// The console says that there is nothing to test in a browser, and how to try.
func TestIDToken_TheConsoleHasNoTestOfIt(t *testing.T) {
	t.Parallel()
	idp := hosttest.NewProvider(t)
	s := operators(t, idp, settings{Rest: partner(idp, partnerKeys)})
	b := s.operator()
	a := b.get("/console/test-login/partner")
	text := plainText(a.Body)
	if a.StatusCode != http.StatusOK || strings.Contains(a.Body, "<form class=\"stack\"") {
		t.Errorf("%s: a test can be begun\n%s", a.Status, text)
	}
	for _, want := range []string{"There is nothing to begin here", "oidc_id_token: $ID_TOKEN", publicURL + "/login/id-token/partner", s.idp.URL} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	s.helpful(b.post("/console/test-login/partner", url.Values{}), string(login.CodeNotInteractive))
	if a := b.get("/console/test-login/corp"); !strings.Contains(a.Body, "Begin the test") {
		t.Error("the other provider's test is gone")
	}
}

// doorward check asks for the keys, and names the key of the configuration that
// is wrong.
func TestIDToken_Check(t *testing.T) {
	t.Parallel()
	s := newPartner(t)
	check := func(change func(*config.IDToken)) error {
		o := s.options()
		change(o.Config.Providers["partner"].IDToken)
		_, err := host.Check(t.Context(), o, nil, false)
		return err
	}
	if err := check(func(*config.IDToken) {}); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*config.IDToken){
		"providers.partner.id_token.well_known":  func(c *config.IDToken) { c.WellKnown = s.idp.URL + "/nowhere" },
		"providers.partner.id_token.success_url": func(c *config.IDToken) { c.SuccessURL = "https://attacker.example/" },
		"providers.partner.id_token.jwks_file":   func(c *config.IDToken) { c.WellKnown, c.JWKSFile, c.JWKS = "", "keys.json", []byte("{}") },
		"no partner":                             func(c *config.IDToken) { c.Issuer = "{" },
	} {
		if err := check(change); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
