package policy

import (
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// restsOnUserInfo are rules that must not hold when userinfo failed, however
// they read it.
var restsOnUserInfo = map[string]string{
	"directly":               `grant contains "Terminal" if not input.sources.userInfo.suspended`,
	"in brackets":            `grant contains "Terminal" if not input["sources"]["userInfo"].suspended`,
	"in the head":            `grant contains {"level": "Terminal", "until": object.get(input.sources, ["userInfo", "until"], 1311281500)}`,
	"a helper rule":          "grant contains \"Terminal\" if not suspended\nsuspended if input.sources.userInfo.suspended",
	"a helper of a helper":   "grant contains \"Terminal\" if a\na if not b\nb if input.sources.userInfo.suspended",
	"a function":             "grant contains \"Terminal\" if ok(1)\nok(x) if not input.sources.userInfo[x]",
	"a default":              "grant contains \"Terminal\" if not suspended\ndefault suspended := false\nsuspended if input.sources.userInfo.suspended",
	"an else":                "grant contains \"Terminal\" if a == 2\na := 1 if input.user.id == \"x\"\nelse := 2 if not input.sources.userInfo.x",
	"all sources":            `grant contains "Terminal" if count(input.sources) > 0`,
	"iterating over sources": "grant contains \"Terminal\" if {\n\tevery s in input.sources { not s.suspended }\n}",
	"some source":            "grant contains \"Terminal\" if {\n\tsome s in input.sources\n\tnot s.suspended\n}",
	"a source by a variable": "grant contains \"Terminal\" if {\n\tsome name in [\"idTokenClaims\", \"userInfo\"]\n\tnot input.sources[name].suspended\n}",
	"walking the input":      "grant contains \"Terminal\" if {\n\tnot any_suspended\n}\nany_suspended if {\n\twalk(input, [path, true])\n\tpath[count(path) - 1] == \"suspended\"\n}",
	"input in a variable":    "grant contains \"Terminal\" if {\n\tx := input\n\tnot x.sources.userInfo.suspended\n}",
	"a comprehension":        `grant contains "Terminal" if count([1 | input.sources.userInfo.suspended]) == 0`,
	"a reference":            `grant contains "Terminal" if not claims.ref("{attribute-source:userInfo:suspended}")`,
	"a reference, as a list": `grant contains "Terminal" if claims.ref("{multi-attribute-source:userInfo:bans}") == []`,
	"a computed reference":   "grant contains \"Terminal\" if {\n\tsome x in [\"userInfo\"]\n\tnot claims.ref(sprintf(\"{attribute-source:%s:suspended}\", [x]))\n}",
	"a helper that refers":   "grant contains \"Terminal\" if not read(\"{attribute-source:userInfo:suspended}\")\nread(x) := claims.ref(x)",
	"a mapped attribute":     `grant contains "Terminal" if not "suspended" in input.user.roles`,
	"a nested attribute":     `grant contains "Terminal" if not input.user.attributes.team.banned`,
	"all attributes":         `grant contains "Terminal" if not "banned" in input.user.attributes`,
	"the whole user":         `grant contains "Terminal" if count(input.user) > 0`,
	"an attribute by name":   "grant contains \"Terminal\" if {\n\tsome name in [\"roles\"]\n\tnot \"x\" in input.user[name]\n}",
}

var restsOnOthers = map[string]string{
	"the ID token":           `grant contains "Terminal" if not input.sources.idTokenClaims.suspended`,
	"an unmapped attribute":  `grant contains "Terminal" if not input.user.email`,
	"another nested one":     `grant contains "Terminal" if not input.user.attributes.teams`,
	"a reference to another": `grant contains "Terminal" if not claims.ref("{idp-attributes:suspended}")`,
	"the login":              `grant contains "Terminal" if input.login.idp == "corp"`,
	"an unused helper":       "grant contains \"Terminal\"\nhelper if input.sources.userInfo.x",
}

// mapped is what the provider corp maps from userInfo.
func mapped(idp, source string) []string {
	if idp == "corp" && source == attrs.UserInfo {
		return []string{"roles", "attributes.team"}
	}
	return nil
}

func TestUserInfoFailedWithholdsEveryRuleThatRestsOnIt(t *testing.T) {
	for name, rules := range restsOnUserInfo {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, Config{Mapped: mapped, Modules: levelsFile(rules)})
			facts := signedIn(t, login.Evidence{}, idToken, `{"sub": "ada"}`)
			facts.User.Roles = []string{"staff"}
			facts.User.Attributes = map[string]any{"team": map[string]any{"name": "blue"}}
			facts.Document.Missing = []string{attrs.UserInfo}
			d := decide(t, e, facts)
			withheldFor(t, d, "Terminal", login.ReasonUserInfoFailed)

			facts.Document.Missing = nil
			if d := decide(t, e, facts); !d.Holds("Terminal", afterwards) {
				t.Errorf("the rule would not hold anyway: %+v", d.Withheld)
			}
		})
	}
	for name, rules := range restsOnOthers {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, Config{Mapped: mapped, Modules: levelsFile(rules)})
			facts := signedIn(t, login.Evidence{}, idToken, `{"sub": "ada"}`)
			facts.User.Roles = []string{"staff"}
			facts.User.Attributes = map[string]any{"team": map[string]any{"name": "blue"}}
			facts.Document.Missing = []string{attrs.UserInfo}
			level(t, decide(t, e, facts), "Terminal")
		})
	}
}

