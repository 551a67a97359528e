package policy

import "testing"

func TestReadsTokens(t *testing.T) {
	for rule, want := range map[string]bool{
		`grant contains "Authenticated/Engineer" if input.sources.idTokenClaims.a`:                                                      false,
		`grant contains "Authenticated/Engineer" if input.sources.tokenEndpointResponse.access_token`:                                   true,
		`grant contains "Authenticated/Engineer" if { some s; input.sources[s].a }`:                                                     true,
		`grant contains "Authenticated/Engineer" if claims.ref("{attribute-source:userInfo:a}")`:                                        false,
		`grant contains "Authenticated/Engineer" if claims.ref("{attribute-source:tokenEndpointResponse:id_token}")`:                    true,
		"grant contains \"Authenticated/Engineer\" if helper(input)\n\nhelper(x) if x.sources.userInfo.a":                               true, // it is given everything
		"grant contains \"Authenticated/Engineer\" if helper\n\nhelper if startswith(input.sources.tokenEndpointResponse.scope, \"a\")": true,
	} {
		if got := newEngine(t, Config{Modules: levelsFile(rule), TokensInInput: true}).ReadsTokens(); got != want {
			t.Errorf("%s: %t", rule, got)
		}
		if newEngine(t, Config{Modules: levelsFile(rule)}).ReadsTokens() {
			t.Errorf("%s: only digests are told, and it reads tokens", rule)
		}
	}
}
