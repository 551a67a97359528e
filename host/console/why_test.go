package console

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/record"
)

// A real explanation becomes lines in which the deepest expression stands.
func TestWhy_NamesTheExpressionThatDecided(t *testing.T) {
	engine, err := policy.New(t.Context(), policy.Config{
		Levels: map[string]policy.Level{"Authenticated/A": {Description: "the first"}, "Authenticated/A/B": {}, "Authenticated/C": {}, "Authenticated/D": {}},
		Modules: map[string]string{"p.rego": `package doorward.levels

# METADATA
# title: of the house
grant contains "Authenticated/A" if ours

ours if input.user.email == "nobody@example.com"

grant contains "Authenticated/A/B" if input.now > 5

grant contains "Authenticated/C" if input.now > 5

grant contains {"level": "Authenticated/C", "until": 5} if input.now > 5
`},
		Grants: []policy.Grant{{Person: login.Person{IdP: "corp", Issuer: "https://idp.example", Subject: "ada"}, Levels: []string{"Authenticated/C"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	doc := ada(t)
	x, err := engine.Explain(t.Context(), login.Facts{Document: doc, User: &login.User{ID: "ada", Email: "ada@example.com"}, Now: time.Unix(now, 0)})
	if err != nil {
		t.Fatal(err)
	}
	v := whyOf(x)
	byPath := map[string]whyLevel{}
	for _, l := range v.Levels {
		byPath[l.Path] = l
	}
	a := byPath["Authenticated/A"]
	if a.Held || a.Short != `false: input.user.email == "nobody@example.com"` || a.Description != "the first" || len(a.Rules) != 1 {
		t.Fatalf("%+v", a)
	}
	rule := a.Rules[0]
	if rule.Verdict != "did not hold" || rule.Title != "of the house" || rule.Place != "p.rego:5" || rule.Failures[0].Text != "ours" ||
		!reflect.DeepEqual(rule.Failures[0].Because[0].Values, []string{`input.user.email = "ada@example.com"`}) || rule.Failures[0].Because[0].Place != "p.rego:7:9" {
		t.Errorf("%+v", rule)
	}
	if b := byPath["Authenticated/A/B"]; b.Held || len(b.Remarks) != 1 || !strings.Contains(b.Remarks[0], "Authenticated/A, is not held") || b.Short != reasons[login.ReasonParent] {
		t.Errorf("%+v", b)
	}
	c := byPath["Authenticated/C"]
	said := fmt.Sprintf("%+v", c.Rules)
	if !c.Held || len(c.Rules) != 3 || !strings.Contains(said, "A grant of the configuration to ada of https://idp.example at corp") || !strings.Contains(said, reasons[login.ReasonExpired]) {
		t.Errorf("%+v", c)
	}
	if d := byPath["Authenticated/D"]; d.Held || d.Short != "no rule and no grant names it" || len(d.Remarks) != 1 || !strings.Contains(d.Remarks[0], "Nobody can hold it") {
		t.Errorf("%+v", d)
	}
	if v.Revision != engine.Revision() {
		t.Error("the revision is another")
	}
}

// However much there is to say, a page stays a page, and says that there is more.
func TestWhy_IsBounded(t *testing.T) {
	deep := policy.Failure{Text: "x"}
	for range 50 {
		deep = policy.Failure{Text: "x", Because: []policy.Failure{deep, deep}[:1+len(deep.Because)%2]}
	}
	rules := make([]policy.RuleReport, 10)
	for i := range rules {
		rules[i] = policy.RuleReport{By: login.ByRule, Failed: []policy.Failure{deep}}
	}
	levels := make([]policy.Explained, 2*whyLevels)
	for i := range levels {
		levels[i] = policy.Explained{Path: fmt.Sprint("L", i), Why: rules}
	}
	v := whyOf(policy.Explanation{Levels: levels, Computed: rules})
	parts := 0
	var count func([]whyFailure)
	count = func(list []whyFailure) {
		parts += len(list)
		for _, f := range list {
			count(f.Because)
		}
	}
	for _, l := range v.Levels {
		parts += len(l.Rules)
		for _, r := range l.Rules {
			count(r.Failures)
		}
	}
	if len(v.Levels) != whyLevels || parts > whyParts || len(v.Notes) != 2 {
		t.Errorf("%d levels, %d parts, notes %v", len(v.Levels), parts, v.Notes)
	}
}

func TestEveryKindOfFailureAndEveryReasonOfARecordHasWords(t *testing.T) {
	for _, kind := range constantsIn(t, "../policy/explain.go", "FailureKind") {
		if kindWords[policy.FailureKind(kind)] == "" {
			t.Errorf("%s has no words", kind)
		}
	}
	for _, reason := range constantsIn(t, "../record/record.go", "Reason") {
		if notReplayable[record.Reason(reason)] == "" {
			t.Errorf("%s has no words", reason)
		}
	}
}

// Typed text takes the place of one file in use; a name that is not in use is
// that of a file beside them.
func TestPolicies_With(t *testing.T) {
	shipped := Policies{Source: SourceDefault, Files: map[string]string{"doorward:default/levels.rego": "shipped"}}
	folder := Policies{Source: SourceFolder, Files: map[string]string{"p/a.rego": "a", "p/a_test.rego": "test"}}
	for name, tt := range map[string]struct {
		policies   Policies
		file, text string
		as         string
		files      map[string]string
	}{
		"the default policy as it ships": {shipped, "doorward:default/levels.rego", "shipped", "doorward:default/levels.rego", nil},
		"another text in its place":      {shipped, "doorward:default/levels.rego", "other", "levels.rego", map[string]string{"levels.rego": "other"}},
		"a file beside it":               {shipped, "new.rego", "other", newFile, map[string]string{"levels.rego": "shipped", newFile: "other"}},
		"in place of a file":             {folder, "p/a.rego", "other", "p/a.rego", map[string]string{"p/a.rego": "other", "p/a_test.rego": "test"}},
		"beside a file":                  {folder, "../../etc/passwd", "other", newFile, map[string]string{"p/a.rego": "a", "p/a_test.rego": "test", newFile: "other"}},
	} {
		as, files := tt.policies.With(tt.file, tt.text)
		if as != tt.as || !reflect.DeepEqual(files, tt.files) {
			t.Errorf("%s: %s %v", name, as, files)
		}
	}
	if folder.Files["p/a.rego"] != "a" {
		t.Error("the files in use changed")
	}
}
