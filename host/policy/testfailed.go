// Where a test failed: the expression of it that did not hold.

package policy

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	placedTests = 100                    // the failures that are looked into
	placedAfter = 100 * time.Millisecond // a trace of more would be large
)

// placeFailures runs the tests of r that failed once more, watches them, and
// adds to each the line on which it failed.
func placeFailures(ctx context.Context, runner *tester.Runner, txn storage.Transaction, r *TestReport) {
	var names []string
	for _, t := range r.Results {
		if t.Failure == failedTest && t.Took < placedAfter && len(names) < placedTests {
			names = append(names, regexp.QuoteMeta(t.Name))
		}
	}
	if len(names) == 0 {
		return
	}
	results, err := runner.EnableTracing(true).Filter(`(^|\.)(`+strings.Join(names, "|")+")$").RunTests(ctx, txn)
	if err != nil {
		return // it ran before: the report stands without places
	}
	placed := map[string]string{}
	for result := range results {
		if at := failedOn(result); at != nil {
			placed[fmt.Sprintf("%s:%d", result.Location.File, result.Location.Row)] = fmt.Sprintf("%s at %s:%d", failedTest, at.File, at.Row)
		}
	}
	for i := range r.Results {
		t := &r.Results[i]
		if where := placed[fmt.Sprintf("%s:%d", t.File, t.Line)]; where != "" && t.Failure == failedTest {
			t.Failure = where
		}
	}
}

// failedOn is the place of the last expression of the test's own body that
// failed.
func failedOn(result *tester.Result) (at *ast.Location) {
	if result == nil || result.Location == nil {
		return nil
	}
	body, entered := uint64(0), false
	for _, event := range result.Trace {
		switch node := event.Node.(type) {
		case *ast.Rule:
			if event.Op == topdown.EnterOp && !entered && node.Loc() != nil && node.Loc().Row == result.Location.Row && node.Loc().File == result.Location.File {
				body, entered = event.QueryID, true
			}
		case *ast.Expr:
			if entered && event.Op == topdown.FailOp && event.QueryID == body && node.Location != nil && node.Location.Row > 0 {
				at = node.Location
			}
		}
	}
	return at
}
