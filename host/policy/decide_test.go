package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

func TestAnonymousHoldsNothing(t *testing.T) {
	e := withPolicy(t, `grant contains "Authenticated/Engineer"
grant contains "Terminal" if input.request.app == "kiosk"`)
	d := decide(t, e, anonymous())
	holdsExactly(t, d)
	if d.Levels == nil {
		t.Error("levels are null, want a list")
	}
	withheldFor(t, d, "Authenticated/Engineer", login.ReasonAnonymous)

	facts := anonymous()
	facts.Request.App = "kiosk"
	holdsExactly(t, decide(t, e, facts), "Terminal")
}

func TestAnonymousInputHasNoPerson(t *testing.T) {
	e := newEngine(t, Config{})
	facts := anonymous()
	facts.User, facts.CreatedAt = &login.User{ID: "left over"}, 5
	input, err := e.Input(facts)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"login":{},"now":1311281000,"request":{"app":"","userAgent":"","zones":[]},"session":{},"sources":{},"user":{}}`
	if string(input) != want {
		t.Errorf("got  %s\nwant %s", input, want)
	}
}

func TestInputHasExactlyTheNamedMembers(t *testing.T) {
	facts := signedIn(t, login.Evidence{AuthTime: at(received), Challenged: yes(true), AMR: []string{"pwd"}, ACR: "gold"},
		idToken, `{"n": 12345678901234567890, "f": 1.50}`, userInfo, `{"groups": ["a"]}`)
	facts.Document.Login.MaxAge, facts.Document.Login.PreviousAuthTime = at(300), at(received-500)
	facts.User = &login.User{ID: "1", UserName: "u", FirstName: "f", LastName: "l", Email: "e", Roles: []string{"r"}, Attributes: map[string]any{"a": true}}
	facts.Request = login.Request{IP: "10.0.0.1", Zones: []string{"plant"}, UserAgent: "ua", App: "wiki"}
	input, err := newEngine(t, Config{}).Input(facts)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"login":{"challengedTrusted":true,"evidence":{"acr":"gold","amr":["pwd"],"authTime":1311280970,"challenged":true},` +
		`"forceAuth":true,"idp":"corp","maxAge":300,"previousAuthTime":1311280470,"protocol":"oidc","reauthSkew":5,"receivedAt":1311280970,"requestedAt":1311280960},` +
		`"now":1311281000,"request":{"app":"wiki","ip":"10.0.0.1","userAgent":"ua","zones":["plant"]},"session":{"createdAt":1311280970},` +
		`"sources":{"idTokenClaims":{"f":1.50,"n":12345678901234567890},"userInfo":{"groups":["a"]}},` +
		`"user":{"attributes":{"a":true},"email":"e","firstName":"f","id":"1","lastName":"l","roles":["r"],"userName":"u"}}`
	if string(input) != want {
		t.Errorf("got  %s\nwant %s", input, want)
	}
}

func TestTokensAreDigestsUnlessGranted(t *testing.T) {
	const secret = "eyJhbGciOiJub25lIn0.SlAV32hkKGSlAV32hkKG.c2lnbmF0dXJlLW9mLWl0"
	facts := signedIn(t, login.Evidence{}, tokens, `{"access_token": "`+secret+`", "token_type": "Bearer", "expires_in": 3600}`)
	facts.User.Attributes = map[string]any{"copied": "Bearer " + secret}
	facts.User.UserName = secret
	shown, err := newEngine(t, Config{}).Input(facts)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(shown), "SlAV32hkKG") {
		t.Errorf("the token is in %s", shown)
	}
	if !strings.Contains(string(shown), `"expires_in":3600,"token_type":"Bearer"`) {
		t.Errorf("what is no secret is missing: %s", shown)
	}
	granted, err := newEngine(t, Config{TokensInInput: true}).Input(facts)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(granted), secret) != 3 {
		t.Errorf("the granted tokens are not in %s", granted)
	}
}

