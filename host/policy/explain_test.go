package policy

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// explained asks why about facts that every test of this file shares.
func explained(t testing.TB, e *Engine, facts login.Facts, levels ...string) Explanation {
	t.Helper()
	x, err := e.Explain(context.Background(), facts, levels...)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func whyFacts(t testing.TB) login.Facts {
	facts := signedIn(t, login.Evidence{AuthTime: at(received - 20)}, idToken, `{"sub": "ada", "tier": "silver"}`,
		userInfo, `{"groups": ["staff", "dev"], "address": {"country": "NO"}, "n": 3}`)
	facts.User = &login.User{ID: "ada", UserName: "ada", Roles: []string{"staff", "dev"}, Attributes: map[string]any{"team": "blue"}}
	facts.Request = login.Request{IP: "10.0.0.7", Zones: []string{"plant"}, App: "wiki"}
	return facts
}

// innermost lists the expressions that decided: f itself, or those at the ends
// of Because.
func innermost(f Failure) []Failure {
	if len(f.Because) == 0 {
		return []Failure{f}
	}
	var found []Failure
	for _, inner := range f.Because {
		found = append(found, innermost(inner)...)
	}
	return found
}

// told writes failures as "KIND LINE:COL TEXT {NAME = VALUE; …}", innermost
// only.
func told(failures []Failure) (lines []string) {
	for _, f := range failures {
		for _, inner := range innermost(f) {
			var values []string
			for _, v := range inner.Values {
				text := v.Name + " = " + strings.Join(append([]string{v.Value}, v.Also...), " | ")
				if v.Missing {
					text = v.Name + " missing"
				}
				values = append(values, text)
			}
			lines = append(lines, fmt.Sprintf("%s %d:%d %s {%s}", inner.Kind, inner.Line, inner.Column, inner.Text, strings.Join(values, "; ")))
		}
	}
	return lines
}

// reportOf is what the rule on line says about level.
func reportOf(t testing.TB, x Explanation, level string, line int) RuleReport {
	t.Helper()
	for _, l := range x.Levels {
		for _, r := range l.Why {
			if l.Path == level && r.Line == line && r.By == login.ByRule {
				return r
			}
		}
	}
	t.Fatalf("nothing is said of line %d for %s: %s", line, level, asJSON(t, x))
	return RuleReport{}
}

// The rule is on line 6; each body fails, and the innermost expressions that
// made it fail are named with what they saw.
func TestExplainNamesTheExpressionThatFailed(t *testing.T) {
	tests := []struct {
		name string
		body string // of the rule, and the helpers below it
		want []string
	}{
		{"a comparison", `if input.user.userName == "bob"`, []string{`false 6:30 input.user.userName == "bob" {input.user.userName = "ada"}`}},
		{"the first of several", "if {\n\tinput.user.id == \"ada\"\n\tinput.user.userName == \"bob\"\n\tinput.user.email\n}",
			[]string{`false 8:2 input.user.userName == "bob" {input.user.userName = "ada"}`}},
		{"two sides", `if input.user.userName == input.sources.idTokenClaims.tier`,
			[]string{`false 6:30 input.user.userName == input.sources.idTokenClaims.tier {input.user.userName = "ada"; input.sources.idTokenClaims.tier = "silver"}`}},
		{"a member of a list", `if "admin" in input.user.roles`, []string{`false 6:30 "admin" in input.user.roles {input.user.roles = ["staff", "dev"]}`}},
		{"a missing member", `if input.user.email == "x"`, []string{`undefined 6:30 input.user.email == "x" {input.user.email missing}`}},
		{"a missing member's first part", `if input.sources.userInfo.org.unit.name == "x"`,
			[]string{`undefined 6:30 input.sources.userInfo.org.unit.name == "x" {input.sources.userInfo.org missing}`}},
		{"a missing source", `if input.sources.authnResponse.issuer == "x"`,
			[]string{`undefined 6:30 input.sources.authnResponse.issuer == "x" {input.sources.authnResponse missing}`}},
		{"a missing operand", `if "x" in input.sources.userInfo.teams`,
			[]string{`undefined 6:37 input.sources.userInfo.teams {input.sources.userInfo.teams missing}`}},
		{"false itself", `if input.login.forceAuth == false`, []string{`false 6:30 input.login.forceAuth == false {input.login.forceAuth = true}`}},
		{"a bare reference", `if input.sources.userInfo.admin`, []string{`undefined 6:30 input.sources.userInfo.admin {input.sources.userInfo.admin missing}`}},
		{"a number", `if input.sources.userInfo.n > 5`, []string{`false 6:30 input.sources.userInfo.n > 5 {input.sources.userInfo.n = 3}`}},
		{"arithmetic", `if (input.sources.userInfo.n * 2) + 1 > 50`,
			[]string{`false 6:30 (input.sources.userInfo.n * 2) + 1 > 50 {input.sources.userInfo.n = 3; (input.sources.userInfo.n * 2) = 6; (input.sources.userInfo.n * 2) + 1 = 7}`}},
		{"a nested call", `if startswith(lower(input.user.userName), "b")`,
			[]string{`false 6:30 startswith(lower(input.user.userName), "b") {input.user.userName = "ada"; lower(input.user.userName) = "ada"}`}},
		{"an assigned variable", "if {\n\tx := input.user.userName\n\tx == \"bob\"\n}", []string{`false 8:2 x == "bob" {x = "ada"}`}},
		{"an assignment of nothing", "if {\n\tx := input.user.lastName\n\tx == \"bob\"\n}",
			[]string{`undefined 7:2 x := input.user.lastName {input.user.lastName missing}`}},
		{"not", `if not input.user.userName == "ada"`, []string{`false 6:30 not input.user.userName == "ada" {input.user.userName = "ada"}`}},
		{"not, of a helper", "if not staff\n\nstaff if \"staff\" in input.user.roles",
			[]string{`held 8:1 staff if "staff" in input.user.roles {staff = true}`}},
		{"some in", "if {\n\tsome role in input.user.roles\n\trole == \"admin\"\n}", []string{`false 8:2 role == "admin" {role = "staff" | "dev"}`}},
		{"some in an empty list", "if {\n\tsome x in input.login.evidence.amr\n\tx == \"otp\"\n}",
			[]string{`undefined 7:2 some x in input.login.evidence.amr {input.login.evidence.amr missing}`}},
		{"every", "if every role in input.user.roles {\n\trole != \"dev\"\n}", []string{`false 7:2 role != "dev" {role = "dev"}`}},
		{"every, over nothing", "if every x in input.user.email { x }", []string{`undefined 6:41 input.user.email {input.user.email missing}`}},
		{"a comprehension", `if count([r | some r in input.user.roles; r == "admin"]) > 0`,
			[]string{`false 6:69 r == "admin" {r = "staff" | "dev"}`}},
		{"a helper rule", "if engineer\n\nengineer if {\n\tinput.user.attributes.team == \"red\"\n}",
			[]string{`false 9:2 input.user.attributes.team == "red" {input.user.attributes.team = "blue"}`}},
		{"a helper with several bodies", "if engineer\n\nengineer if input.user.userName == \"eve\"\n\nengineer if input.user.lastName",
			[]string{`false 8:13 input.user.userName == "eve" {input.user.userName = "ada"}`, `undefined 10:13 input.user.lastName {input.user.lastName missing}`}},
		{"a helper's helper", "if a\n\na if b\n\nb if c(\"x\")\n\nc(y) if input.user.userName == y",
			[]string{`false 12:9 input.user.userName == y {input.user.userName = "ada"; y = "x"}`}},
		{"a helper asked for twice", "if {\n\tnot engineer\n\tengineer\n}\n\nengineer if input.user.userName == \"eve\"",
			[]string{`false 11:13 input.user.userName == "eve" {input.user.userName = "ada"}`}},
		{"a helper's value", "if rank == \"high\"\n\nrank := \"low\" if input.user.id == \"ada\"", []string{`false 6:30 rank == "high" {rank = "low"}`}},
		{"a default", "if engineer\n\ndefault engineer := false\n\nengineer if input.user.userName == \"eve\"",
			[]string{`false 10:13 input.user.userName == "eve" {input.user.userName = "ada"}`}},
		{"an else chain", "if rank == 1\n\nrank := 1 if input.user.userName == \"eve\"\n\nelse := 2 if input.user.id == \"ada\"",
			[]string{`false 6:30 rank == 1 {rank = 2}`}},
		{"an else chain without an end", "if rank > 0\n\nrank := 1 if input.user.userName == \"eve\"\n\nelse := 2 if input.user.id == \"bob\"",
			[]string{`false 8:14 input.user.userName == "eve" {input.user.userName = "ada"}`, `false 10:1 else := 2 if input.user.id == "bob" {input.user.id = "ada"}`}},
		{"a function that fits no argument", "if kind(input.user.userName) == 1\n\nkind(\"bob\") := 1\n\nkind(\"eve\") := 2",
			[]string{`no_match 8:1 kind("bob") := 1 {}`, `no_match 10:1 kind("eve") := 2 {}`}},
		{"a partial set", "if \"admin\" in powers\n\npowers contains p if {\n\tsome p in input.user.roles\n\tp != \"staff\"\n}",
			[]string{`false 6:30 "admin" in powers {powers = {"dev"}}`}},
		{"an empty partial set", "if \"admin\" in powers\n\npowers contains p if {\n\tsome p in input.user.roles\n\tp == \"root\"\n}",
			[]string{`false 10:2 p == "root" {p = "staff" | "dev"}`}},
		{"with", "if other with input.user.userName as \"carl\"\n\nother if input.user.userName == \"ada\"",
			[]string{`false 8:10 input.user.userName == "ada" {input.user.userName = "carl"}`}},
		{"the library", `if reauth.within("10s")`, []string{`false 51:21 age < _duration(duration) {_duration(duration) = 10; age = 50}`}},
		{"a reference that names nothing", `if claims.ref("{attribute-source:userInfo:tier}") == "gold"`,
			[]string{`undefined 6:30 claims.ref("{attribute-source:userInfo:tier}") {{attribute-source:userInfo:tier} missing}`}},
		{"an import with another name", "if name == \"bob\"\n\nname := input.user.userName", []string{`false 6:30 name == "bob" {name = "ada"}`}},
		{"a comparison in the head of a helper", "if right\n\nright := input.user.userName == \"bob\"", []string{`false 6:30 right {right = false}`}},
		{"iteration in a reference", `if input.user.roles[_] == "admin"`, []string{`false 6:30 input.user.roles[_] == "admin" {input.user.roles = ["staff", "dev"]}`}},
		{"an object", `if input.sources.userInfo.address == {"country": "SE"}`,
			[]string{`false 6:30 input.sources.userInfo.address == {"country": "SE"} {input.sources.userInfo.address = {"country": "NO"}}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := withPolicy(t, `grant contains "Terminal" `+test.body)
			x := explained(t, e, whyFacts(t), "Terminal")
			report := reportOf(t, x, "Terminal", 6)
			if report.Verdict != DidNotHold || report.Cut != "" || report.Level != "Terminal" {
				t.Errorf("report %+v", report)
			}
			got := told(report.Failed)
			if !slices.Equal(got, test.want) {
				t.Errorf("got\n%s\nwant\n%s\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"), asTree(t, x))
			}
		})
	}
}

func asTree(t testing.TB, x Explanation) string {
	t.Helper()
	var out strings.Builder
	if err := x.Write(&out, false); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestExplainSaysWhatGranted(t *testing.T) {
	person := login.Person{IdP: "corp", Issuer: "https://idp.example.com", Subject: "ada"}
	e := newEngine(t, Config{
		Grants: []Grant{{Person: person, Levels: []string{"Authenticated/Teams/Blue"}}},
		Modules: levelsFile(`# METADATA
# title: works in engineering
grant contains {"level": "Authenticated/Engineer", "until": input.now + 100}

grant contains {"level": "Authenticated/Engineer", "until": input.now + 50}

grant contains {"level": "Authenticated/Engineer/Lead", "until": input.now + 500}`),
	})
	x := explained(t, e, whyFacts(t))
	if x.Format != ExplainFormat || x.Revision != e.Revision() || x.Now != afterwards.Unix() || !x.SignedIn || len(x.Notes) != 0 {
		t.Errorf("explanation %+v", x)
	}
	engineer := explainedLevel(t, x, "Authenticated/Engineer")
	want := RuleReport{By: login.ByRule, Verdict: Granted, Level: "Authenticated/Engineer", File: "levels.rego", Line: 8, Column: 1,
		Title: "works in engineering", Until: afterwards.Unix() + 100}
	if !engineer.Held || engineer.Until != afterwards.Unix()+100 || engineer.Rule != "levels.rego:8" || engineer.Title != "works in engineering" ||
		len(engineer.Why) != 2 || asJSON(t, engineer.Why[0]) != asJSON(t, want) || engineer.Why[1].Verdict != Granted || engineer.Why[1].Until != afterwards.Unix()+50 {
		t.Errorf("got %s", asJSON(t, engineer))
	}
	lead := explainedLevel(t, x, "Authenticated/Engineer/Lead")
	if lead.Until != afterwards.Unix()+100 || lead.Why[0].Until != afterwards.Unix()+500 {
		t.Errorf("a child outlasts its parent, or its own end is not told: %s", asJSON(t, lead))
	}
	blue := explainedLevel(t, x, "Authenticated/Teams/Blue")
	if blue.By != login.ByGrant || len(blue.Why) != 1 || blue.Why[0].By != login.ByGrant || *blue.Why[0].Person != person || blue.Why[0].Verdict != Granted {
		t.Errorf("a configured grant is not told as one: %s", asJSON(t, blue))
	}
	if got := asTree(t, x); !strings.Contains(got, `configured grant to "corp" "https://idp.example.com" "ada": granted`) ||
		!strings.Contains(got, "Authenticated/Engineer: held until 2011-07-21T20:45:00Z (1m40s)") {
		t.Errorf("got\n%s", got)
	}
}

func explainedLevel(t testing.TB, x Explanation, path string) Explained {
	t.Helper()
	for _, l := range x.Levels {
		if l.Path == path {
			return l
		}
	}
	t.Fatalf("%s is not explained: %s", path, asJSON(t, x))
	return Explained{}
}

func TestExplainSaysWhatWasWithheld(t *testing.T) {
	tests := []struct {
		name, rule string
		reason     login.Reason
		detail     string
		values     string // of the report
		failed     string // the first failure
	}{
		{"a time that is text", `grant contains {"level": "Terminal", "until": input.user.userName}`, login.ReasonBadUntil, "whole number", `until = "ada"`, ""},
		{"a time in milliseconds", `grant contains {"level": "Terminal", "until": 1311281300000}`, login.ReasonBadUntil, "milliseconds", `until = 1311281300000`, ""},
		{"a time that is past", `grant contains {"level": "Terminal", "until": input.now - 10}`, login.ReasonExpired, "ended 10 s ago", `until = 1311280990`, ""},
		{"a builtin's error", `grant contains "Terminal" if to_number(input.user.userName) > 3`, login.ReasonRuleError, "builtin error in to_number at levels.rego:6", "",
			`error 6:30 to_number(input.user.userName) {input.user.userName = "ada"}`},
		{"an error in a helper", "grant contains \"Terminal\" if not odd\n\nodd if 1 / (input.now - input.now) == 1", login.ReasonRuleError, "at levels.rego:8", "",
			`error 8:8 1 / (input.now - input.now) {input.now = 1311281000; (input.now - input.now) = 0}`},
		{"a conflict", "grant contains \"Terminal\" if rank == 1\n\nrank := 1 if input.user.id == \"ada\"\n\nrank := 2 if input.user.userName == \"ada\"",
			login.ReasonRuleError, "conflict error at levels.rego:10", "",
			`held 8:1 rank := 1 if input.user.id == "ada" {rank = 1}`},
		{"a conflict of functions", "grant contains \"Terminal\" if rank(input.user.id) == 1\n\nrank(x) := 1 if x == \"ada\"\n\nrank(x) := 2 if x != \"bob\"",
			login.ReasonRuleError, "conflict error at levels.rego:", "",
			`held 8:1 rank(x) := 1 if x == "ada" {rank = 1}`},
		{"a malformed reference", `grant contains "Terminal" if claims.ref(input.user.userName)`, login.ReasonRuleError, "builtin error in to_number", "",
			`error 6:30 claims.ref(input.user.userName) {input.user.userName = "ada"}`},
		{"a parent that is missing", `grant contains "Terminal/Inside"`, login.ReasonParent, "Terminal is not held", "", ""},
		{"too many levels", "grant contains {\"level\": \"Terminal\", \"until\": n} if some n in numbers.range(1, 300)", login.ReasonBudget, "more than 256", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := withPolicy(t, test.rule)
			level := e.rules[0].level
			x := explained(t, e, whyFacts(t), level)
			r := reportOf(t, x, level, 6)
			if r.Verdict != NotGranted || r.Reason != test.reason || !strings.Contains(r.Detail, test.detail) {
				t.Errorf("report %s", asJSON(t, r))
			}
			var values []string
			for _, v := range r.Values {
				values = append(values, v.Name+" = "+v.Value)
			}
			if got := strings.Join(values, "; "); got != test.values {
				t.Errorf("values %s, want %s", got, test.values)
			}
			if got := told(r.Failed); len(got) == 0 && test.failed != "" || len(got) > 0 && got[0] != test.failed {
				t.Errorf("failed %q, want %s\n%s", got, test.failed, asTree(t, x))
			}
			if !strings.Contains(asTree(t, x), "levels.rego:6") {
				t.Errorf("the rule's place is not in\n%s", asTree(t, x))
			}
		})
	}
}

func TestExplainUserInfoFailed(t *testing.T) {
	e := newEngine(t, Config{Mapped: mapped, Modules: levelsFile(`grant contains "Terminal" if not input.sources.userInfo.suspended

grant contains "Terminal" if "admin" in input.user.roles`)})
	facts := whyFacts(t)
	facts.Document.Missing = []string{attrs.UserInfo}
	x := explained(t, e, facts, "Terminal", "Authenticated/Roles/staff")
	for line, read := range map[int]string{6: "input.sources.userInfo", 8: "input.user.roles"} {
		r := reportOf(t, x, "Terminal", line)
		if r.Reason != login.ReasonUserInfoFailed || len(r.Values) != 1 || r.Values[0].Name != read || len(r.Failed) != 0 {
			t.Errorf("line %d: %s", line, asJSON(t, r))
		}
	}
	role := explainedLevel(t, x, "Authenticated/Roles/staff")
	if role.Held || role.Why[0].Reason != login.ReasonUserInfoFailed || role.Why[0].Verdict != NotGranted {
		t.Errorf("role %s", asJSON(t, role))
	}
}

func TestExplainTheLevelsAboveAndWhoeverCanHoldThem(t *testing.T) {
	e := withPolicy(t, `grant contains "Authenticated/Engineer/Lead"

grant contains "Authenticated/Engineer" if input.user.id == "bob"

grant contains "Terminal/Inside"`)
	x := explained(t, e, whyFacts(t), "Authenticated/Engineer/Lead", "Terminal/Inside", "Authenticated/Teams/Blue", "Authenticated/Teams")
	if l := explainedLevel(t, x, "Authenticated/Engineer/Lead"); l.Missing != "Authenticated/Engineer" || l.Held {
		t.Errorf("got %s", asJSON(t, l))
	}
	if r := reportOf(t, x, "Authenticated/Engineer", 8); len(r.Failed) != 1 { // asked for because it is missing
		t.Errorf("got %s", asJSON(t, r))
	}
	if l := explainedLevel(t, x, "Terminal/Inside"); l.Missing != "Terminal" || l.Reach != "unreached" || l.Lacking != "Terminal" {
		t.Errorf("got %s", asJSON(t, l))
	}
	if l := explainedLevel(t, x, "Authenticated/Teams/Blue"); l.Reach != "unreached" || len(l.Why) != 0 || l.Why == nil {
		t.Errorf("got %s", asJSON(t, l))
	}
	if l := explainedLevel(t, x, "Authenticated/Teams"); l.Held || l.Why[0].By != login.ByGroup {
		t.Errorf("got %s", asJSON(t, l))
	}
	nobody := explained(t, e, anonymous(), "Authenticated/Engineer/Lead")
	if l := explainedLevel(t, nobody, "Authenticated"); nobody.SignedIn || l.Held || l.Why[0].Detail != "nobody is signed in" {
		t.Errorf("got %s", asJSON(t, l))
	}
	if r := reportOf(t, nobody, "Authenticated/Engineer/Lead", 6); r.Reason != login.ReasonAnonymous {
		t.Errorf("got %s", asJSON(t, r))
	}
}

func TestExplainComputedLevels(t *testing.T) {
	e := withPolicy(t, `grant contains level if {
	some role in input.user.roles
	level := sprintf("Authenticated/Teams/%s", [role])
}

grant contains input.sources.idTokenClaims.level`)
	facts := whyFacts(t)
	facts.User.Roles = []string{"Blue", "Nowhere"}
	x := explained(t, e, facts)
	if l := explainedLevel(t, x, "Authenticated/Teams/Blue"); !l.Held || l.Why[0].Verdict != Granted || l.Reach != "cannot tell" {
		t.Errorf("got %s", asJSON(t, l))
	}
	if r := reportOf(t, x, "Authenticated/Teams/Nowhere", 6); r.Reason != login.ReasonUndeclared {
		t.Errorf("got %s", asJSON(t, r))
	}
	if len(x.Computed) != 1 || x.Computed[0].Line != 11 || told(x.Computed[0].Failed)[0] !=
		`undefined 11:16 input.sources.idTokenClaims.level {input.sources.idTokenClaims.level missing}` {
		t.Errorf("got %s", asJSON(t, x.Computed))
	}
}

func TestExplainRefusesLevelsThatDoNotExist(t *testing.T) {
	e := withPolicy(t, `grant contains "Terminal"`)
	for path, want := range map[string]string{
		"Terminals":               `level "Terminals" is not declared: did you mean "Terminal"?`,
		"Authenticated/Roles/a/b": `"Authenticated/Roles/a/b" is no level: the name of a role or of a zone is one segment`,
	} {
		if _, err := e.Explain(context.Background(), whyFacts(t), path); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
