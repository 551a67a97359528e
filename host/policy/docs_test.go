package policy

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/doorward/doorward/host/login"
)

var regoBlock = regexp.MustCompile("(?s)```rego\n(.*?)```")

// pageLevels declares what the examples of the documentation grant.
func pageLevels() map[string]Level {
	levels := standard()
	maps.Copy(levels, map[string]Level{
		"Authenticated/Strong": {}, "Authenticated/Strong/Hardware": {},
		"Authenticated/Staff": {}, "Authenticated/Staff/Engineer": {}, "Authenticated/Staff/Payroll": {},
	})
	return levels
}

func pages(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../docs/policies/*.md")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range append(files, "../../docs/levels.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
	return texts
}

func TestExamplesOfTheDocumentationLoad(t *testing.T) {
	count := 0
	for page, text := range pages(t) {
		for _, block := range regoBlock.FindAllStringSubmatch(text, -1) {
			if isTest(block[1]) {
				continue
			}
			count++
			if err := load(Config{Levels: pageLevels(), Modules: map[string]string{"example.rego": block[1]}}); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if count < 20 {
		t.Errorf("found %d examples", count)
	}
}

func isTest(block string) bool { return strings.HasPrefix(block, "package doorward.levels_test\n") }

// Each test of a page is of the policy above it.
func TestExamplesOfTheDocumentationDoWhatTheySay(t *testing.T) {
	tested := map[string]bool{}
	for page, text := range pages(t) {
		example, count := "", 0
		for _, block := range regoBlock.FindAllStringSubmatch(text, -1) {
			if !isTest(block[1]) {
				example = block[1]
				continue
			}
			count++
			report, err := Test(context.Background(), fstest.MapFS{
				"example.rego": {Data: []byte(example)}, "example_test.rego": {Data: []byte(block[1])},
			})
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if !report.OK() || report.Skipped > 0 {
				var out strings.Builder
				_ = report.Write(&out, true)
				t.Errorf("%s:\n%s", page, out.String())
			}
			if !strings.Contains(block[1], "set()") || !strings.Contains(block[1], `{"`) {
				t.Errorf("%s: the test does not show both a grant and none", page)
			}
		}
		if count > 0 {
			tested[strings.TrimSuffix(filepath.Base(page), ".md")] = true
		}
	}
	for name := range ours(t) {
		if shipped := packageOf(name); !strings.HasSuffix(name, testSuffix) && !tested[shipped] {
			t.Errorf("the page of %s has no test", shipped)
		}
	}
}

// What the page of idp promises of the tree: the rule grants, and the level is
// not held.
func TestThePageOfIdpCapsByTheTree(t *testing.T) {
	_, section, ok := strings.Cut(pages(t)["../../docs/policies/idp.md"], "## Capping a provider by the tree")
	example := regoBlock.FindStringSubmatch(section)
	if !ok || example == nil {
		t.Fatal("the page has no such example")
	}
	e := newEngine(t, Config{Levels: pageLevels(), Modules: map[string]string{"levels.rego": example[1]}})
	facts := signedIn(t, login.Evidence{}, userInfo, `{"groups": "engineering"}`)
	holdsExactly(t, decide(t, e, facts), "Authenticated", "Authenticated/Staff", "Authenticated/Staff/Engineer")

	facts.Document.Login.IdP = "partner"
	d := decide(t, e, facts)
	holdsExactly(t, d, "Authenticated")
	withheldFor(t, d, "Authenticated/Staff/Engineer", login.ReasonParent)
}

func TestEveryShippedPolicyHasItsPage(t *testing.T) {
	for name := range ours(t) {
		if strings.HasSuffix(name, testSuffix) {
			continue
		}
		page := "../../docs/policies/" + strings.TrimSuffix(filepath.Base(name), ".rego") + ".md"
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range []string{"**Use it**", "**Do not use it**", "**Avoid**", "**Prefer**", "**Test**", "## Rationale", "## Configuration"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s has no %s", page, part)
			}
		}
	}
}

// A page lists what its package offers, and nothing that it does not.
func TestPagesListTheirFunctions(t *testing.T) {
	for name, offered := range offers(t) {
		page := "../../docs/policies/" + name + ".md"
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		listed := map[string]bool{}
		for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)[(`]").FindAllStringSubmatch(string(text), -1) {
			listed[row[1]] = true
		}
		for function := range offered {
			if !listed[function] {
				t.Errorf("%s does not list %s", page, function)
			}
			delete(listed, function)
		}
		if len(listed) > 0 {
			t.Errorf("%s lists %s, which the package does not offer", page, fmt.Sprint(listed))
		}
	}
}

func TestEveryReasonIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/levels.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []login.Reason{
		login.ReasonUserInfoFailed, login.ReasonSourceFailed, login.ReasonClaimsEnded, login.ReasonExpired, login.ReasonBadUntil, login.ReasonRuleError, login.ReasonBadGrant,
		login.ReasonUndeclared, login.ReasonBuiltin, login.ReasonParent, login.ReasonAnonymous, login.ReasonRoleName, login.ReasonBudget,
	} {
		if !strings.Contains(string(text), "`"+string(reason)+"`") {
			t.Errorf("%s is not documented", reason)
		}
	}
}
