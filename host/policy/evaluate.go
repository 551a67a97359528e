// Asking the rules: all at once, and each alone when that fails.

package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/doorward/doorward/host/login"
)

// outcome is what one rule yielded, or why it yielded nothing.
type outcome struct {
	members ast.Set      // what it granted, maybe nothing
	reason  login.Reason // set when the rule failed
	detail  string
}

// evaluate asks every rule about input and returns an outcome for each, in
// their order; the error says why they could not be asked together. A rule that fails or runs away takes nothing from the others:
// when the common query fails, each is asked alone, with its share of the time
// that is left.
func (e *Engine) evaluate(ctx context.Context, input *ast.Term, now time.Time) ([]outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Deadline)
	defer cancel()
	found, err := e.together(ctx, input, now)
	if err == nil {
		return found, nil
	}
	if outOfTime(err) {
		e.cfg.OnFailure(errSlow)
	}
	outcomes := make([]outcome, len(e.rules))
	for i, r := range e.rules {
		outcomes[i] = e.alone(ctx, r, input, now, len(e.rules)-i)
	}
	return outcomes, err
}

// together asks all rules with one query, in at most half of the time.
func (e *Engine) together(ctx context.Context, input *ast.Term, now time.Time) ([]outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Deadline/2)
	defer cancel()
	value, err := e.ask(ctx, e.all, input, now)
	if err != nil {
		return nil, err
	}
	sets, ok := value.(*ast.Array)
	if !ok || sets.Len() != len(e.rules) {
		return nil, errUndefined
	}
	outcomes := make([]outcome, len(e.rules))
	for i := range e.rules {
		outcomes[i] = e.accept(sets.Elem(i).Value)
	}
	return outcomes, nil
}

// alone asks one rule; left is how many are still to be asked.
func (e *Engine) alone(ctx context.Context, r *rule, input *ast.Term, now time.Time, left int) outcome {
	end, _ := ctx.Deadline()
	ctx, cancel := context.WithTimeout(ctx, time.Until(end)/time.Duration(left))
	defer cancel()
	value, err := e.ask(ctx, r.single, input, now)
	if err == nil {
		return e.accept(value)
	}
	failure := outcome{reason: login.ReasonRuleError, detail: safe(err)}
	if outOfTime(err) {
		failure.reason = login.ReasonBudget
	}
	e.cfg.OnFailure(fmt.Errorf("rule %s: %s", r.where, failure.detail))
	return failure
}

func (e *Engine) accept(value ast.Value) outcome {
	members, ok := value.(ast.Set)
	if !ok {
		return outcome{}
	}
	if members.Len() > e.cfg.MaxGrants {
		return outcome{reason: login.ReasonBudget, detail: fmt.Sprintf("more than %d levels from one rule", e.cfg.MaxGrants)}
	}
	return outcome{members: members}
}

var errSlow = errors.New("the policies took more than half of a decision's time")

// errUndefined is what the common query gives when it has no answer, which a
// list of sets always has.
var errUndefined = errors.New("the rules have no answer together")

// errPanicked is what a query that panics gives: OPA is fed with claims, and a
// defect in it must not end the host.
var errPanicked = errors.New("the evaluation panicked")

// ask runs one query with strict builtin errors. It returns nil when the
// answer is undefined.
func (e *Engine) ask(ctx context.Context, q query, input *ast.Term, now time.Time) (value ast.Value, err error) {
	defer func() {
		if recover() != nil {
			value, err = nil, errPanicked
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	txn, err := e.store.NewTransaction(ctx)
	if err != nil {
		return nil, err
	}
	defer e.store.Abort(ctx, txn)
	stop := topdown.NewCancel()
	defer context.AfterFunc(ctx, stop.Cancel)()
	results, err := topdown.NewQuery(q.body).
		WithQueryCompiler(q.compiler).
		WithCompiler(e.compiler).
		WithStore(e.store).
		WithTransaction(txn).
		WithCancel(stop).
		WithInput(input).
		WithTime(now).
		WithStrictBuiltinErrors(true).
		Run(ctx)
	if err != nil || len(results) == 0 {
		return nil, err
	}
	return results[0][answer].Value, nil
}

func outOfTime(err error) bool {
	return topdown.IsCancel(err) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// safe says what went wrong without the values that OPA puts into its
// messages: the kind of error, the builtin and the place.
func safe(err error) string {
	var e *topdown.Error
	switch {
	case outOfTime(err):
		return "time ran out"
	case !errors.As(err, &e):
		return "the evaluation failed"
	}
	what := strings.ReplaceAll(strings.TrimPrefix(e.Code, "eval_"), "_", " ")
	if e.Code == topdown.BuiltinErr || e.Code == topdown.TypeErr {
		if name, _, ok := strings.Cut(e.Message, ":"); ok && isBuiltin(name) {
			what += " in " + name
		}
	}
	if e.Location != nil {
		what += fmt.Sprintf(" at %s:%d", e.Location.File, e.Location.Row)
	}
	return what
}

func isBuiltin(name string) bool {
	_, ok := ast.BuiltinMap[name]
	return ok
}