func TestRolesAndZonesAreLevels(t *testing.T) {
	facts := signedIn(t, login.Evidence{})
	long := strings.Repeat("x", maxPath)
	facts.User.Roles = []string{"admin", "Admin", "admin", "a/b", "", "ünï", long}
	facts.Request.Zones = []string{"plant", "office", "x/y", ""}
	d := decide(t, newEngine(t, Config{}), facts)
	holdsExactly(t, d, "Authenticated", "Authenticated/Roles", "Authenticated/Roles/Admin", "Authenticated/Roles/admin",
		"Authenticated/Roles/ünï", "SecurityZones", "SecurityZones/office", "SecurityZones/plant")
	withheldFor(t, d, "Authenticated/Roles/a/b", login.ReasonRoleName)
	withheldFor(t, d, "Authenticated/Roles/", login.ReasonRoleName)
	withheldFor(t, d, ("Authenticated/Roles/" + long)[:maxPath], login.ReasonRoleName)
	if l := level(t, d, "Authenticated/Roles/admin"); l.By != login.ByRole {
		t.Errorf("by %s", l.By)
	}
	if l := level(t, d, "SecurityZones"); l.By != login.ByGroup {
		t.Errorf("by %s", l.By)
	}

	zoned := anonymous()
	zoned.Request.Zones = []string{"plant"}
	holdsExactly(t, decide(t, newEngine(t, Config{}), zoned), "SecurityZones", "SecurityZones/plant")
}

func TestGrantsNameTheWholePerson(t *testing.T) {
	e := newEngine(t, Config{Grants: []Grant{{
		Person: login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "ada"},
		Levels: []string{"Authenticated/Engineer", "Terminal"},
	}}})
	facts := signedIn(t, login.Evidence{})
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated", "Authenticated/Engineer", "Terminal")
	if l := level(t, d, "Terminal"); l.By != login.ByGrant {
		t.Errorf("by %s", l.By)
	}
	for _, change := range []func(*login.Person){
		func(p *login.Person) { p.IdP = "other" },
		func(p *login.Person) { p.Issuer = "https://idp.example.com/" },
		func(p *login.Person) { p.Subject = "Ada" },
	} {
		facts := signedIn(t, login.Evidence{})
		change(&facts.Document.Person)
		holdsExactly(t, decide(t, e, facts), "Authenticated")
	}
	holdsExactly(t, decide(t, e, anonymous()))
}

func TestParentsAndGroups(t *testing.T) {
	e := withPolicy(t, `grant contains {"level": "Authenticated/Engineer", "until": input.now + 100} if input.user.id == "ada"
grant contains {"level": "Authenticated/Engineer/Lead", "until": input.now + 500}
grant contains {"level": "Authenticated/Teams/Blue", "until": input.now + 200}
grant contains {"level": "Authenticated/Teams/Green", "until": input.now + 300}
grant contains "Terminal/Inside"`)
	facts := signedIn(t, login.Evidence{})
	d := decide(t, e, facts)
	now := facts.Now.Unix()
	for path, want := range map[string]int64{
		"Authenticated": 0, "Authenticated/Engineer": now + 100,
		"Authenticated/Engineer/Lead": now + 100, // never outlasts its parent
		"Authenticated/Teams":         now + 300, // until its last child ends
		"Authenticated/Teams/Blue":    now + 200,
	} {
		if got := level(t, d, path).Until; got != want {
			t.Errorf("%s until %d, want %d", path, got-now, want-now)
		}
	}
	if d.Until != now+100 {
		t.Errorf("the decision stands until %d, want the earliest end, 100", d.Until-now)
	}
	withheldFor(t, d, "Terminal/Inside", login.ReasonParent)

	facts.User.ID = "bob"
	d = decide(t, e, facts)
	withheldFor(t, d, "Authenticated/Engineer/Lead", login.ReasonParent)
}

