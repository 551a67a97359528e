// Which rules can hold at all for an input, by OPA's index of their conditions.

package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// candidates lists the rules, by number, that the index does not exclude: the
// same ones that the common query looks at. Whatever the index cannot tell, it
// keeps.
func (e *Engine) candidates(input *ast.Term) (numbers []int) {
	defer func() {
		if recover() != nil {
			numbers = e.everyRule()
		}
	}()
	index := e.compiler.RuleIndex(joined)
	if index == nil {
		return e.everyRule()
	}
	found, err := index.Lookup(inputOnly{input})
	if err != nil {
		return e.everyRule()
	}
	for _, compiled := range found.Rules {
		numbers = append(numbers, e.numbers[compiled])
	}
	return numbers
}

func (e *Engine) everyRule() []int {
	numbers := make([]int, len(e.rules))
	for i := range numbers {
		numbers[i] = i
	}
	return numbers
}

// inputOnly resolves references to the input for the index; the rest is
// unknown.
type inputOnly struct{ input *ast.Term }

// Resolve implements ast.ValueResolver.
func (r inputOnly) Resolve(ref ast.Ref) (ast.Value, error) {
	if !ref.HasPrefix(ast.InputRootRef) {
		return nil, ast.UnknownValueErr{}
	}
	value, err := r.input.Value.Find(ref[1:])
	if err != nil {
		return nil, nil // not there
	}
	return value, nil
}
