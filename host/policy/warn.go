// What a policy writer should know, though it refuses nothing.

package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

func warnings(t tree, rules []*rule, reach reach, modules map[string]*ast.Module) []Warning {
	found := unreached(t, reach)
	for _, r := range rules {
		if r.level == "" {
			loc := r.source.Loc()
			found = append(found, Warning{loc.File, loc.Row, loc.Col,
				"this rule computes the level it grants: whether it is declared shows only at a login"})
		}
		if r.never != "" {
			loc := r.source.Loc()
			found = append(found, Warning{loc.File, loc.Row, loc.Col, "this rule gives nothing: " + r.never})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		if !strings.HasPrefix(name, embeddedName) {
			found = append(found, unseen(modules[name])...)
		}
	}
	return found
}

// unreached lists declared levels that nothing can grant.
func unreached(t tree, reach reach) (found []Warning) {
	for _, path := range t.rulable {
		switch reach.direct(path) {
		case Unreached:
			found = append(found, Warning{Message: fmt.Sprintf("level %q has no rule and no grant: nobody can hold it", path)})
		case CannotTell:
			found = append(found, Warning{Message: fmt.Sprintf("level %q has no rule that names it: only a rule that computes its level could grant it", path)})
		}
	}
	for _, path := range slices.Sorted(maps.Keys(t.declared)) {
		inside := func(other string) bool { return strings.HasPrefix(other, path+"/") }
		if t.declared[path].Group && !slices.ContainsFunc(t.rulable, inside) {
			found = append(found, Warning{Message: fmt.Sprintf("level %q only groups and has no child: nobody can hold it", path)})
		}
	}
	return found
}

// unseen lists the reads that the schema cannot check.
func unseen(module *ast.Module) (found []Warning) {
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if ref.Equal(ast.ObjectGet.Ref()) {
			loc := ref[0].Location
			found = append(found, Warning{loc.File, loc.Row, loc.Col,
				"object.get reads past the schema: a misspelt name in it is not found; prefer input.… and default"})
		}
		return false
	})
	return found
}
