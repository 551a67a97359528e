package idp

// What clients ask of the acr claim (OpenID Connect Core 1.0, section 5.5.1.1;
// REFERENCE b.4).

import (
	"testing"

	"github.com/doorward/doorward/host/idp/factors"
)

func TestACR(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	essential := func(values string) string { return `{"id_token":{"acr":{"essential":true,` + values + `}}}` }
	for name, test := range map[string]struct {
		changes []string
		acr     string
		failure string
	}{
		"not asked for":               {nil, factors.ACRPassword, ""},
		"acr_values, the best first":  {[]string{"acr_values", "1 " + factors.ACRBadge + " " + factors.ACRPassword}, factors.ACRBadge, ""},
		"acr_values that are unknown": {[]string{"acr_values", "1 2"}, factors.ACRPassword, ""},
		"acr_values out of reach":     {[]string{"acr_values", factors.ACRPasskey}, factors.ACRPassword, ""},
		"essential and met":           {[]string{"claims", essential(`"value":"` + factors.ACRPassword + `"`)}, factors.ACRPassword, ""},
		"essential, one of them met":  {[]string{"claims", essential(`"values":["1","` + factors.ACRBadge + `"]`)}, factors.ACRBadge, ""},
		"essential, whatever it is":   {[]string{"claims", `{"id_token":{"acr":{"essential":true}}}`}, factors.ACRPassword, ""},
		"voluntary, not met":          {[]string{"claims", `{"id_token":{"acr":{"values":["1"]}}}`}, factors.ACRPassword, ""},
		"essential and unknown":       {[]string{"claims", essential(`"values":["1","2"]`)}, "", "unmet_authentication_requirements"},
		"essential, needs more":       {[]string{"claims", essential(`"value":"` + factors.ACRPasskey + `"`)}, "", "login_required"},
	} {
		t.Run(name, func(t *testing.T) {
			q := c.back(c.get(pathAuthorize, asking(append(test.changes, "prompt", "none")...)))
			if q.Get("error") != test.failure {
				t.Fatalf("%v, want %q", q, test.failure)
			}
			if test.failure != "" {
				return
			}
			if _, claims := b.redeemed(q.Get("code")); claims["acr"] != test.acr || claims["challenged"] != false {
				t.Errorf("%v, want acr %s", claims, test.acr)
			}
		})
	}
	// Who has no passkey is asked for what they have, and that does not do.
	page := c.get(pathAuthorize, asking("claims", essential(`"value":"`+factors.ACRPasskey+`"`)))
	before := c.session()
	if q := c.back(c.submit(page, "ada", adaPass)); q.Get("error") != "unmet_authentication_requirements" || c.session() != before {
		t.Errorf("%v", q)
	}
}

func TestSubjectAskedForByValue(t *testing.T) {
	b := newBench(t)
	c := b.browser()
	c.signIn("ada", adaPass)
	sub := func(s string) string { return `{"id_token":{"sub":{"value":"` + s + `"}}}` }
	if !c.back(c.get(pathAuthorize, asking("claims", sub("sub-ada"), "prompt", "none"))).Has("code") {
		t.Error("she is not who she is")
	}
	if q := c.back(c.get(pathAuthorize, asking("claims", sub("sub-bob"), "prompt", "none"))); q.Get("error") != "login_required" {
		t.Errorf("%v", q)
	}
	page := c.get(pathAuthorize, asking("claims", sub("sub-bob")))
	if q := c.back(c.submit(page, "ada", adaPass)); q.Get("error") != "login_required" {
		t.Errorf("somebody else proved who they are: %v", q)
	}
}
