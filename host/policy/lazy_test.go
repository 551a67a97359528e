package policy

import (
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// However a rule reads the token endpoint's response, it is there: were it left
// out of the input, a negation would hold. "sought" is what the rule looks for.
func TestT44_NoReadMissesTheTokenResponse(t *testing.T) {
	const scope = "input.sources.tokenEndpointResponse.scope"
	for name, rules := range map[string]string{
		"a reference":              `if not ` + scope,
		"a computed name":          "if not input.sources[name].scope\n\nname := concat(\"\", [\"token\", \"EndpointResponse\"])",
		"the name of a member":     "if not scopes.sought\n\nscopes[" + scope + "] := 1",
		"the name of a deep one":   "if not scopes.sought\n\nscopes[" + scope + "].b.c := 1",
		"a member of a set":        "if not scopes.sought\n\nscopes contains " + scope,
		"the whole input":          `if not [input][0].sources.tokenEndpointResponse.scope`,
		"a path":                   `if not object.get(input, ["sources", "tokenEndpointResponse", "scope"], null)`,
		"a walk of the sources":    "if not found\n\nfound if { some p; walk(input.sources, [p, \"sought\"]) }",
		"a walk of the input":      "if not found\n\nfound if { some p; walk(input, [p, \"sought\"]) }",
		"an argument":              "if not f(input.sources)\n\nf(s) if s.tokenEndpointResponse.scope",
		"every":                    `if every name, _ in input.sources { name != "tokenEndpointResponse" }`,
		"some":                     `if not "sought" in [x | some s in input.sources; x := s.scope]`,
		"JSON":                     `if not contains(json.marshal(input), "sought")`,
		"a text of it":             `if not contains(sprintf("%v", [input.sources]), "sought")`,
		"a template":               `if not contains($"{input.sources}", "sought")`,
		"a template of everything": `if not contains($"{input}", "sought")`,
		"a count":                  `if count(input.sources) == 1`,
		"else of a function":       "if not f(1)\n\nf(x) if x == 2\n\nelse if " + scope,
		"the second else":          "if not f\n\nf if false\n\nelse if false\n\nelse if " + scope,
		"a default":                "if not f\n\ndefault f := false\n\nf if " + scope,
		"aliases":                  "if not f\n\nf if { x := input; y := x.sources; y.tokenEndpointResponse.scope }",
		"a unified one":            "if not f\n\nf if { x = input; x.sources.tokenEndpointResponse.scope }",
		"another package":          `if not data.other.f`,
		"a computed rule":          `if not data.other[concat("", ["f"])]`,
		"a computed package":       "if not g\n\ng if { some name; data[name].f }",
		"with, as a value":         "if not f with input.user.id as " + scope + "\n\nf if input.user.id == \"sought\"",
		"with, for a function":     "if not g with f as h\n\ng if f(1)\n\nf(x) if x == 3\n\nh(_) if " + scope,
		"with, for a builtin":      "if not g with count as h\n\ng if count([1]) == 5\n\nh(_) := 5 if " + scope,
		"claims.ref":               `if not claims.ref("{attribute-source:tokenEndpointResponse:scope}")`,
		"a multi reference":        `if claims.ref("{multi-attribute-source:tokenEndpointResponse:scope}") == []`,
		"claims.list":              `if claims.list("{attribute-source:tokenEndpointResponse:scope}") == []`,
		"claims.get":               `if claims.get("{attribute-source:tokenEndpointResponse:scope}", 1) == 1`,
		"claims.any":               `if not claims.any("{attribute-source:tokenEndpointResponse:scope}", ["sought"])`,
		"a computed reference":     "if not claims.ref(r)\n\nr := concat(\"\", [\"{attribute-source:token\", \"EndpointResponse:scope}\"])",
		"one beside a written one": "if { claims.ref(\"{attribute-source:idTokenClaims:a}\"); not claims.ref(r) }\n\nr := concat(\"\", [\"{attribute-source:token\", \"EndpointResponse:scope}\"])",
		"one in a helper":          "if { claims.ref(\"{attribute-source:idTokenClaims:a}\"); not f(\"{attribute-source:tokenEndpointResponse:scope}\") }\n\nf(r) if claims.ref(r)",
		"claims.ref replaced":      "if not f with claims.ref as g\n\nf if claims.ref(\"{attribute-source:idTokenClaims:none}\")\n\ng(_) if " + scope,
		"its parser replaced":      "if not f with data.doorward.claims._parsed as g\n\nf if claims.ref(\"{attribute-source:idTokenClaims:none}\")\n\ng(_) := {\"multi\": false, \"source\": \"tokenEndpointResponse\", \"members\": [\"scope\"]}",
		"its builtin replaced":     "if not f with regex.find_all_string_submatch_n as g\n\nf if claims.ref(\"{attribute-source:idTokenClaims:scope}\")\n\ng(_, _, _) := [[\"\", \"\", \"tokenEndpointResponse\", \"scope\"]]",
	} {
		t.Run(name, func(t *testing.T) {
			modules := levelsFile(`grant contains "Terminal" ` + rules)
			modules["other.rego"] = "package other\n\nf if " + scope + "\n"
			for _, granted := range []bool{true, false} {
				e := newEngine(t, Config{Modules: modules, TokensInInput: granted})
				facts := signedIn(t, login.Evidence{}, attrs.IDTokenClaims, `{"a": 1}`,
					attrs.TokenEndpointResponse, `{"scope": "sought", "access_token": "canary-0123456789abcdef"}`)
				d := decide(t, e, facts)
				if holdsExactly(t, d, "Authenticated"); !e.needs.reads(attrs.TokenEndpointResponse) || len(d.Withheld) > 0 {
					t.Errorf("tokens in the input %t: withheld %+v, needs %+v", granted, d.Withheld, e.needs)
				}
			}
		})
	}
}
