// Asking one rule again under observation, to find where it fails.

package policy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/doorward/doorward/host/login"
)

// watch asks those of rules again that granted nothing, and keeps a report on
// each.
func (x *explainer) watch(ctx context.Context, rules []*rule) {
	masked := *x.e
	masked.cfg.TokensInInput = false
	input, err := masked.inputTerm(x.facts)
	if err != nil {
		x.notes = append(x.notes, "no rule was watched: "+err.Error())
		return
	}
	if x.e.ReadsTokens() {
		x.notes = append(x.notes, "policies are granted token strings; they were watched with digests in their place, so a rule that reads one may differ here")
	}
	ctx, cancel := context.WithTimeout(ctx, explainFor)
	defer cancel()
	budget := &showBudget{left: maxShown}
	for _, r := range rules {
		if v := x.votes[r]; len(v.levels) == 0 && x.worthWatching(v) {
			x.failed[r] = x.watchOne(ctx, r, input, budget)
		}
	}
	if budget.left <= 0 {
		x.notes = append(x.notes, "the explanation grew too large and was cut; ask for one level")
	}
}

// worthWatching reports whether a rule yielded nothing, or failed.
func (x *explainer) worthWatching(v vote) bool {
	for _, w := range v.withheld {
		if w.Reason != login.ReasonRuleError && w.Reason != login.ReasonBudget {
			return false
		}
	}
	return true
}

func (x *explainer) watchOne(ctx context.Context, r *rule, input *ast.Term, budget *showBudget) RuleReport {
	loc := r.source.Loc()
	report := RuleReport{
		By: login.ByRule, Verdict: DidNotHold, Level: r.level,
		File: loc.File, Line: loc.Row, Column: loc.Col, Title: r.title,
	}
	if budget.left <= 0 || ctx.Err() != nil {
		report.Cut = "not watched: too much was asked for at once"
		return report
	}
	ctx, cancel := context.WithTimeout(ctx, explainRuleFor)
	defer cancel()
	stop := topdown.NewCancel()
	t := newTracker(stop, r.compiled)
	err := x.e.observe(ctx, r, input, x.facts.Now, t, stop)
	var e *topdown.Error
	switch {
	case t.events > maxEvents:
		report.Cut = fmt.Sprintf("stopped after %d steps", maxEvents)
		report.Failed = t.unfinished()
	case err != nil && outOfTime(err):
		report.Cut = fmt.Sprintf("stopped after %s", explainRuleFor.Round(time.Millisecond))
		report.Failed = t.unfinished()
	case errors.As(err, &e):
		report.Failed = t.broken(e)
	case err != nil:
		report.Cut = safe(err)
	default:
		report.Failed = t.failures()
		if t.told >= maxTold {
			report.Cut = fmt.Sprintf("shortened after %d expressions", maxTold)
		}
	}
	budget.take(report.Failed)
	return report
}

// observe runs the question about one rule with every rule tried and t
// listening.
func (e *Engine) observe(ctx context.Context, r *rule, input *ast.Term, now time.Time, t *tracker, stop topdown.Cancel) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	txn, err := e.store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer e.store.Abort(ctx, txn)
	defer context.AfterFunc(ctx, stop.Cancel)()
	_, err = topdown.NewQuery(r.single.body).
		WithCompiler(e.compiler).
		WithStore(e.store).
		WithTransaction(txn).
		WithCancel(stop).
		WithInput(input).
		WithTime(now).
		WithStrictBuiltinErrors(true).
		WithIndexing(false).
		WithEarlyExit(false).
		WithQueryTracer(t).
		Run(ctx)
	return err
}
