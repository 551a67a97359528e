// Listening to an evaluation: which queries ran inside which, which of them
// came to an end, and where the others failed.

package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	maxEvents  = 100_000 // of one rule
	maxFails   = 64      // distinct expressions remembered for one query
	maxGathers = 200     // times that the values of one expression are read
	maxTold    = 500     // failures described: helpers that share helpers multiply
)

// tracker is a topdown.QueryTracer for one question.
type tracker struct {
	queries map[uint64]*asked
	order   []*asked
	gathers map[*ast.Expr]int
	last    *ast.Expr // evaluated last
	events  int
	asks    *ast.Rule // whose body the question is
	told    int       // failures that were described
	stop    topdown.Cancel
}

// asked is one query: the body of a rule, of a comprehension, of an every, or
// under a not.
type asked struct {
	parent  *asked
	rule    *ast.Rule // nil for the rest
	body    ast.Body
	under   *ast.Expr // the parent's expression that asked
	current *ast.Expr
	kids    []*asked
	exits   int
	values  []*ast.Term // the rule's values at its exits
	fails   []*failed
}

// failed is an expression that had no solution, at least once.
type failed struct {
	expr   *ast.Expr
	tries  int
	values []Value
}

func newTracker(stop topdown.Cancel, asks *ast.Rule) *tracker {
	return &tracker{queries: map[uint64]*asked{}, gathers: map[*ast.Expr]int{}, stop: stop, asks: asks}
}

// Enabled implements topdown.QueryTracer.
func (t *tracker) Enabled() bool { return true }

// Config implements topdown.QueryTracer.
func (t *tracker) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer.
func (t *tracker) TraceEvent(event topdown.Event) {
	if t.events++; t.events > maxEvents {
		t.stop.Cancel()
		return
	}
	switch event.Op {
	case topdown.EnterOp:
		t.enter(event)
	case topdown.EvalOp, topdown.RedoOp:
		t.at(event)
	case topdown.ExitOp:
		t.exit(event)
	case topdown.FailOp:
		t.fail(event)
	}
}

func (t *tracker) enter(event topdown.Event) {
	q := &asked{parent: t.queries[event.ParentID]}
	switch node := event.Node.(type) {
	case *ast.Rule:
		q.rule, q.body = node, node.Body
	case ast.Body:
		q.body = node
	}
	if len(t.order) == 0 { // the question itself
		q.parent, q.rule = nil, t.asks
	}
	if q.parent != nil {
		q.under = q.parent.current
		q.parent.kids = append(q.parent.kids, q)
	}
	t.queries[event.QueryID] = q
	t.order = append(t.order, q)
}

func (t *tracker) at(event topdown.Event) {
	expr, ok := event.Node.(*ast.Expr)
	if q := t.queries[event.QueryID]; ok && q != nil {
		q.current = expr
		if event.Op == topdown.EvalOp {
			t.last = expr
		}
	}
}

func (t *tracker) exit(event topdown.Event) {
	q := t.queries[event.QueryID]
	if q == nil {
		return
	}
	q.exits++
	if q.rule == nil || q.rule == t.asks || len(q.values) == maxValues {
		return
	}
	value := q.rule.Head.Value
	if q.rule.Head.RuleKind() == ast.MultiValue {
		value = q.rule.Head.Key
	}
	if value != nil {
		q.values = append(q.values, event.Plug(value))
	}
}

func (t *tracker) fail(event topdown.Event) {
	q, expr := t.queries[event.QueryID], (*ast.Expr)(nil)
	if e, ok := event.Node.(*ast.Expr); ok {
		expr = e
	}
	if q == nil || expr == nil {
		return
	}
	f := q.failedAt(expr)
	if f == nil {
		return
	}
	if f.tries++; f.tries > maxAlso || t.gathers[expr] >= maxGathers {
		return
	}
	t.gathers[expr]++
	f.values = merge(f.values, t.gather(event, q, expr))
}

// failedAt finds or adds the record of expr; nil when there are too many.
func (q *asked) failedAt(expr *ast.Expr) *failed {
	for _, f := range q.fails {
		if f.expr == expr {
			return f
		}
	}
	if len(q.fails) == maxFails {
		return nil
	}
	f := &failed{expr: expr}
	q.fails = append(q.fails, f)
	return f
}

// furthest is the failure nearest to the end of the body: what would have had
// to hold next.
func (q *asked) furthest() *failed {
	var best *failed
	at := -1
	for _, f := range q.fails {
		if i := indexIn(q.body, f.expr); i >= at {
			best, at = f, i
		}
	}
	return best
}

func indexIn(body ast.Body, expr *ast.Expr) int {
	for i, e := range body {
		if e == expr {
			return i
		}
	}
	return -1
}
