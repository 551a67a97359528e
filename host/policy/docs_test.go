package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

var regoBlock = regexp.MustCompile("(?s)```rego\n(.*?)```")

func TestExamplesOfTheDocumentationLoad(t *testing.T) {
	pages, err := filepath.Glob("../../docs/policies/*.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, page := range append(pages, "../../docs/levels.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regoBlock.FindAllStringSubmatch(string(text), -1) {
			count++
			if err := load(Config{Modules: map[string]string{"example.rego": block[1]}}); err != nil {
				t.Errorf("%s: %v\n%s", page, err, block[1])
			}
		}
	}
	if count < 6 {
		t.Errorf("found %d examples", count)
	}
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
		for _, part := range []string{"**Avoid**", "**Prefer**", "## Rationale", "## Configuration"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s has no %s", page, part)
			}
		}
	}
}

func TestEveryReasonIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/levels.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range []login.Reason{
		login.ReasonUserInfoFailed, login.ReasonExpired, login.ReasonBadUntil, login.ReasonRuleError, login.ReasonBadGrant,
		login.ReasonUndeclared, login.ReasonBuiltin, login.ReasonParent, login.ReasonAnonymous, login.ReasonRoleName, login.ReasonBudget,
	} {
		if !strings.Contains(string(text), "`"+string(reason)+"`") {
			t.Errorf("%s is not documented", reason)
		}
	}
}
