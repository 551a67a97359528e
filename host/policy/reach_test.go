package policy

import (
	"fmt"
	"testing"

	"github.com/doorward/doorward/host/login"
)

func TestReach(t *testing.T) {
	levels := map[string]Level{
		"Ruled": {}, "Granted": {}, "Nothing": {}, "Nothing/Ruled": {}, "Nothing/Group": {Group: true}, "Nothing/Group/Ruled": {},
		"Authenticated/Ruled": {}, "Authenticated/Nothing": {}, "Authenticated/Roles/admin": {Description: "described"},
		"Full": {Group: true}, "Full/Nothing": {}, "Full/Ruled": {}, "Bare": {Group: true}, "Bare/Nothing": {}, "Empty": {Group: true},
		"Full/Ruled/Deep": {}, "SecurityZones/plant": {},
	}
	grants := []Grant{{Person: login.Person{IdP: "a", Issuer: "b", Subject: "c"}, Levels: []string{"Granted"}}}
	const named = head + `
grant contains "Ruled"
grant contains {"level": "Authenticated/Ruled", "until": 5} if false
grant contains "Nothing/Ruled"
grant contains "Nothing/Group/Ruled"
grant contains "Full/Ruled"
`
	const computing = named + "grant contains input.user.attributes.level\n"
	same := func(answer string) [2]string { return [2]string{answer, answer} }
	// Each level with the answer for rules that name what they grant, and with
	// one more that computes it.
	for path, want := range map[string][2]string{
		"Public":                    same("reached "),
		"Authenticated":             same("reached "),
		"Authenticated/Roles":       same("reached "),
		"Authenticated/Roles/admin": same("reached "),
		"Authenticated/Roles/other": same("reached "),
		"SecurityZones":             same("reached "),
		"SecurityZones/plant":       same("reached "),
		"Ruled":                     same("reached "),
		"Granted":                   same("reached "),
		"Authenticated/Ruled":       same("reached "),
		"Full":                      same("reached "),
		"Full/Ruled":                same("reached "),
		"Nothing":                   {"unreached Nothing", "cannot tell Nothing"},
		"Authenticated/Nothing":     {"unreached Authenticated/Nothing", "cannot tell Authenticated/Nothing"},
		"Nothing/Ruled":             {"unreached Nothing", "cannot tell Nothing"},
		"Nothing/Group":             {"unreached Nothing", "cannot tell Nothing/Group"},
		"Nothing/Group/Ruled":       {"unreached Nothing", "cannot tell Nothing"},
		"Full/Nothing":              {"unreached Full/Nothing", "cannot tell Full/Nothing"},
		"Full/Ruled/Deep":           {"unreached Full/Ruled/Deep", "cannot tell Full/Ruled/Deep"},
		"Bare":                      {"unreached Bare", "cannot tell Bare"},
		"Empty":                     same("unreached Empty"),
		"Undeclared":                same("unreached Undeclared"),
		"Authenticated/Roles/a/b":   same("unreached Authenticated/Roles/a/b"),
		"Public/Ruled":              same("unreached Public/Ruled"),
		"":                          same("unreached "),
	} {
		for i, rules := range []string{named, computing} {
			e := newEngine(t, Config{Levels: levels, Grants: grants, Modules: map[string]string{"a.rego": rules}})
			reach, lacking := e.Reach(path)
			if got := fmt.Sprintf("%v %s", reach, lacking); got != want[i] {
				t.Errorf("%s, computing %v: got %q, want %q", path, i == 1, got, want[i])
			}
		}
	}
}

// What a decision grants was never said to be out of reach.
func TestWhatIsHeldWasReached(t *testing.T) {
	e := newEngine(t, Config{DefaultPolicy: true, Modules: levelsFile(`grant contains "Authenticated/Teams/Blue"
grant contains "Terminal"`)})
	request := signedIn(t, login.Evidence{AuthTime: at(received), Challenged: yes(true)})
	request.User.Roles, request.Request.Zones = []string{"admin"}, []string{"plant"}
	d := decide(t, e, request)
	holdsExactly(t, d, "Authenticated", "Authenticated/Challenged", "Authenticated/Fresh", "Authenticated/Roles", "Authenticated/Roles/admin",
		"Authenticated/Teams", "Authenticated/Teams/Blue", "SecurityZones", "SecurityZones/plant", "Terminal")
	for _, level := range d.Levels {
		if reach, lacking := e.Reach(level.Path); reach != Reached {
			t.Errorf("%s is held, and was said to be %v for want of %s", level.Path, reach, lacking)
		}
	}
}
