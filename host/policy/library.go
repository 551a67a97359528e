// The part of the library that a set of policies uses: the rest is not worth
// its time to compile.

package policy

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/policies"
)

// addLibrary parses the files of the library that the modules refer to, and
// those that these refer to, and adds them.
func addLibrary(modules map[string]*ast.Module) (faults Faults) {
	library := embedded(policies.Library)
	wanted := map[string]bool{}
	for _, module := range modules {
		refersTo(module, library, wanted)
	}
	for added := true; added; {
		added = false
		for name := range wanted {
			if modules[name] != nil {
				continue
			}
			module, wrong := parse(name, library[name])
			if faults = append(faults, wrong...); module == nil {
				return faults
			}
			modules[name], added = module, true
			refersTo(module, library, wanted)
		}
	}
	return faults
}

// refersTo adds the files of the library that module can reach: all of them
// where its text does not say which.
func refersTo(module *ast.Module, library map[string]string, wanted map[string]bool) {
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if !ref.HasPrefix(ast.DefaultRootRef) || len(ref) > 1 && !mayBe(ref[1], "doorward") {
			return false
		}
		for name := range library {
			if len(ref) < 3 || mayBe(ref[2], packageOf(name)) {
				wanted[name] = true
			}
		}
		return false
	})
}

// mayBe reports whether a part of a reference is name, or is computed.
func mayBe(part *ast.Term, name string) bool {
	text, ok := part.Value.(ast.String)
	return !ok || string(text) == name
}

// packageOf is the last name of a file's package, which is the file's own.
func packageOf(file string) string {
	return strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".rego")
}
