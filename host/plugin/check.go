// What must be true of a module before it is run.

package plugin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// Kind is how a guest is called.
type Kind string

// The kinds.
const (
	Reactor Kind = "reactor" // exports map and imports the host's functions
	Command Kind = "command" // exports _start and reads standard input
)

// entry is the export that a call runs.
func (k Kind) entry() string {
	if k == Command {
		return abi.ExportStart
	}
	return abi.ExportMap
}

// maxFaults is how many imports one message blames.
const maxFaults = 8

// checkImports refuses by name what the host does not offer.
func checkImports(module []byte) error {
	imports, err := wasmbin.Imports(module)
	if err != nil {
		return err
	}
	var faults []error
	for _, i := range imports {
		if _, known := hostFunctionNamed(i.Module, i.Name); !known || i.Kind != wasmbin.Func {
			faults = append(faults, fmt.Errorf("it imports the %s %s.%s, which this host does not offer; it offers %s from %q and the functions of %s",
				i.Kind, clean(i.Module, 64), clean(i.Name, 64), hostNames(), abi.Module, abi.WASI))
		}
		if len(faults) == maxFaults {
			break
		}
	}
	return errors.Join(faults...)
}

// checkCompiled checks signatures and says which kind of guest it is.
func checkCompiled(compiled wazero.CompiledModule) (Kind, error) {
	exports := compiled.ExportedFunctions()
	_, hasMap := exports[abi.ExportMap]
	_, hasStart := exports[abi.ExportStart]
	if hasMap && hasStart {
		return "", errors.New("it exports both map and _start; a reactor has map, a command _start")
	}
	if !hasMap && !hasStart {
		return "", errors.New("it exports neither map (a reactor) nor _start (a command)")
	}
	if _, ok := compiled.ExportedMemories()[abi.ExportMemory]; !ok {
		return "", fmt.Errorf("it does not export its memory as %q", abi.ExportMemory)
	}
	kind := Reactor
	if hasStart {
		kind = Command
	}
	return kind, errors.Join(
		signature(exports, abi.ExportMap, 0, 1),
		signature(exports, abi.ExportInitialize, 0, 0),
		signature(exports, abi.ExportStart, 0, 0),
		checkHostImports(kind, compiled.ImportedFunctions()))
}

func checkHostImports(kind Kind, imports []api.FunctionDefinition) error {
	var faults []error
	for _, i := range imports {
		if len(faults) == maxFaults {
			break
		}
		module, name, _ := i.Import()
		if kind == Command && module == abi.Module {
			faults = append(faults, fmt.Errorf("it is a command and imports %s.%s; a command reads standard input and writes standard output", module, name))
			continue
		}
		f, _ := hostFunctionNamed(module, name)
		if err := sameSignature("import "+module+"."+name, i, f.paramTypes(), f.resultTypes()); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

func signature(exports map[string]api.FunctionDefinition, name string, params, results int) error {
	f, ok := exports[name]
	if !ok {
		return nil
	}
	return sameSignature("export "+name, f, i32s(params), i32s(results))
}

func sameSignature(what string, f api.FunctionDefinition, params, results []api.ValueType) error {
	got, want := signatureText(f.ParamTypes(), f.ResultTypes()), signatureText(params, results)
	if got != want {
		return fmt.Errorf("the %s has the signature %s; it must be %s", what, got, want)
	}
	return nil
}

func signatureText(params, results []api.ValueType) string {
	return "(" + typeNames(params) + ") -> (" + typeNames(results) + ")"
}

func typeNames(types []api.ValueType) string {
	names := make([]string, 0, 8)
	for _, t := range types {
		if len(names) == 8 {
			names = append(names, "…")
			break
		}
		names = append(names, api.ValueTypeName(t))
	}
	return strings.Join(names, ", ")
}
