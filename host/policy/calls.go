// Checking the constant arguments of the library's functions at load, so that
// a typing error does not wait for a login.

package policy

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// argument says what is wrong with a constant that a function is given, and
// what to write instead; "" when nothing is.
type argument func(ast.Value) string

// arguments are the kinds that the library's functions take, by place; nil is
// any value.
var arguments = map[string][]argument{
	"data.doorward.reauth.until":            {wrongDuration},
	"data.doorward.reauth.within":           {wrongDuration},
	"data.doorward.reauth.challenged_until": {wrongDuration},
	"data.doorward.claims.ref":              {wrongReference},
	"data.doorward.claims.get":              {wrongReference, nil},
	"data.doorward.claims.list":             {wrongReference},
	"data.doorward.claims.single":           {wrongReference},
	"data.doorward.claims.any":              {wrongReference, wrongNames},
	"data.doorward.claims.all":              {wrongReference, wrongNames},
	"data.doorward.claims.none":             {wrongReference, wrongNames},
	"data.doorward.lists.any":               {nil, wrongNames},
	"data.doorward.lists.all":               {nil, wrongNames},
	"data.doorward.lists.none":              {nil, wrongNames},
	"data.doorward.roles.any":               {wrongNames},
	"data.doorward.roles.all":               {wrongNames},
	"data.doorward.roles.none":              {wrongNames},
	"data.doorward.roles.by_prefix":         {wrongName},
	"data.doorward.amr.any":                 {wrongNames},
	"data.doorward.amr.all":                 {wrongNames},
	"data.doorward.amr.none":                {wrongNames},
	"data.doorward.acr.any":                 {wrongNames},
	"data.doorward.acr.at_least":            {wrongName, wrongOrder},
	"data.doorward.zones.any":               {wrongNames},
	"data.doorward.zones.all":               {wrongNames},
	"data.doorward.zones.none":              {wrongNames},
	"data.doorward.idp.is":                  {wrongName},
	"data.doorward.idp.any":                 {wrongNames},
	"data.doorward.idp.protocol":            {wrongProtocol},
	"data.doorward.idp.may":                 {wrongName, wrongCaps},
	"data.doorward.hours.until":             {wrongWindow, wrongTimeZone},
	"data.doorward.hours.within":            {wrongWindow, wrongTimeZone},
}

func checkCalls(compiler *ast.Compiler) (faults Faults) {
	for name, module := range compiler.Modules {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		ast.WalkBodies(module, func(body ast.Body) bool {
			c := calls{compiler: compiler, constants: map[ast.Var]ast.Value{}}
			for _, x := range body {
				c.keep(x)
			}
			for _, x := range body {
				faults = append(faults, c.check(x)...)
			}
			return false
		})
	}
	return faults
}

// calls checks one body.
type calls struct {
	compiler  *ast.Compiler
	constants map[ast.Var]ast.Value // variables that stand for a constant
}

// keep notes the variable of x := "constant", where the compiler also moves
// references out of calls.
func (c calls) keep(x *ast.Expr) {
	if !x.IsEquality() && !x.IsAssignment() {
		return
	}
	if variable, ok := x.Operand(0).Value.(ast.Var); ok {
		if value := c.constant(x.Operand(1).Value); value != nil {
			c.constants[variable] = value
		}
	}
}

// constant is v as far as the text shows it: a constant itself, a variable that
// stands for one, or the one rule whose value is one. It is nil when v is
// computed.
func (c calls) constant(v ast.Value) ast.Value {
	switch term := v.(type) {
	case ast.Var:
		return c.constants[term]
	case ast.Ref:
		if !term.IsGround() {
			return nil
		}
		rules := c.compiler.GetRulesExact(term)
		if len(rules) != 1 || len(rules[0].Head.Args) > 0 || rules[0].Head.Value == nil || rules[0].Else != nil {
			return nil
		}
		v = rules[0].Head.Value.Value
	}
	if !ast.IsConstant(v) {
		return nil
	}
	return v
}

func (c calls) check(x *ast.Expr) (faults Faults) {
	if !x.IsCall() {
		return nil
	}
	operator := x.Operator().String()
	if len(x.Operands()) < len(arguments[operator]) {
		return nil
	}
	given := make([]ast.Value, len(arguments[operator]))
	for i, wrong := range arguments[operator] {
		if given[i] = c.constant(x.Operand(i).Value); given[i] == nil || wrong == nil {
			continue
		}
		if message := wrong(given[i]); message != "" {
			faults = append(faults, faultAt(argumentAt(x, i), "%s", message))
		}
	}
	if operator == "data.doorward.acr.at_least" && len(faults) == 0 && !inOrder(given) {
		faults = append(faults, faultAt(argumentAt(x, 0), "the value does not stand in the order: add it, or write one that does"))
	}
	return faults
}

func argumentAt(x *ast.Expr, i int) *ast.Location {
	if at := x.Operand(i).Location; at != nil && at.Row > 0 {
		return at
	}
	return x.Location
}
