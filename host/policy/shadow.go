// Rules that hide a builtin.

package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkShadows refuses rules with the name of a builtin: within their package
// every call of it would mean the rule, which no reader expects.
func checkShadows(modules map[string]*ast.Module) (faults Faults) {
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		for _, rule := range modules[name].Rules {
			head, ok := rule.Head.Ref()[0].Value.(ast.Var)
			if b := ast.BuiltinMap[string(head)]; ok && b != nil && !b.IsDeprecated() {
				faults = append(faults, faultAt(rule.Loc(), "%s is a builtin, and a rule of that name hides it: choose another name", head))
			}
		}
	}
	return faults
}
