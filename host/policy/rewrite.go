// Giving each grant rule a name of its own, so that one query decides and says
// which rule granted, and so that any rule can be asked alone.

package policy

import "github.com/open-policy-agent/opa/v1/ast"

// rename moves every rule of data.doorward.levels.grant to
// data.doorward.levels.__doorward__[PLACE], and lets grant be their union for
// the helpers that read it. It changes the modules it is given.
//
// The rule keeps its body, its annotations and its module's imports, so it
// means what it meant.
func rename(modules map[string]*ast.Module, rules []*rule) {
	for _, r := range rules {
		r.source.Head.Name = ""
		r.source.Head.Reference = ast.Ref{
			ast.VarTerm(reserved).SetLocation(r.source.Loc()),
			ast.StringTerm(r.place).SetLocation(r.source.Loc()),
		}
	}
	if len(rules) > 0 {
		modules[embeddedName+reserved] = ast.MustParseModule(union)
	}
}

const union = `package doorward.levels

grant contains member if some member in data.doorward.levels.__doorward__[_]
`

// ref is where a renamed rule's grants are: always a set, maybe an empty one.
func (r *rule) ref() ast.Ref {
	return levelsPackage.Append(ast.StringTerm(reserved)).Append(ast.StringTerm(r.place))
}
