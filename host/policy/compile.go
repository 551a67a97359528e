// From parsed modules to compiled ones.

package policy

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// compile checks the policies as they were written, so that errors speak of
// the writer's own names, then compiles them with the grant rules renamed,
// unless other faults are known already.
func compile(modules map[string]*ast.Module, rules []*rule, sound bool) (*ast.Compiler, Faults) {
	written := newCompiler()
	if written.Compile(modules); written.Failed() {
		return nil, regoFaults(written.Errors)
	}
	if faults := append(checkCalls(written), checkLibrary(written)...); len(faults) > 0 || !sound {
		return nil, faults
	}
	rename(modules, rules)
	renamed := newCompiler()
	if renamed.Compile(modules); renamed.Failed() {
		return nil, regoFaults(renamed.Errors)
	}
	return renamed, nil
}

func newCompiler() *ast.Compiler {
	return ast.NewCompiler().
		SetErrorLimit(0).
		WithCapabilities(capabilities()).
		WithSchemas(schemas()).
		WithDefaultRegoVersion(ast.RegoV1)
}

// query is a compiled question for topdown.
type query struct {
	body     ast.Body
	compiler ast.QueryCompiler
}

// answer is the variable of a query that holds what was asked for.
const answer = ast.Var("answer")

// newQuery asks for one term: a reference, or an array of them.
func newQuery(compiler *ast.Compiler, asked *ast.Term) (query, error) {
	qc := compiler.QueryCompiler()
	body, err := qc.Compile(ast.NewBody(ast.Equality.Expr(ast.NewTerm(answer), asked)))
	if err != nil {
		return query{}, fmt.Errorf("query %s: %w", asked, err)
	}
	return query{body: body, compiler: qc}, nil
}
