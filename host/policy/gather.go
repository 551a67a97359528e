// The values that an expression saw when it failed.

package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// gather reads what the references, variables and calls of an expression stood
// for, while the event is at hand: the bindings change afterwards.
func (t *tracker) gather(event topdown.Event, q *asked, expr *ast.Expr) []Value {
	g := &gatherer{t: t, event: event, rule: t.rule(q)}
	whole := statement(q.body, expr)
	for _, part := range q.body {
		if part == expr {
			break
		}
		if within(part.Location, whole) && !part.Negated {
			g.outputs(part)
		}
	}
	g.operands(expr)
	g.reference(expr)
	return slices.DeleteFunc(g.values, func(v Value) bool { // what a call should have come to, known from elsewhere
		return !v.Missing && v.Name == clip(textOf(expr.Location), maxName) && isCall(expr)
	})
}

type gatherer struct {
	t      *tracker
	event  topdown.Event
	rule   *ast.Rule // that q is a part of
	values []Value
}

// outputs reads what a part of the statement, which held, came to.
func (g *gatherer) outputs(part *ast.Expr) {
	terms, ok := part.Terms.([]*ast.Term)
	if !ok || len(terms) < 2 {
		return
	}
	if part.IsEquality() {
		g.operands(part)
		return
	}
	if output := terms[len(terms)-1]; isVar(output) {
		g.term(output)
	}
}

func (g *gatherer) operands(expr *ast.Expr) {
	switch terms := expr.Terms.(type) {
	case *ast.Term:
		g.term(terms)
	case []*ast.Term:
		for _, term := range terms[1:] {
			g.term(term)
		}
	case *ast.Every:
		g.term(terms.Domain)
	case *ast.Not:
		for _, inner := range terms.Body {
			g.operands(inner)
		}
	}
}

func (g *gatherer) term(term *ast.Term) {
	switch value := term.Value.(type) {
	case ast.Var:
		if bound := g.event.Plug(term); bound.IsGround() {
			g.add(Value{Name: g.name(term), Value: shown(bound.Value)})
		}
	case ast.Ref:
		g.ref(term, value)
	default:
		if ast.IsConstant(value) || ast.IsComprehension(value) {
			return
		}
		if bound := g.event.Plug(term); bound.IsGround() {
			g.add(Value{Name: g.name(term), Value: shown(bound.Value)})
		}
	}
}

func (g *gatherer) ref(term *ast.Term, ref ast.Ref) {
	if plugged, ok := g.event.Plug(term).Value.(ast.Ref); ok {
		ref = plugged
	}
	name := g.name(term)
	if !ref.IsGround() {
		ref = ref.GroundPrefix()
		name = ref.String()
	}
	switch {
	case ref.HasPrefix(ast.InputRootRef):
		g.input(name, ref)
	case ref.HasPrefix(ast.DefaultRootRef):
		g.document(name, ref)
	}
}

// input reads a member of the input, or names the first part that is missing.
func (g *gatherer) input(name string, ref ast.Ref) {
	at := g.event.Input()
	for i := 1; i < len(ref); i++ {
		if at = memberOf(at, ref[i]); at == nil {
			g.add(Value{Name: ref[:i+1].String(), Missing: true})
			return
		}
	}
	if at != nil {
		g.add(Value{Name: name, Value: shown(at.Value)})
	}
}

func memberOf(of, name *ast.Term) *ast.Term {
	if of == nil {
		return nil
	}
	found, err := of.Value.Find(ast.Ref{name})
	if err != nil {
		return nil
	}
	return ast.NewTerm(found)
}

// document reads what a helper rule came to so far.
func (g *gatherer) document(name string, ref ast.Ref) {
	var set []*ast.Term
	known := false
	for _, q := range g.t.order {
		if q.rule == nil || !ref.HasPrefix(q.rule.Ref()) {
			continue
		}
		known = true
		switch {
		case len(q.values) == 0:
		case q.rule.Head.RuleKind() == ast.MultiValue:
			set = append(set, q.values...)
		case len(ref) == len(q.rule.Ref()):
			g.add(Value{Name: name, Value: shown(q.values[0].Value)})
			return
		}
	}
	switch {
	case len(set) > 0:
		g.add(Value{Name: name, Value: shown(ast.NewSet(set...))})
	case known:
		g.add(Value{Name: name, Missing: true})
	}
}

// reference names what a call of the claims library refers to: how the library
// reads it is not the writer's matter.
func (g *gatherer) reference(expr *ast.Expr) {
	if !expr.IsCall() || !takesReference(expr.Operator()) || len(expr.Operands()) == 0 {
		return
	}
	if text, ok := expr.Operand(0).Value.(ast.String); ok {
		g.add(Value{Name: clip(string(text), maxName), Missing: true})
	}
}

// name is a term as it stands in the policy. The place of an else is all that
// is known of what it reads.
func (g *gatherer) name(term *ast.Term) string {
	if g.rule != nil && term.Location != nil && g.rule.Location != nil && term.Location.Offset == g.rule.Location.Offset {
		if isVar(term) {
			return ""
		}
		return clip(term.String(), maxName)
	}
	return written(term)
}

// rule is the rule that q is the body of, or stands in.
func (t *tracker) rule(q *asked) *ast.Rule {
	for ; q != nil; q = q.parent {
		if q.rule != nil {
			return q.rule
		}
	}
	return nil
}

func (g *gatherer) add(v Value) {
	if len(g.values) == maxValues || v.Name == "" || v.Name == "_" {
		return
	}
	if !slices.ContainsFunc(g.values, func(old Value) bool { return old.Name == v.Name }) {
		g.values = append(g.values, v)
	}
}

// merge keeps what an expression saw at several tries.
func merge(old, next []Value) []Value {
	if old == nil {
		return next
	}
	for _, v := range next {
		i := slices.IndexFunc(old, func(o Value) bool { return o.Name == v.Name })
		switch {
		case i < 0 && len(old) < maxValues:
			old = append(old, v)
		case i >= 0 && v.Value != "" && v.Value != old[i].Value && len(old[i].Also) < maxAlso && !slices.Contains(old[i].Also, v.Value):
			old[i].Also = append(old[i].Also, v.Value)
		}
	}
	return old
}

// statement is the widest expression of body that contains expr in the text.
func statement(body ast.Body, expr *ast.Expr) *ast.Location {
	whole := expr.Location
	for _, other := range body {
		if within(whole, other.Location) {
			whole = other.Location
		}
	}
	return whole
}

// within reports whether a lies inside b.
func within(a, b *ast.Location) bool {
	return a != nil && b != nil && a.File == b.File &&
		a.Offset >= b.Offset && a.Offset+len(a.Text) <= b.Offset+len(b.Text)
}

// isCall reports whether expr is a call, not a comparison by equality.
func isCall(expr *ast.Expr) bool { return expr.IsCall() && !expr.IsEquality() }

func isVar(term *ast.Term) bool {
	_, ok := term.Value.(ast.Var)
	return ok
}
