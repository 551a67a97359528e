// From what an evaluation did to the expression that decided, through the
// helpers it calls.

package policy

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

const (
	maxDepth   = 12 // helpers inside helpers
	maxBecause = 8  // alternatives of one expression
)

// failures says where the rule that was asked about failed.
func (t *tracker) failures() []Failure {
	if len(t.order) == 0 || t.order[0].exits > 0 {
		return nil
	}
	return t.inside(t.order[0], 0)
}

// inside says where one query failed.
func (t *tracker) inside(q *asked, depth int) []Failure {
	f := q.furthest()
	switch {
	case depth > maxDepth, t.told >= maxTold, q.rule != nil && q.rule.Ref().HasPrefix(claimsLibrary):
		return nil
	case f != nil && indexIn(q.body, f.expr) >= 0:
		return []Failure{t.describe(q, f, depth)}
	case q.rule != nil && q.current == nil:
		return []Failure{placed(q.rule.Head.Location, Failure{Kind: NoMatch, Text: textAt(q.rule.Head.Location)})}
	}
	return t.alternatives(q.kids, depth) // the items of an every
}

// describe turns a failed expression into a Failure, with what it rests on.
func (t *tracker) describe(q *asked, f *failed, depth int) Failure {
	t.told++
	out := placed(f.expr.Location, Failure{Kind: IsFalse, Text: textAt(f.expr.Location), Values: f.values})
	if f.tries > 1 {
		out.Tries = f.tries
	}
	whole := statement(q.body, f.expr)
	if whole != f.expr.Location {
		out.In = textAt(whole)
	}
	if hasNoValue(f) {
		out.Kind = IsUndefined
	}
	if negative(f.expr) {
		out.Kind, out.Because = IsFalse, t.held(q.askedIn(f.expr, whole), depth+1)
		return out
	}
	kids := q.askedIn(f.expr, whole)
	out.Because = t.alternatives(kids, depth+1)
	if len(kids) == 0 {
		out.Because = t.alternatives(t.earlier(f.expr), depth+1)
	}
	return out
}

// hasNoValue reports whether an expression failed because something in it is
// not there, rather than because it is false.
func hasNoValue(f *failed) bool {
	if slices.ContainsFunc(f.values, func(v Value) bool { return v.Missing }) {
		return true
	}
	if !isCall(f.expr) {
		return false
	}
	operands := f.expr.Operands()
	return len(operands) > 0 && isVar(operands[len(operands)-1]) && // the call's value is wanted
		written(operands[len(operands)-1]) == clip(textOf(f.expr.Location), maxName)
}

// askedIn lists the queries that the parts of a statement asked, up to the one
// that failed.
func (q *asked) askedIn(expr *ast.Expr, whole *ast.Location) (found []*asked) {
	for _, kid := range q.kids {
		if kid.under == expr || kid.under != nil && within(kid.under.Location, whole) {
			found = append(found, kid)
		}
	}
	return found
}

// alternatives says where each of the queries failed, unless it, or another
// body of the same helper, had an answer.
func (t *tracker) alternatives(kids []*asked, depth int) (found []Failure) {
	answered := map[string]bool{}
	for _, kid := range kids {
		if kid.rule != nil && !kid.rule.Default && kid.exits > 0 {
			answered[kid.rule.Ref().String()] = true
		}
	}
	for _, kid := range kids {
		if kid.exits > 0 || kid.rule != nil && answered[kid.rule.Ref().String()] {
			continue
		}
		for _, f := range t.inside(kid, depth) {
			found = addOnce(found, f)
		}
	}
	return found
}

// held says which helpers held, where one must not.
func (t *tracker) held(kids []*asked, depth int) (found []Failure) {
	for _, kid := range kids {
		switch {
		case kid.exits == 0 || depth > maxDepth:
		case kid.rule != nil:
			found = addOnce(found, heldBy(kid))
		default:
			for _, f := range t.held(kid.kids, depth+1) {
				found = addOnce(found, f)
			}
		}
	}
	return found
}

