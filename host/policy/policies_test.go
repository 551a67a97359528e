package policy

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/doorward/doorward/policies"
)

// ours is the shipped policies with their tests, as files.
func ours(t *testing.T) map[string]string {
	t.Helper()
	files, err := readAll(policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestShippedPoliciesPassTheirTests(t *testing.T) {
	report, err := Test(context.Background(), policies.Files)
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() || report.Skipped > 0 || report.Passed < 90 {
		var out strings.Builder
		_ = report.Write(&out, true)
		t.Error(out.String())
	}
}

func TestShippedPoliciesPassUnderPlainOPA(t *testing.T) {
	results, err := tester.Run(context.Background(), "../../policies")
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if !result.Pass() {
			t.Error(result)
		}
	}
	if len(results) < 90 {
		t.Errorf("ran %d tests", len(results))
	}
}

func TestShippedPoliciesAreFormatted(t *testing.T) {
	for name, text := range ours(t) {
		want, err := format.SourceWithOpts(name, []byte(text), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != text {
			t.Errorf("%s: not formatted; want\n%s", name, want)
		}
	}
}

func TestEveryShippedPolicyHasItsTest(t *testing.T) {
	files := ours(t)
	for name := range files {
		if strings.HasSuffix(name, testSuffix) {
			continue
		}
		if _, ok := files[strings.TrimSuffix(name, ".rego")+testSuffix]; !ok {
			t.Errorf("%s has no test beside it", name)
		}
	}
}

// Names that begin with _ are a file's own; the rest is the library, and says
// what it is.
func TestEveryShippedRuleHasMetadata(t *testing.T) {
	for name, text := range ours(t) {
		if strings.HasSuffix(name, testSuffix) {
			continue
		}
		module, faults := parse(name, text)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		described := map[string]bool{}
		for _, rule := range module.Rules {
			ref := rule.Head.Ref()[0].Value.String()
			described[ref] = described[ref] || isDescribed(rule)
			if ref == grantRule && title(rule) == "" {
				t.Errorf("%s:%d: grant without a title", name, rule.Loc().Row)
			}
		}
		for ref, ok := range described {
			if !ok && ref != grantRule && !strings.HasPrefix(ref, "_") {
				t.Errorf("%s: %s has no METADATA with title, description and scope: document", name, ref)
			}
		}
	}
}

// isDescribed reports whether one description stands for all rules of the name.
func isDescribed(rule *ast.Rule) bool {
	return slices.ContainsFunc(rule.Annotations, func(a *ast.Annotations) bool {
		return a.Title != "" && a.Description != "" && a.Scope == "document"
	})
}

func TestPolicyTestReportsFailuresWithTheirPlace(t *testing.T) {
	report, err := Test(context.Background(), fstest.MapFS{
		"levels.rego": {Data: []byte("package doorward.levels\n\nimport data.doorward.reauth\n\ngrant contains {\"level\": \"A\", \"until\": reauth.until(\"5m\")}\n")},
		"levels_test.rego": {Data: []byte(`package doorward.levels_test

import data.doorward.levels

test_right if levels.grant == set() with input as {}

test_wrong if {
	print("seen", 1)
	count(levels.grant) == 1 with input as {}
}

todo_test_later if false
`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.OK() || report.Passed != 1 || report.Failed != 1 || report.Skipped != 1 {
		t.Fatalf("%+v", report)
	}
	var out strings.Builder
	if err := report.Write(&out, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"levels_test.rego:7: FAIL doorward.levels_test.test_wrong", "seen 1", "1 passed, 1 failed, 1 to do"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestPolicyTestRefusesWhatDoesNotCompile(t *testing.T) {
	_, err := Test(context.Background(), fstest.MapFS{"a_test.rego": {Data: []byte("package a\n\ntest_x if http.send({})\n")}})
	if err == nil || !strings.Contains(err.Error(), "a_test.rego:3:11: http.send is not available to policies: policies have no network") {
		t.Errorf("got %v", err)
	}
	if report, err := Test(context.Background(), fstest.MapFS{}); err != nil || report.OK() {
		t.Errorf("no test at all: %+v, %v; want not OK", report, err)
	}
}
