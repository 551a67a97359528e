package idp

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// T09 to T12: the addresses that the host's own redirects are held against: to none of them
// does a sign-out lead, nor to a path that some server reads as a configured one.
func TestT09_EndSessionAgainstTheHostsCorpus(t *testing.T) {
	raw, err := os.ReadFile("../web/testdata/addresses.json")
	must(t, err)
	var corpus struct{ Refused, Ambiguous, Disputed []string }
	must(t, json.Unmarshal(raw, &corpus))
	if len(corpus.Refused) < 50 || len(corpus.Ambiguous) < 30 || len(corpus.Disputed) < 10 {
		t.Fatal(len(corpus.Refused), len(corpus.Ambiguous), len(corpus.Disputed))
	}
	configured := []string{"https://wiki.example.com/", "https://wiki.example.com/admin", "https://shop.example.com:8443/cart", "https://login.example.com/"}
	refused := corpus.Refused
	for _, path := range append(corpus.Ambiguous, corpus.Disputed...) {
		refused = append(refused, "https://wiki.example.com"+path)
	}
	for _, uri := range configured {
		host := strings.TrimPrefix(uri, "https://")
		refused = append(refused, "https://user@"+host, "https://@"+host, "https://evil.example@"+host, uri+"?", uri+"#", uri+" ", strings.ToUpper(uri), strings.TrimPrefix(uri, "https:"))
	}
	b := newBench(t, func(cfg *Config) {
		cfg.Clients[0].PostLogoutRedirectURIs = append(cfg.Clients[0].PostLogoutRedirectURIs, configured...)
	})
	c := b.browser()
	got, _ := b.redeemed(c.signIn("ada", adaPass))
	for _, uri := range refused {
		form := url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {uri}}
		for method, r := range map[string]result{"GET": c.get(pathEndSession, form), "POST": c.post(pathEndSession, form)} {
			if r.StatusCode != http.StatusBadRequest || r.Header.Get("Location")+r.Header.Get("Refresh") != "" || strings.Contains(r.body, "evil.example") {
				t.Errorf("%s to %q: %d, Location %q", method, uri, r.StatusCode, r.Header.Get("Location"))
			}
		}
	}
	if !c.signedIn() {
		t.Error("a refused request ended the session")
	}
	for _, uri := range configured {
		form := url.Values{"id_token_hint": {got.IDToken}, "post_logout_redirect_uri": {uri}}
		if r := c.get(pathEndSession, form); r.StatusCode/100 != 3 || r.Header.Get("Location") != uri {
			t.Errorf("%s, which is configured: %d, Location %q", uri, r.StatusCode, r.Header.Get("Location"))
		}
	}
}
