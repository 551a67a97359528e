// The CEL environment of expressions: standard library, our functions, the
// user so far, and one variable for each reference.

package mapper

import (
	"fmt"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
)

// Bounds of an expression.
const (
	MaxExpressionBytes = 8 << 10
	MaxReferences      = 64
	MaxCost            = 500_000 // in CEL's units, of one evaluation
)

// refVariable is the variable that stands for the reference of that number.
func refVariable(n int) string { return fmt.Sprintf("__ref%d", n) }

// celEnv is built once: it is immutable, and making it costs about a
// millisecond.
var celEnv = sync.OnceValues(func() (*cel.Env, error) {
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(adapter{registry}),
		cel.CustomTypeProvider(userProvider{registry}),
		cel.StdLib(cel.StdLibSubset(env.NewLibrarySubset().AddExcludedFunctions(
			env.NewFunction("matches")))), // ours gives null on null
		cel.Variable("user", cel.ObjectType(userTypeName)),
		cel.ParserExpressionSizeLimit(MaxExpressionBytes),
		cel.ParserRecursionLimit(64),
		cel.CrossTypeNumericComparisons(true),
	}
	for n := range MaxReferences {
		options = append(options, cel.Variable(refVariable(n), cel.DynType))
	}
	return cel.NewCustomEnv(append(options, functions()...)...)
})
