// Running the tests that stand beside policies.

package policy

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/doorward/doorward/policies"
)

// TestReport is how the tests of one folder went, by place.
type TestReport struct {
	Results []TestResult
	Passed  int
	Failed  int // errors included
	Skipped int // named todo_…

	Coverage *Coverage // nil unless asked for
}

// TestOptions say which tests are run, and what is noted.
type TestOptions struct {
	Run      *regexp.Regexp // of package and name, such as levels_test.test_fresh; every test when nil
	Coverage bool
}

// TestResult is one test. Failure is empty when it passed.
type TestResult struct {
	File    string
	Line    int
	Name    string // package and rule
	Failure string // "failed at FILE:LINE", or the error
	Skipped bool
	Took    time.Duration
	Output  string // what it printed
}

// OK reports whether there were tests and none failed.
func (r TestReport) OK() bool { return r.Failed == 0 && r.Passed > 0 }

const failedTest = "failed"

const testTimeout = 30 * time.Second // of one test, on a busy machine too

// Test runs every rule called test_… below files, with the library added
// unless the files hold a copy of it. Policies have the same builtins as in the
// host. The error is Faults when a file does not compile. At most one option is
// read.
func Test(ctx context.Context, files fs.FS, options ...TestOptions) (TestReport, error) {
	texts, err := readAll(files)
	if err != nil {
		return TestReport{}, fmt.Errorf("policies: %w", err)
	}
	return TestModules(ctx, texts, options...)
}

// TestModules is Test for files that are read already: their names to their
// texts.
func TestModules(ctx context.Context, texts map[string]string, options ...TestOptions) (TestReport, error) {
	var o TestOptions
	if len(options) > 0 {
		o = options[0]
	}
	modules, err := testModules(texts)
	if err != nil {
		return TestReport{}, err
	}
	compiler := ast.NewCompiler().SetErrorLimit(0).WithCapabilities(capabilities()).
		WithDefaultRegoVersion(ast.RegoV1).WithEnablePrintStatements(true)
	store := inmem.New()
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return TestReport{}, err
	}
	defer store.Abort(ctx, txn)
	runner := tester.NewRunner().SetCompiler(compiler).SetStore(store).
		CapturePrintOutput(true).SetTimeout(testTimeout).SetModules(modules)
	if o.Run != nil {
		runner = runner.Filter(o.Run.String())
	}
	covered := cover.New()
	if o.Coverage {
		runner = runner.SetCoverageQueryTracer(covered)
	}
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		return TestReport{}, regoFaults(err).sorted()
	}
	r := report(results)
	placeFailures(ctx, runner, txn, &r)
	if o.Coverage {
		r.Coverage = coverage(covered, modules, texts)
	}
	return r, nil
}

func testModules(texts map[string]string) (map[string]*ast.Module, error) {
	modules, faults, own := map[string]*ast.Module{}, Faults{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		module, wrong := parse(name, texts[name])
		if faults = append(faults, wrong...); module != nil {
			modules[name], own[module.Package.Path.String()] = module, true
		}
	}
	if len(faults) > 0 {
		return nil, faults.sorted()
	}
	for name, text := range embedded(policies.Library) {
		if module, _ := parse(name, text); module != nil && !own[module.Package.Path.String()] {
			modules[name] = module
		}
	}
	return modules, nil
}

func report(results <-chan *tester.Result) (r TestReport) {
	for result := range results {
		if result == nil {
			continue
		}
		t := TestResult{
			Name: strings.TrimPrefix(result.Package, "data.") + "." + result.Name, Skipped: result.Skip,
			Took: result.Duration, Output: string(result.Output),
		}
		if result.Location != nil {
			t.File, t.Line = result.Location.File, result.Location.Row
		}
		switch {
		case result.Skip:
			r.Skipped++
		case result.Error != nil:
			t.Failure = result.Error.Error()
		case result.Fail:
			t.Failure = failedTest
		}
		if t.Failure != "" {
			r.Failed++
		} else if !result.Skip {
			r.Passed++
		}
		r.Results = append(r.Results, t)
	}
	slices.SortFunc(r.Results, func(a, b TestResult) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	return r
}

// Write prints the tests that did not pass, all of them when verbose, and a
// last line with the counts.
func (r TestReport) Write(w io.Writer, verbose bool) error {
	for _, t := range r.Results {
		verdict := "PASS"
		switch {
		case t.Failure != "":
			verdict = "FAIL"
		case t.Skipped:
			verdict = "TODO"
		case !verbose:
			continue
		}
		if _, err := fmt.Fprintf(w, "%s:%d: %s %s (%s)\n", t.File, t.Line, verdict, t.Name, t.Took.Round(time.Microsecond)); err != nil {
			return err
		}
		for _, extra := range []string{t.Failure, strings.TrimSpace(t.Output)} {
			if extra != "" && extra != failedTest {
				_, _ = fmt.Fprintln(w, "    "+strings.ReplaceAll(extra, "\n", "\n    "))
			}
		}
	}
	if _, err := fmt.Fprintf(w, "%d passed, %d failed, %d to do\n", r.Passed, r.Failed, r.Skipped); err != nil {
		return err
	}
	return r.Coverage.write(w)
}