func TestLatestEndWinsAndNoEndBeatsATime(t *testing.T) {
	e := withPolicy(t, `# METADATA
# title: the short one
grant contains {"level": "Authenticated/Engineer", "until": input.now + 100}

# METADATA
# title: the long one
grant contains {"level": "Authenticated/Engineer", "until": input.now + 200}

grant contains {"level": "Authenticated/Fresh", "until": input.now + 100}
grant contains "Authenticated/Fresh"
grant contains {"level": "Authenticated/Fresh", "until": input.now - 100}`)
	d := decide(t, e, signedIn(t, login.Evidence{}))
	l := level(t, d, "Authenticated/Engineer")
	if l.Until != afterwards.Unix()+200 || l.Title != "the long one" || l.Rule != "levels.rego:12" || l.By != login.ByRule {
		t.Errorf("got %+v", l)
	}
	if l := level(t, d, fresh); l.Until != 0 || l.Rule != "levels.rego:15" {
		t.Errorf("got %+v", l)
	}
	if len(d.Withheld) != 0 {
		t.Errorf("a level that is held is said to be withheld: %+v", d.Withheld)
	}
}

func TestBadEnds(t *testing.T) {
	tests := []struct {
		until  string
		reason login.Reason
		detail string
	}{
		{`1311281000`, login.ReasonExpired, "ended 0 s ago"},
		{`1311280990`, login.ReasonExpired, "ended 10 s ago"},
		{`0`, login.ReasonExpired, ""},
		{`-1`, login.ReasonExpired, ""},
		{`1311281300000`, login.ReasonBadUntil, "milliseconds"},
		{`1311281300000000`, login.ReasonBadUntil, "microseconds"},
		{`1311281300000000000`, login.ReasonBadUntil, "nanoseconds"},
		{`1e40`, login.ReasonBadUntil, "nanoseconds"},
		{`-1e40`, login.ReasonBadUntil, "no whole number"},
		{`1311281000 + (11 * 31622400)`, login.ReasonBadUntil, "more than ten years"},
		{`1311281300.5`, login.ReasonBadUntil, "no whole number"},
		{`"1311281300"`, login.ReasonBadUntil, "no whole number"},
		{`null`, login.ReasonBadUntil, "no whole number"},
		{`true`, login.ReasonBadUntil, "no whole number"},
		{`[1311281300]`, login.ReasonBadUntil, "no whole number"},
	}
	for _, test := range tests {
		t.Run(test.until, func(t *testing.T) {
			e := withPolicy(t, `grant contains {"level": "Authenticated/Engineer", "until": `+test.until+`}`)
			w := withheldFor(t, decide(t, e, signedIn(t, login.Evidence{})), "Authenticated/Engineer", test.reason)
			if !strings.Contains(w.Detail, test.detail) || w.Rule != "levels.rego:6" {
				t.Errorf("got %+v", w)
			}
		})
	}
	e := withPolicy(t, `grant contains {"level": "Authenticated/Engineer", "until": 1311281000 + (9 * 31622400)}`)
	level(t, decide(t, e, signedIn(t, login.Evidence{})), "Authenticated/Engineer")
}

