// Rules and imports that hide a builtin.

package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkShadows refuses rules and imports with the name of a builtin, such as
// count or object.get: within their package or file every call of it would mean
// the rule, which no reader expects.
func checkShadows(modules map[string]*ast.Module) (faults Faults) {
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		for _, rule := range modules[name].Rules {
			if hidden := builtinNamed(dotted(rule.Head.Ref())); hidden != "" {
				faults = append(faults, faultAt(rule.Loc(), "%s is a builtin, and a rule of that name hides it: choose another name", hidden))
			}
		}
		for _, imported := range modules[name].Imports {
			if hidden := hiddenBy(imported, modules); hidden != "" {
				faults = append(faults, faultAt(imported.Loc(), "%s is a builtin, and the import hides it: import it as another name", hidden))
			}
		}
	}
	return faults
}

// hiddenBy is the builtin that an import hides: one of its own name, or, under
// its name, one that the imported package has a rule for.
func hiddenBy(imported *ast.Import, modules map[string]*ast.Module) string {
	path, ok := imported.Path.Value.(ast.Ref)
	if !ok || !path.HasPrefix(ast.DefaultRootRef) { // future.keywords.contains hides nothing
		return ""
	}
	name := string(imported.Name())
	if hidden := builtinNamed(name); hidden != "" {
		return hidden
	}
	for _, module := range modules {
		if !module.Package.Path.Equal(path) {
			continue
		}
		for _, rule := range module.Rules {
			if hidden := builtinNamed(name + "." + dotted(rule.Head.Ref())); hidden != "" {
				return hidden
			}
		}
	}
	return ""
}

// builtinNamed is name when a builtin that a policy would call has it.
func builtinNamed(name string) string {
	if b := ast.BuiltinMap[name]; b == nil || b.IsDeprecated() {
		return ""
	}
	return name
}

// dotted is a rule's name as a call of it is written, up to what is computed.
func dotted(ref ast.Ref) string {
	var name strings.Builder
	for i, part := range ref {
		switch v := part.Value.(type) {
		case ast.Var:
			if i > 0 {
				return name.String()
			}
			name.WriteString(string(v))
		case ast.String:
			name.WriteString("." + string(v))
		default:
			return name.String()
		}
	}
	return name.String()
}
