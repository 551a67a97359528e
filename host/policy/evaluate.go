// Asking the rules: all at once, and each alone when that fails.

package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/doorward/doorward/host/login"
)

// outcome is what one rule yielded, or why it yielded nothing.
type outcome struct {
	members []*ast.Term  // what it granted, maybe nothing
	reason  login.Reason // set when the rule failed
	detail  string
}

// evaluate asks every rule about input and returns an outcome for each, in
// their order; the error says why they could not be asked together. A rule that
// fails or runs away takes nothing from the others: when the common query
// fails, each is asked alone, with its share of the time that is left.
func (e *Engine) evaluate(ctx context.Context, input *ast.Term, now time.Time) ([]outcome, error) {
	end := time.Now().Add(e.cfg.Deadline)
	found, err := e.together(ctx, input, now)
	if err == nil {
		return found, nil
	}
	if outOfTime(err) {
		e.cfg.OnFailure(&Problem{Kind: ProblemSlow, Detail: errSlow.Error()})
	}
	outcomes := make([]outcome, len(e.rules))
	likely := e.candidates(input)
	for n, i := range likely {
		outcomes[i] = e.alone(ctx, e.rules[i], input, now, time.Until(end)/time.Duration(len(likely)-n))
	}
	return outcomes, err
}

// together asks all rules with one query, in at most half of the time.
func (e *Engine) together(ctx context.Context, input *ast.Term, now time.Time) ([]outcome, error) {
	var pairs ast.Set
	err := e.ask(ctx, e.all, input, now, e.cfg.Deadline/2, func(value ast.Value) error {
		pairs, _ = value.(ast.Set)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if pairs == nil {
		return nil, errUndefined
	}
	outcomes := make([]outcome, len(e.rules))
	err = pairs.Iter(func(pair *ast.Term) error {
		i, member := e.split(pair)
		if member == nil {
			return errUndefined
		}
		e.accept(i, &outcomes[i], member)
		return nil
	})
	return outcomes, err
}

// split takes a pair apart that rename made of a member of grant.
func (e *Engine) split(pair *ast.Term) (i int, member *ast.Term) {
	list, ok := pair.Value.(*ast.Array)
	if !ok || list.Len() != 2 {
		return 0, nil
	}
	number, _ := list.Elem(0).Value.(ast.Number)
	if i, ok := number.Int(); ok && i >= 0 && i < len(e.rules) {
		return i, list.Elem(1)
	}
	return 0, nil
}

// alone asks one rule, which has this much time.
func (e *Engine) alone(ctx context.Context, r *rule, input *ast.Term, now time.Time, limit time.Duration) outcome {
	var found outcome
	seen := ast.NewSet()
	err := e.ask(ctx, r.single, input, now, limit, func(value ast.Value) error {
		if i, member := e.split(ast.NewTerm(value)); member != nil && !seen.Contains(member) {
			seen.Add(member)
			e.accept(i, &found, member)
		}
		if found.reason != "" {
			return errEnough
		}
		return nil
	})
	if err == nil || errors.Is(err, errEnough) {
		return found
	}
	failure := outcome{reason: login.ReasonRuleError, detail: safe(err)}
	if outOfTime(err) {
		failure.reason = login.ReasonBudget
	}
	e.cfg.OnFailure(&Problem{Rule: r.where, Kind: problemOf(err), Detail: failure.detail})
	return failure
}

// accept adds a member to what rule i yielded, unless it yields too many.
func (e *Engine) accept(i int, o *outcome, member *ast.Term) {
	if len(o.members) == e.cfg.MaxGrants {
		*o = outcome{reason: login.ReasonBudget, detail: fmt.Sprintf("more than %d levels from one rule", e.cfg.MaxGrants)}
		e.cfg.OnFailure(&Problem{Rule: e.rules[i].where, Kind: ProblemLimit, Detail: o.detail})
	}
	if o.reason == "" {
		o.members = append(o.members, member)
	}
}

// errEnough ends a query whose answers are too many.
var errEnough = errors.New("more answers than a rule may have")

var errSlow = errors.New("the policies took more than half of a decision's time")

// errUndefined is what the common query gives when it has no answer, which a
// list of sets always has.
var errUndefined = errors.New("the rules have no answer together")

// errPanicked is what a query that panics gives: OPA is fed with claims, and a
// defect in it must not end the host.
var errPanicked = errors.New("the evaluation panicked")

// ask runs one query with strict builtin errors for at most limit, and calls
// each with every answer.
func (e *Engine) ask(ctx context.Context, q query, input *ast.Term, now time.Time, limit time.Duration, each func(ast.Value) error) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	if err := ctx.Err(); err != nil {
		return err
	}
	txn, err := e.store.NewTransaction(ctx)
	if err != nil {
		return err
	}
	defer e.store.Abort(ctx, txn)
	stop := topdown.NewCancel()
	defer time.AfterFunc(limit, stop.Cancel).Stop()
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, stop.Cancel)()
	}
	return topdown.NewQuery(q.body).
		WithQueryCompiler(q.compiler).
		WithCompiler(e.compiler).
		WithStore(e.store).
		WithTransaction(txn).
		WithCancel(stop).
		WithInput(input).
		WithTime(now).
		WithStrictBuiltinErrors(true).
		WithMetrics(metrics.NoOp()).
		Iter(ctx, func(result topdown.QueryResult) error { return each(result[answer].Value) })
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
