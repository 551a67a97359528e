package test

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
)

// imports are the functions that a module imports, as MODULE.NAME.
func imports(t *testing.T, module []byte) []string {
	t.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	compiled, err := runtime.CompileModule(ctx, module)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range compiled.ImportedFunctions() {
		from, name, _ := f.Import()
		names = append(names, from+"."+name)
	}
	return names
}
