// What policies refer to and nobody defines, and rules that can never give
// their level.

package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/near"
	"github.com/doorward/doorward/policies"
)

// checkLibrary refuses references to what the library does not have. They
// would be undefined for good, and hold when they are negated.
func checkLibrary(compiler *ast.Compiler) (faults Faults) {
	eachData(compiler, func(ref ast.Ref) {
		if !ref.HasPrefix(libraryPackage) || ref.HasPrefix(levelsPackage) || defined(compiler, ref) {
			return
		}
		faults = append(faults, faultAt(ref[0].Location, "%s", unknownOfLibrary(ref.GroundPrefix())))
	})
	return faults
}

// undefined warns of references to data that no rule defines: policies have no
// other data.
func undefined(compiler *ast.Compiler) (found []Warning) {
	given := givenData(compiler)
	eachData(compiler, func(ref ast.Ref) {
		within := func(target ast.Ref) bool { return ref.HasPrefix(target) || target.HasPrefix(ref.GroundPrefix()) }
		if ref.HasPrefix(libraryPackage) || defined(compiler, ref) || slices.ContainsFunc(given, within) {
			return
		}
		at := ref[0].Location
		found = append(found, Warning{at.File, at.Row, at.Col,
			fmt.Sprintf("%s is defined nowhere, so it is never there: write a rule for it, or remove this", ref.GroundPrefix())})
	})
	return found
}

// givenData lists the data that some "with" sets.
func givenData(compiler *ast.Compiler) (targets []ast.Ref) {
	for _, module := range compiler.Modules {
		ast.WalkWiths(module, func(with *ast.With) bool {
			if target, ok := with.Target.Value.(ast.Ref); ok && target.HasPrefix(ast.DefaultRootRef) {
				targets = append(targets, target)
			}
			return false
		})
	}
	return targets
}

// eachData visits the references to data of all policies but the shipped ones,
// by file.
func eachData(compiler *ast.Compiler, visit func(ast.Ref)) {
	for _, name := range slices.Sorted(maps.Keys(compiler.Modules)) {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		for _, rule := range compiler.Modules[name].Rules {
			ast.WalkRefs(rule, func(ref ast.Ref) bool {
				if ref.HasPrefix(ast.DefaultRootRef) && len(ref.GroundPrefix()) > 1 && ref[0].Location != nil {
					visit(ref)
				}
				return false
			})
		}
	}
}

// defined reports whether a rule stands at ref, above it, or below.
func defined(compiler *ast.Compiler, ref ast.Ref) bool {
	ground := ref.GroundPrefix()
	if len(compiler.GetRulesWithPrefix(ground)) > 0 {
		return true
	}
	for n := len(ground) - 1; n > 1; n-- {
		if len(compiler.GetRulesExact(ground[:n])) > 0 {
			return true
		}
	}
	return false
}

// unknownOfLibrary says what of the library ref misses, and what comes near.
func unknownOfLibrary(ref ast.Ref) string {
	if len(ref) < 3 {
		return fmt.Sprintf("%s is not there", ref)
	}
	library := map[string][]string{}
	for name, text := range embedded(policies.Library) {
		if module, _ := parse(name, text); module != nil {
			library[packageOf(name)] = offered(module)
		}
	}
	pkg, _ := ref[2].Value.(ast.String)
	rules, ok := library[string(pkg)]
	if !ok {
		return unlike(fmt.Sprintf("the library has no package doorward.%s", string(pkg)), string(pkg), slices.Sorted(maps.Keys(library)))
	}
	name, _ := ref[min(3, len(ref)-1)].Value.(ast.String)
	return unlike(fmt.Sprintf("doorward.%s has no %q", string(pkg), string(name)), string(name), rules)
}

// unlike adds to message which name comes near, or all that there are.
func unlike(message, name string, known []string) string {
	if close := near.Name(name, known); close != "" {
		return message + fmt.Sprintf(": did you mean %q?", close)
	}
	return message + "; it has " + strings.Join(known, ", ")
}

// offered lists the rules of a module that others may use.
func offered(module *ast.Module) (found []string) {
	for _, rule := range module.Rules {
		if head, ok := rule.Head.Ref()[0].Value.(ast.Var); ok && !strings.HasPrefix(string(head), "_") {
			found = append(found, string(head))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// unheld warns of rules whose level cannot be held, since nothing gives a level
// above it; of policies that grant nothing; and of a misspelt grant.
func unheld(e *Engine, modules map[string]*ast.Module) (found []Warning) {
	for _, r := range e.rules {
		if r.level == "" || e.tree.open {
			continue
		}
		if reach, lacking := e.reach.of(e.tree, r.level); reach == Unreached {
			at := r.source.Loc()
			found = append(found, Warning{at.File, at.Row, at.Col,
				fmt.Sprintf("this rule cannot give %q: nobody can hold %q, which is above it", r.level, lacking)})
		}
	}
	own := 0
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		own++
		if modules[name].Package.Path.Equal(levelsPackage) {
			found = append(found, misspelt(modules[name])...)
		}
	}
	if own > 0 && len(e.rules) == 0 {
		found = append(found, Warning{Message: `no rule grants a level: write grant contains "PATH" if … in the package doorward.levels`})
	}
	return found
}

func misspelt(module *ast.Module) (found []Warning) {
	for _, rule := range module.Rules {
		head, ok := rule.Head.Ref()[0].Value.(ast.Var)
		if ok && string(head) != grantRule && rule.Head.Key != nil && near.Name(string(head), []string{grantRule}) != "" {
			found = append(found, Warning{rule.Loc().File, rule.Loc().Row, rule.Loc().Col,
				fmt.Sprintf("the host does not ask for %s: did you mean grant?", head)})
		}
	}
	return found
}
