package conformance_test

// Basic OP: claims by scope and by the claims parameter.

import (
	"maps"
	"slices"
	"strings"
)

// scopeClaims are those of OpenID Connect Core 1.0, section 5.4. Ada has them
// all.
var scopeClaims = map[string][]string{
	"openid": {"sub"},
	"profile": {"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
		"gender", "birthdate", "zoneinfo", "locale", "updated_at"},
	"email":   {"email", "email_verified"},
	"address": {"address"},
	"phone":   {"phone_number", "phone_number_verified"},
}

// always are claims that this provider gives whatever the scope (SAF-02).
var always = []string{"sub", "name", "urn:internal:userid"}

func scopeModule(scope string) func(*module) {
	return func(m *module) {
		f := m.client("first").request("scope", scope)
		m.hasClaimsOf(scope, f.userInfo(f.tokens(m.browser()), byGet))
	}
}

// hasClaimsOf holds userinfo's claims: those of the scopes, and no others.
func (m *module) hasClaimsOf(scope string, info map[string]any) {
	m.Helper()
	var want []string
	for _, s := range strings.Fields(scope) {
		want = append(want, scopeClaims[s]...)
	}
	for _, name := range want {
		if _, there := info[name]; !there {
			m.Errorf("the scope %q gives no %s", scope, name)
		}
	}
	for name := range maps.Keys(info) {
		if !slices.Contains(want, name) && !slices.Contains(always, name) {
			m.Errorf("the scope %q gives %s", scope, name)
		}
	}
}

// oidcc-alternate-happy-flow: scopes and parameters in another order.
func alternateHappyFlowModule(m *module) {
	f := m.client("first").request("scope", "email openid")
	var pairs []string
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(f.params))) {
		one := map[string][]string{name: f.params[name]}
		pairs = append(pairs, strings.TrimPrefix(withQuery("", one), "?"))
	}
	code, _ := f.answered(m.browser().open(m.op.discover().text("authorization_endpoint") + "?" + strings.Join(pairs, "&")))
	m.hasClaimsOf("openid email", f.userInfo(f.exchange(code), byGet))
}

// oidcc-claims-essential: the name, in userinfo and not in the ID token.
func claimsEssentialModule(m *module) {
	if !m.op.discover().flag("claims_parameter_supported", false) {
		m.Error("discovery says that the claims parameter is not supported")
	}
	f := m.client("first").request("claims", `{"userinfo":{"name":{"essential":true},"nickname":null,"unheard_of":{"essential":true}}}`)
	info := f.userInfo(f.tokens(m.browser()), byGet) // exchange looks for a name in the ID token
	if info["name"] != "Ada Lovelace" || info["nickname"] != "countess" {
		m.Errorf("userinfo is %v", info)
	}
	if _, there := info["unheard_of"]; there {
		m.Error("a claim that the person has not is there")
	}
}
