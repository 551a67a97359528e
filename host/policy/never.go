// Rules that give nothing, whatever the login: what they ask for cannot be, or
// the end that they give has no meaning.

package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// neverHolds says why no login can satisfy body, or "". It sees constants and
// contradictions that stand in the text, and no more.
func neverHolds(body ast.Body) string {
	asked := map[string]*ast.Term{} // what a reference must be
	for _, x := range body {
		if constant, ok := x.Terms.(*ast.Term); ok {
			if truth, ok := constant.Value.(ast.Boolean); ok && bool(truth) == x.Negated {
				return "its condition is never true"
			}
			continue
		}
		a, b, equal := compared(x)
		switch {
		case a == nil || x.Negated:
		case scalar(a) && scalar(b):
			if (a.Value.Compare(b.Value) == 0) != equal {
				return "it compares two constants, which is never true"
			}
		case equal:
			if scalar(a) {
				a, b = b, a
			}
			ref, ok := a.Value.(ast.Ref)
			if !ok || !ref.IsGround() || !scalar(b) {
				continue
			}
			if before := asked[ref.String()]; before != nil && before.Value.Compare(b.Value) != 0 {
				return fmt.Sprintf("%s cannot be both %s and %s", ref, before, b)
			}
			asked[ref.String()] = b
		}
	}
	return ""
}

// compared is what x holds to be equal, or not equal; nil when it is none.
func compared(x *ast.Expr) (a, b *ast.Term, equal bool) {
	if !x.IsCall() || len(x.Operands()) != 2 {
		return nil, nil, false
	}
	switch op := x.Operator(); {
	case op.Equal(ast.Equal.Ref()), op.Equal(ast.Equality.Ref()):
		return x.Operand(0), x.Operand(1), true
	case op.Equal(ast.NotEqual.Ref()):
		return x.Operand(0), x.Operand(1), false
	}
	return nil, nil, false
}

func scalar(t *ast.Term) bool {
	switch t.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number, ast.String:
		return true
	}
	return false
}

// The first and the last time that an end written as a number can mean.
const (
	firstEnd = 1_000_000_000
	lastEnd  = 100_000_000_000
)

// noEnd says why until, as it stands in the text, is no end of a level, or "".
func noEnd(until *ast.Term) string {
	switch until.Value.(type) {
	case ast.Number:
		if end, ok := wholeSeconds(until); ok && end >= firstEnd && end < lastEnd {
			return ""
		}
		return "its until is no time of these days in whole Unix seconds"
	case ast.Null, ast.Boolean, ast.String, *ast.Array, ast.Object, ast.Set:
		return `its until is no time: write Unix seconds, such as reauth.until("5m") gives`
	}
	return ""
}

// neverGives says why the member of grant in key gives nothing, or "".
func neverGives(key *ast.Term) (why string) {
	member, ok := key.Value.(ast.Object)
	if !ok {
		return ""
	}
	member.Foreach(func(name, value *ast.Term) {
		if s, ok := name.Value.(ast.String); ok && s == "until" {
			why = noEnd(value)
		}
	})
	return why
}
