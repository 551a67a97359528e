package policy

import (
	"slices"
	"strings"
	"testing"
)

// What the library does not have would be undefined for good, and "not" of it
// would grant to everybody.
func TestReferencesThatTheLibraryDoesNotHave(t *testing.T) {
	for text, want := range map[string]string{
		"import data.doorward.reauth\n\ngrant contains \"Terminal\" if reauth.chalenged":     `a.rego:5:30: doorward.reauth has no "chalenged": did you mean "challenged"?`,
		"import data.doorward.reauth\n\ngrant contains \"Terminal\" if not reauth.chalenged": `a.rego:5:34: doorward.reauth has no "chalenged": did you mean "challenged"?`,
		"grant contains \"Terminal\" if data.doorward.raeuth.challenged":                     `a.rego:3:30: the library has no package doorward.raeuth: did you mean "reauth"?`,
		"grant contains \"Terminal\" if data.doorward.geo.country == \"CH\"":                 `a.rego:3:30: the library has no package doorward.geo; it has acr, amr, claims, hours, idp, lists, reauth, roles, zones`,
	} {
		lines := faultLines(load(Config{Modules: map[string]string{"a.rego": head + text}}))
		if !slices.Equal(lines, []string{want}) {
			t.Errorf("%s:\ngot  %q\nwant %q", text, lines, want)
		}
	}
	for _, text := range []string{
		"import data.doorward.reauth\n\ngrant contains \"Terminal\" if reauth.challenged",
		"import data.doorward.reauth\n\ngrant contains \"Terminal\" if { some name in [\"age\"]; reauth[name] > 1 }",
		"grant contains \"Terminal\" if own.x\n\nown := {\"x\": true}",
		"grant contains \"Terminal\" if data.mine.own.x.y\n",
		"grant contains \"Terminal\" if data.mine.deep.rule\n",
		"grant contains \"Terminal\" if count(data.mine) > 0\n",
		"grant contains \"Terminal\" if helper with data.given as {\"x\": 1}\n\nhelper if data.given.x == 1\n",
	} {
		files := map[string]string{"a.rego": head + text, "b.rego": "package mine\n\nown := {\"x\": {\"y\": true}}", "c.rego": "package mine.deep\n\nrule if true"}
		if got := warned(t, Config{Modules: files}); len(got) > 0 {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestWarningsOfWhatNeverGrants(t *testing.T) {
	levels := map[string]Level{"A": {}, "A/B": {}, "T": {}, "G": {Group: true}, "G/X": {}}
	for text, want := range map[string][]string{
		`grant contains "A/B"`:                       {`a.rego:3:1: this rule cannot give "A/B": nobody can hold "A", which is above it`},
		`grant contains "T" if data.mine.helper`:     {`a.rego:3:23: data.mine.helper is defined nowhere, so it is never there: write a rule for it, or remove this`},
		`grant contains "T" if not data.mine.helper`: {`a.rego:3:27: data.mine.helper is defined nowhere, so it is never there: write a rule for it, or remove this`},
		`grants contains "T"`: {
			`a.rego:3:1: the host does not ask for grants: did you mean grant?`,
			`no rule grants a level: write grant contains "PATH" if … in the package doorward.levels`,
		},
		`helper := 1`:          {`no rule grants a level: write grant contains "PATH" if … in the package doorward.levels`},
		`grant contains "T"`:   nil,
		`grant contains "G/X"`: nil,
		"grant contains \"A\"\n\ngrant contains \"A/B\"": nil,
	} {
		if got := warned(t, Config{Levels: levels, Modules: map[string]string{"a.rego": head + text}}); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", text, got, want)
		}
	}
	if got := warned(t, Config{Modules: map[string]string{"a.rego": "package mine\n\nx := 1\n"}, DefaultPolicy: true}); len(got) > 0 {
		t.Errorf("beside the default policy: %q", got)
	}
	if got := strings.Join(warned(t, Config{DefaultPolicy: true}), "\n"); got != "" {
		t.Errorf("the default policy: %s", got)
	}
}
