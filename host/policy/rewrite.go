// Joining the grant rules into one set that also says which rule granted, so
// that one query decides, and any rule can be asked alone.

package policy

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// rename moves every rule of data.doorward.levels.grant to the set
// data.doorward.levels.__doorward__, whose members are pairs of the rule's
// number and what it grants, and lets grant be made of it for the helpers that
// read grant. It changes the modules it is given.
//
// The rule keeps its body, its annotations and its module's imports, so it
// means what it meant. One set rather than a name for each rule: OPA then finds
// by its index which rules can hold at all, as it would for grant itself.
func rename(modules map[string]*ast.Module, rules []*rule) {
	for i, r := range rules {
		head, loc := r.source.Head, *r.source.Loc()
		r.source.Location = &loc // its own, by which find knows it again
		head.Name = ""
		head.Reference = ast.Ref{ast.VarTerm(reserved).SetLocation(&loc)}
		number := ast.NewTerm(ast.IntNumberTerm(i).Value) // its own: OPA shares that term between all who ask for i
		pair := ast.ArrayTerm(number.SetLocation(head.Key.Location), head.Key)
		head.Key = pair.SetLocation(head.Key.Location)
	}
	if len(rules) > 0 {
		modules[embeddedName+reserved] = ast.MustParseModule(union)
	}
}

const union = `package doorward.levels

grant contains member if some [_, member] in data.doorward.levels.__doorward__
`

// joined is where the pairs are.
var joined = levelsPackage.Append(ast.StringTerm(reserved))

// find pairs the compiled rules with those that they were made from.
func (e *Engine) find() {
	made := make(map[*ast.Location]int, len(e.rules))
	for i, r := range e.rules {
		made[r.source.Location] = i
	}
	e.numbers = make(map[*ast.Rule]int, len(e.rules))
	for _, compiled := range e.compiler.GetRules(joined) {
		if i, ok := made[compiled.Location]; ok {
			e.numbers[compiled] = i
			e.rules[i].compiled, e.rules[i].single = compiled, alone(compiled)
		}
	}
}

// alone is the query that asks one rule: its body, and its pair.
func alone(compiled *ast.Rule) query {
	last := ast.Equality.Expr(ast.NewTerm(answer), compiled.Head.Key).SetLocation(compiled.Head.Key.Location)
	last.Index = len(compiled.Body)
	return query{body: append(slices.Clone(compiled.Body), last)}
}
