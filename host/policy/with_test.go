package policy

import (
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// What a rule replaces for itself, by with, no other rule sees: neither when
// all are asked together, nor each alone, nor in an explanation.
func TestT44_WithReachesNoOtherRule(t *testing.T) {
	const others = `

grant contains "Terminal" if "admin" in input.user.roles

grant contains "Authenticated/Engineer" if input.sources.userInfo.clean == true

grant contains "Authenticated/Fresh" if input.login.evidence.authTime == 7

has_admin if "admin" in input.user.roles

clean if input.sources.userInfo.clean == true

recent if input.login.evidence.authTime == 7
`
	const failing = `
grant contains "Authenticated/Challenged" if to_number(input.user.id) == 1
`
	for name, condition := range map[string]string{
		"a list":         `has_admin with input.user.roles as ["admin"]`,
		"a member":       `clean with input.sources.userInfo.clean as true`,
		"evidence":       `recent with input.login.evidence.authTime as 7`,
		"a source":       `clean with input.sources.userInfo as {"clean": true}`,
		"two":            `clean with input.sources as input.sources with input.sources.userInfo.clean as true`,
		"two of one":     `clean with input.sources.userInfo as input.sources.userInfo with input.sources.userInfo.clean as true`,
		"under a not":    "not unclean\n\nunclean if not clean with input.sources.userInfo.clean as true",
		"in a helper":    "helped\n\nhelped if clean with input.sources.userInfo.clean as true",
		"of data":        `"admin" in data.stand.roles with data.stand as input.user with data.stand.roles as ["admin"]`,
		"in an argument": `count([1 | clean with input.sources.userInfo.clean as true]) == 1`,
	} {
		t.Run(name, func(t *testing.T) {
			rules := "grant contains \"Authenticated/Teams/Blue\" if " + condition + others
			facts := signedIn(t, login.Evidence{AuthTime: at(received)}, attrs.UserInfo, `{"clean": false}`)
			facts.User.Roles = []string{}
			for _, rules := range []string{rules, rules + failing} {
				e := withPolicy(t, rules)
				holdsExactly(t, decide(t, e, facts), "Authenticated", "Authenticated/Teams", "Authenticated/Teams/Blue")
				x := explained(t, e, facts, "Authenticated/Engineer")
				if why := asJSON(t, x.Levels); x.Levels[0].Held || len(x.Levels[0].Why) != 1 || len(x.Levels[0].Why[0].Failed) != 1 {
					t.Errorf("explained as %s", why)
				}
			}
		})
	}
}
