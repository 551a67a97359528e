package conformance_test

// The claims parameter (OpenID Connect Core 1.0, section 5.5).

import (
	"strings"
	"testing"
)

func TestClaimsInTheIDToken(t *testing.T) {
	op := startProvider(t)
	f := op.client("first").request("claims", `{"id_token":{"email":null,"auth_time":{"essential":true},"nickname":{"value":"countess"},"unheard_of":{"essential":true,"made_up":1}},"unknown_member":{}}`)
	got := f.issued(f.redeem(f.code(op.ada()))) // holds would not let the email pass
	if got.claims["email"] != "ada@example.com" || got.claims["nickname"] != "countess" || got.claims["auth_time"] == nil {
		t.Errorf("the ID token is %v", got.claims)
	}
	if info := f.userInfo(got, byGet); info["email"] != nil || info["nickname"] != nil {
		t.Errorf("what was asked for the ID token is in userinfo: %v", info)
	}
}

// Nobody but the person that is asked for (section 5.5.1).
func TestClaimsForOneSubject(t *testing.T) {
	op := startProvider(t)
	got := op.client("first").request().tokens(op.ada())
	want := `{"id_token":{"sub":{"value":"` + got.claims["sub"].(string) + `"}}}`
	c := op.client("first")
	c.request("claims", want).tokens(op.ada())

	bob := op.browser(bobName, bobPassword)
	if a := c.request("claims", want).walk(bob); a.params.Has("code") {
		t.Error("somebody else got a code")
	}
	c.request().tokens(bob)
	c.request("claims", want, "prompt", "none").refused(bob, "login_required", "account_selection_required", "interaction_required")
}

// acr (section 5.5.1.1): an essential one that cannot be met fails, another
// does not.
func TestClaimsACR(t *testing.T) {
	op := startProvider(t)
	c := op.client("first")
	supported := op.discover().list("acr_values_supported")
	plain := c.request().tokens(op.ada())
	acr := text(plain.claims, "acr")
	if acr == "" || !strings.Contains(strings.Join(supported, " "), acr) {
		t.Errorf("acr is %q, and discovery says %q", acr, supported)
	}
	for _, member := range []string{`{"essential":true,"value":"urn:example:unheard-of"}`, `{"essential":true,"values":["urn:example:a","urn:example:b"]}`} {
		b := op.ada()
		c.request("claims", `{"id_token":{"acr":`+member+`}}`).refused(b, "unmet_authentication_requirements", "access_denied")
		c.request("claims", `{"id_token":{"acr":`+member+`}}`, "prompt", "none").refused(b, "unmet_authentication_requirements", "login_required", "interaction_required")
	}
	c.request("claims", `{"id_token":{"acr":{"values":["urn:example:unheard-of"]}}}`).tokens(op.ada())
	c.request("acr_values", "urn:example:unheard-of").tokens(op.ada())
	met := c.request("claims", `{"id_token":{"acr":{"essential":true,"values":["urn:example:unheard-of","`+acr+`"]}}}`).tokens(op.ada())
	if met.claims["acr"] != acr {
		t.Errorf("acr is %v, want %s", met.claims["acr"], acr)
	}
}

func TestClaimsThatAreRefused(t *testing.T) {
	op := startProvider(t)
	for _, claims := range []string{"{", "[]", `"x"`, `{"id_token":[]}`, `{"userinfo":{"name":1}}`, strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)} {
		op.client("first").request("claims", claims).refused(op.ada(), "invalid_request")
	}
}
