package policy

import (
	"encoding/json"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"
)

var tested = map[string]string{
	"levels.rego": `package doorward.levels

grant contains "A" if input.user.id == "ada"

grant contains "B" if {
	input.user.id == "bob"
	input.login.idp == "corp"
}
`,
	"levels_test.rego": `package levels_test

import data.doorward.levels

test_ada if levels.grant == {"A"} with input as {"user": {"id": "ada"}}

test_wrong if {
	print("<looking>")
	levels.grant == {"A"} with input as {"user": {"id": "eve"}}
}

todo_test_later if false
`,
}

func testReport(t *testing.T, o TestOptions) TestReport {
	t.Helper()
	r, err := TestModules(t.Context(), tested, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReportsForOtherPrograms(t *testing.T) {
	r := testReport(t, TestOptions{})
	var text strings.Builder
	if err := r.WriteJSON(&text); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Passed, Failed, Skipped int
		Tests                   []struct {
			File, Name, Outcome, Output string
			Line                        int
		}
		Coverage any
	}
	if err := json.Unmarshal([]byte(text.String()), &got); err != nil {
		t.Fatal(err)
	}
	if got.Passed != 1 || got.Failed != 1 || got.Skipped != 1 || len(got.Tests) != 3 || got.Coverage != nil {
		t.Errorf("got %s", text.String())
	}
	if wrong := got.Tests[1]; wrong.Outcome != "failed" || wrong.Line != 7 || wrong.Name != "levels_test.test_wrong" || wrong.File != "levels_test.rego" || wrong.Output != "<looking>\n" {
		t.Errorf("got %+v", wrong)
	}

	text.Reset()
	if err := r.WriteJUnit(&text); err != nil {
		t.Fatal(err)
	}
	var suite junitSuite
	if err := xml.Unmarshal([]byte(text.String()), &suite); err != nil {
		t.Fatalf("%v in %s", err, text.String())
	}
	if suite.Tests != 3 || suite.Failures != 1 || suite.Skipped != 1 || suite.Cases[1].Failure == nil || suite.Cases[0].Failure != nil ||
		suite.Cases[2].Skipped == nil || suite.Cases[1].Class != "levels_test" || suite.Cases[1].Name != "test_wrong" || suite.Cases[1].Output != "<looking>\n" {
		t.Errorf("got %s", text.String())
	}
}

func TestCoverageNamesTheLinesThatNoTestEvaluates(t *testing.T) {
	c := testReport(t, TestOptions{Coverage: true}).Coverage
	if c == nil || len(c.Files) != 1 || c.Files[0].File != "levels.rego" {
		t.Fatalf("got %+v", c)
	}
	if got := c.Files[0].Uncovered; len(got) == 0 || got[len(got)-1].To < 7 || got[0].From < 5 {
		t.Errorf("not evaluated: %v", got)
	}
	if c.Percent <= 0 || c.Percent >= 100 {
		t.Errorf("%.1f %%", c.Percent)
	}
}

func TestAPatternChoosesTests(t *testing.T) {
	r := testReport(t, TestOptions{Run: regexp.MustCompile(`test_ada$`)})
	if r.Passed != 1 || r.Failed != 0 || len(r.Results) != 1 {
		t.Errorf("got %+v", r)
	}
}
