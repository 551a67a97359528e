// The functions a guest imports: their table, and what they have in common.

package plugin

import (
	"context"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// hostFunction is one import. params has a letter for each parameter: i for
// i32, I for i64; the result is i32 or none.
type hostFunction struct {
	name    string
	params  string
	results int
	run     func(c *call, memory api.Memory, stack []uint64)
}

// hostModules are the modules from which guests may import.
var hostModules = map[string][]hostFunction{abi.Module: reactorFunctions, abi.WASI: wasiFunctions}

func hostFunctionNamed(module, name string) (hostFunction, bool) {
	for _, f := range hostModules[module] {
		if f.name == name {
			return f, true
		}
	}
	return hostFunction{}, false
}

// instantiateImports makes the modules known to a runtime. The functions find
// the call they belong to in the context that the guest was called with.
func instantiateImports(ctx context.Context, runtime wazero.Runtime) error {
	for name, functions := range hostModules {
		builder := runtime.NewHostModuleBuilder(name)
		for _, f := range functions {
			builder = builder.NewFunctionBuilder().
				WithGoModuleFunction(f.goFunction(), f.paramTypes(), f.resultTypes()).
				Export(f.name)
		}
		if _, err := builder.Instantiate(ctx); err != nil {
			return err
		}
	}
	meter := runtime.NewHostModuleBuilder(wasmbin.MeterModule).NewFunctionBuilder().
		WithGoFunction(api.GoFunc(func(ctx context.Context, _ []uint64) { callOf(ctx).refill() }), nil, nil).
		Export(wasmbin.MeterSlice)
	_, err := meter.Instantiate(ctx)
	return err
}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

func (f hostFunction) goFunction() api.GoModuleFunc {
	return func(ctx context.Context, guest api.Module, stack []uint64) {
		c := callOf(ctx)
		c.charge(hostCall)
		f.run(c, guest.Memory(), stack)
	}
}

func (f hostFunction) paramTypes() []api.ValueType {
	types := make([]api.ValueType, len(f.params))
	for i := range types {
		types[i] = api.ValueTypeI32
		if f.params[i] == 'I' {
			types[i] = api.ValueTypeI64
		}
	}
	return types
}

func (f hostFunction) resultTypes() []api.ValueType { return i32s(f.results) }

func i32s(n int) []api.ValueType {
	types := make([]api.ValueType, n)
	for i := range types {
		types[i] = api.ValueTypeI32
	}
	return types
}

func hostNames() string {
	var names []string
	for _, f := range reactorFunctions {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}
