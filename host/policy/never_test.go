package policy

import (
	"strings"
	"testing"
)

// What a rule can never give is said when it is loaded.
func TestRulesThatGiveNothingAreNamed(t *testing.T) {
	for rule, want := range map[string]string{
		`grant contains "Terminal" if false`:                                                                      "its condition is never true",
		`grant contains "Terminal" if not true`:                                                                   "its condition is never true",
		`grant contains "Terminal" if 1 == 2`:                                                                     "it compares two constants",
		`grant contains "Terminal" if "a" != "a"`:                                                                 "it compares two constants",
		"grant contains \"Terminal\" if {\n\tinput.login.idp == \"a\"\n\t\"b\" == input.login.idp\n}":             `input.login.idp cannot be both "a" and "b"`,
		`grant contains {"level": "Terminal", "until": "tomorrow"}`:                                               "its until is no time: write Unix seconds",
		`grant contains {"level": "Terminal", "until": 5}`:                                                        "no time of these days",
		`grant contains {"level": "Terminal", "until": 1800000000000}`:                                            "no time of these days",
		`grant contains {"level": "Terminal", "until": 1800000000} if true`:                                       "",
		`grant contains {"level": "Terminal", "until": reauth.until("5m")}`:                                       "",
		"grant contains \"Terminal\" if {\n\tinput.login.idp == \"a\"\n\tinput.login.idp != \"b\"\n}":             "",
		"grant contains \"Terminal\" if {\n\tinput.user.roles[_] == \"a\"\n\tinput.user.roles[_] == \"b\"\n}":     "",
		"grant contains \"Terminal\" if {\n\tinput.login.idp == \"a\"\n\tnot input.login.protocol == \"oidc\"\n}": "",
	} {
		e := newEngine(t, Config{Modules: levelsFile(rule)})
		var said []string
		for _, w := range e.Warnings() {
			if strings.Contains(w.Message, "gives nothing") {
				said = append(said, w.String())
			}
		}
		switch {
		case want == "" && len(said) > 0:
			t.Errorf("%s\n%q", rule, said)
		case want != "" && (len(said) != 1 || !strings.Contains(said[0], want) || !strings.HasPrefix(said[0], "levels.rego:6:1: ")):
			t.Errorf("%s\ngot %q, want %q", rule, said, want)
		}
	}
}