// Levels and members that only show at a login.
func TestComputedGrants(t *testing.T) {
	e := withPolicy(t, `grant contains input.sources.idTokenClaims.level`)
	tests := []struct {
		claim  string
		path   string
		reason login.Reason
	}{
		{`"Authenticated/Engineer"`, "Authenticated/Engineer", ""},
		{`{"level": "Authenticated/Engineer"}`, "Authenticated/Engineer", ""},
		{`{"level": "Authenticated/Engineer", "until": 1311281500}`, "Authenticated/Engineer", ""},
		{`"authenticated/engineer"`, "authenticated/engineer", login.ReasonUndeclared},
		{`"Authenticated/Teams"`, "Authenticated/Teams", login.ReasonUndeclared},
		{`"Authenticated/Roles/admin"`, "Authenticated/Roles/admin", login.ReasonBuiltin},
		{`"SecurityZones/plant"`, "SecurityZones/plant", login.ReasonBuiltin},
		{`"Authenticated"`, "", ""},
		{`"Public"`, "Public", login.ReasonBuiltin},
		{`["Authenticated/Engineer"]`, "", login.ReasonBadGrant},
		{`7`, "", login.ReasonBadGrant},
		{`{"level": 7}`, "", login.ReasonBadGrant},
		{`{"until": 1311281500}`, "", login.ReasonBadGrant},
		{`{"level": "Authenticated/Engineer", "untill": 5}`, "", login.ReasonBadGrant},
	}
	for _, test := range tests {
		t.Run(test.claim, func(t *testing.T) {
			d := decide(t, e, signedIn(t, login.Evidence{}, idToken, `{"level": `+test.claim+`}`))
			switch {
			case test.reason != "" && test.path == "Public":
				if len(d.Withheld) != 1 || d.Withheld[0].Reason != test.reason {
					t.Errorf("withheld %+v", d.Withheld)
				}
			case test.reason != "":
				withheldFor(t, d, test.path, test.reason)
			case test.path != "":
				level(t, d, test.path)
			default:
				holdsExactly(t, d, "Authenticated")
			}
		})
	}
}

func TestHelperThatReadsGrantSeesEveryRule(t *testing.T) {
	e := withPolicy(t, `grant contains "Authenticated/Engineer"
both if {
	"Authenticated/Engineer" in grant
	count(grant) == 1
}`)
	value, err := e.askRef(t, "data.doorward.levels.both")
	if err != nil || value == nil || value.String() != "true" {
		t.Errorf("got %v, %v", value, err)
	}
}

func TestDefaultPolicyLeavesOutWhatIsNotDeclared(t *testing.T) {
	facts := signedIn(t, login.Evidence{AuthTime: at(received), Challenged: yes(true)})
	some := newEngine(t, Config{DefaultPolicy: true, Levels: map[string]Level{fresh: {}}})
	holdsExactly(t, decide(t, some, facts), "Authenticated", fresh)
	none := newEngine(t, Config{DefaultPolicy: true, Levels: map[string]Level{}})
	holdsExactly(t, decide(t, none, facts), "Authenticated")
}

func TestNoPolicyAtAllLeavesTheBuiltInLevels(t *testing.T) {
	d := decide(t, newEngine(t, Config{}), signedIn(t, login.Evidence{}))
	holdsExactly(t, d, "Authenticated")
	if d.Revision == "" || d.Volatile || d.Until != 0 {
		t.Errorf("got %+v", d)
	}
}

func TestTreeOfTheSessionDocument(t *testing.T) {
	e := withPolicy(t, `grant contains {"level": "Authenticated/Engineer", "until": input.now + 100}
grant contains {"level": "Authenticated/Engineer/Lead", "until": input.now + 50}`)
	facts := signedIn(t, login.Evidence{})
	facts.User.Roles = []string{"admin"}
	d := decide(t, e, facts)
	tests := []struct {
		later time.Duration
		want  string
	}{
		{0, `[{"name":"Authenticated","children":[{"name":"Engineer","until":1311281100,"children":[{"name":"Lead","until":1311281050,"children":[]}]},{"name":"Roles","children":[{"name":"admin","children":[]}]}]}]`},
		{50 * time.Second, `[{"name":"Authenticated","children":[{"name":"Engineer","until":1311281100,"children":[]},{"name":"Roles","children":[{"name":"admin","children":[]}]}]}]`},
		{100 * time.Second, `[{"name":"Authenticated","children":[{"name":"Roles","children":[{"name":"admin","children":[]}]}]}]`},
	}
	for _, test := range tests {
		if got := asJSON(t, Tree(d, afterwards.Add(test.later))); got != test.want {
			t.Errorf("after %s:\ngot  %s\nwant %s", test.later, got, test.want)
		}
	}
	if got := asJSON(t, Tree(decide(t, e, anonymous()), afterwards)); got != `[]` {
		t.Errorf("anonymous: %s, want []", got)
	}
}