// A role may be there because userinfo could not say otherwise.
func TestUserInfoFailedWithholdsRolesThatRestOnIt(t *testing.T) {
	facts := signedIn(t, login.Evidence{})
	facts.Document.Missing, facts.User.Roles = []string{attrs.UserInfo}, []string{"admin"}
	d := decide(t, newEngine(t, Config{Mapped: mapped}), facts)
	withheldFor(t, d, "Authenticated/Roles/admin", login.ReasonUserInfoFailed)
	holdsExactly(t, d, "Authenticated")

	facts.Document.Login.IdP = "other" // which maps no role from it
	level(t, decide(t, newEngine(t, Config{Mapped: mapped}), facts), "Authenticated/Roles/admin")
}

func TestUserInfoFailedIsAboutTheProviderThatFailed(t *testing.T) {
	rules := levelsFile(`grant contains "Terminal" if not input.user.roles`)
	facts := signedIn(t, login.Evidence{})
	facts.Document.Missing, facts.Document.Login.IdP = []string{attrs.UserInfo}, "other"
	holdsExactly(t, decide(t, newEngine(t, Config{Mapped: mapped, Modules: rules}), facts), "Authenticated", "Terminal")
	// Not told which attributes come from it, the engine assumes all.
	d := decide(t, newEngine(t, Config{Modules: rules}), facts)
	withheldFor(t, d, "Terminal", login.ReasonUserInfoFailed)
}

func TestVolatileWhenARuleReadsTheClock(t *testing.T) {
	for rules, want := range map[string]bool{
		`grant contains "Authenticated/Engineer" if input.now > 5`:                                     true,
		`grant contains "Authenticated/Engineer" if time.now_ns() > 5`:                                 true,
		`grant contains "Authenticated/Engineer" if reauth.within("5m")`:                               true,
		`grant contains "Authenticated/Engineer" if reauth.age < 5`:                                    true,
		"grant contains \"Authenticated/Engineer\" if late\nlate if time.clock(time.now_ns())[0] > 18": true,
		`grant contains "Authenticated/Engineer" if count(input) > 3`:                                  true,
		`grant contains {"level": "Authenticated/Engineer", "until": reauth.until("5m")}`:              false,
		`grant contains "Authenticated/Engineer" if reauth.performed`:                                  false,
		`grant contains "Authenticated/Engineer" if claims.ref("{idp-attributes:x}") == 1`:             false,
		"grant contains \"Authenticated/Engineer\"\nunused if input.now > 5":                           false,
	} {
		e := newEngine(t, Config{DefaultPolicy: true, Modules: levelsFile(rules)})
		if d := decide(t, e, signedIn(t, login.Evidence{AuthTime: at(received)})); d.Volatile != want {
			t.Errorf("%s: volatile %v, want %v", rules, d.Volatile, want)
		}
		// No such rule can grant an anonymous request anything.
		if d := decide(t, e, anonymous()); d.Volatile {
			t.Errorf("%s: volatile for an anonymous request", rules)
		}
	}
	e := withPolicy(t, `grant contains "Terminal" if input.now > 5`)
	if d := decide(t, e, anonymous()); !d.Volatile {
		t.Error("a level that ends with the hour is kept for an anonymous request")
	}
}

func TestClockStandsAtTheDecisionsTime(t *testing.T) {
	e := withPolicy(t, `grant contains "Terminal" if time.now_ns() == input.now * 1000000000`)
	holdsExactly(t, decide(t, e, anonymous()), "Terminal")
}

func TestDefaultPolicyReadsNoClock(t *testing.T) {
	d := decide(t, newEngine(t, Config{DefaultPolicy: true}), signedIn(t, login.Evidence{AuthTime: at(received)}))
	if d.Volatile || d.Until != received+300 {
		t.Errorf("volatile %v until %d", d.Volatile, d.Until)
	}
}

func TestNeedsAreNamed(t *testing.T) {
	e := withPolicy(t, `grant contains "Terminal" if {
	input.request.ip == "10.0.0.1"
	input.user.attributes["team"].name == "blue"
	input.user.roles[_] == "x"
}`)
	got := e.rules[0].needs
	if !got.ip || len(got.sources) > 0 || got.clock || strings.Join(got.attributes, " ") != "attributes.team roles" {
		t.Errorf("got %+v", got)
	}
	for _, whole := range []string{`count(input.request) > 1`, `input.request[_] == "10.0.0.1"`, `input["request"].ip == "x"`, `count(input) > 1`} {
		if e := withPolicy(t, `grant contains "Terminal" if `+whole); !e.needs.ip {
			t.Errorf("%s: does not read the address", whole)
		}
	}
}

func TestOverlap(t *testing.T) {
	for _, test := range []struct {
		read, mapped string
		want         bool
	}{
		{"roles", "roles", true}, {"", "roles", true}, {"roles", "", true},
		{"attributes", "attributes.team", true}, {"attributes.team", "attributes", true},
		{"attributes.a", "attributes.a.b", true}, {"attributes.team", "attributes.teams", false},
		{"attributes.teams", "attributes.team", false}, {"email", "roles", false},
	} {
		if got := overlap(test.read, test.mapped); got != test.want {
			t.Errorf("read %q, mapped %q: %v", test.read, test.mapped, got)
		}
	}
}