func heldBy(q *asked) Failure {
	f := placed(q.rule.Location, Failure{Kind: Held, Text: textAt(q.rule.Location)})
	if len(q.values) > 0 {
		f.Values = []Value{{Name: clip(q.rule.Head.Ref()[len(q.rule.Head.Ref())-1].String(), maxName), Value: shown(q.values[0].Value)}}
		if name, ok := q.rule.Ref()[len(q.rule.Ref())-1].Value.(ast.String); ok {
			f.Values[0].Name = clip(string(name), maxName)
		}
	}
	return f
}

// earlier lists the queries about the helper rules that expr reads: a helper
// without an answer is not asked again.
func (t *tracker) earlier(expr *ast.Expr) (found []*asked) {
	ast.WalkRefs(expr, func(ref ast.Ref) bool {
		for _, q := range t.order {
			if q.rule != nil && len(q.rule.Head.Args) == 0 && ref.HasPrefix(q.rule.Ref()) && len(found) < maxBecause {
				found = append(found, q)
			}
		}
		return false
	})
	return found
}

// broken says which expression an error comes from, and through which calls.
func (t *tracker) broken(e *topdown.Error) []Failure {
	if e.Location == nil {
		return nil
	}
	out := placed(e.Location, Failure{Kind: IsError, Text: textAt(e.Location), Message: errorText(e)})
	var source *asked
	for _, q := range t.order {
		for _, f := range q.fails {
			if f.expr.Location == e.Location && source == nil {
				source, out.Values = q, f.values
			}
		}
		if e.Code == topdown.ConflictErr && q.rule != nil && q.exits > 0 && t.sameRule(q.rule, e.Location) {
			out.Because = addOnce(out.Because, heldBy(q))
			source = q
		}
	}
	return []Failure{source.calledBy(out)}
}

// calledBy wraps a failure into the calls that led to it, the first outermost.
func (q *asked) calledBy(f Failure) Failure {
	for depth := 0; q != nil && q.parent != nil && depth < maxDepth; q, depth = q.parent, depth+1 {
		under := q.under
		if under == nil || under.Location == nil {
			continue
		}
		outer := placed(under.Location, Failure{Kind: IsError, Text: textAt(under.Location), Because: []Failure{f}})
		if fail := q.parent.failedAt(under); fail != nil {
			outer.Values = fail.values
		}
		switch {
		case byPlace(outer, f) == 0:
		case under.IsCall() && takesReference(under.Operator()): // inside it, it is the library's matter
			outer.Message, outer.Because = f.Message, nil
			f = outer
		default:
			f = outer
		}
	}
	return f
}

// sameRule reports whether r is a body of the rule that stands at loc.
func (t *tracker) sameRule(r *ast.Rule, loc *ast.Location) bool {
	for _, q := range t.order {
		if q.rule != nil && q.rule.Location == loc {
			return q.rule.Ref().Equal(r.Ref())
		}
	}
	return false
}

func errorText(e *topdown.Error) string {
	return clip(fmt.Sprintf("%s: %s", e.Code, e.Message), maxValueText)
}

// unfinished says where an evaluation was when it was stopped.
func (t *tracker) unfinished() []Failure {
	if t.last == nil {
		return nil
	}
	return []Failure{placed(t.last.Location, Failure{Kind: Unfinished, Text: textAt(t.last.Location)})}
}

func addOnce(list []Failure, f Failure) []Failure {
	same := func(old Failure) bool { return byPlace(old, f) == 0 && old.Text == f.Text && old.Kind == f.Kind }
	if len(list) == maxBecause || slices.ContainsFunc(list, same) {
		return list
	}
	return append(list, f)
}

func placed(loc *ast.Location, f Failure) Failure {
	if loc != nil {
		f.File, f.Line, f.Column = loc.File, loc.Row, loc.Col
	}
	return f
}

func textAt(loc *ast.Location) string {
	return clip(textOf(loc), maxWritten)
}

func textOf(loc *ast.Location) string {
	if loc == nil {
		return ""
	}
	return string(loc.Text)
}

func negative(expr *ast.Expr) bool {
	_, not := expr.Terms.(*ast.Not)
	return not || expr.Negated
}
