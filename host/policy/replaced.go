// What the rules replace for themselves, by "with".

package policy

import "github.com/open-policy-agent/opa/v1/ast"

// replaced says what any rule or helper replaces.
type replaced struct {
	any  bool // a part of the input, or what more stands for
	more bool // data, a function or a builtin
}

func findReplaced(compiler *ast.Compiler) (found replaced) {
	for _, module := range compiler.Modules {
		ast.WalkWiths(module, func(w *ast.With) bool {
			ref, ok := w.Target.Value.(ast.Ref)
			found.any, found.more = true, found.more || !ok || !ref.HasPrefix(ast.InputRootRef)
			return false
		})
	}
	return found
}
