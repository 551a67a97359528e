// What a module imports.

package wasmbin

import "fmt"

// Kind is what an import is.
type Kind byte

// The kinds.
const (
	Func   Kind = 0
	Table  Kind = 1
	Memory Kind = 2
	Global Kind = 3
)

// String is the kind's name in an error message.
func (k Kind) String() string {
	switch k {
	case Func:
		return "function"
	case Table:
		return "table"
	case Memory:
		return "memory"
	case Global:
		return "global"
	}
	return fmt.Sprintf("kind %d", byte(k))
}

// Import is one import.
type Import struct {
	Module string
	Name   string
	Kind   Kind
}

// Imports lists what module imports, in its order.
//
// It fails, wrapping ErrNotModule, when the import section cannot be read.
func Imports(module []byte) ([]Import, error) {
	sections, err := Sections(module)
	if err != nil {
		return nil, err
	}
	var imports []Import
	for _, s := range sections {
		if s.ID != idImport {
			continue
		}
		some, err := readImports(s.Payload)
		if err != nil {
			return nil, fmt.Errorf("%w: import section: %w", ErrNotModule, err)
		}
		imports = append(imports, some...)
	}
	return imports, nil
}

func readImports(payload []byte) ([]Import, error) {
	r := reader{bytes: payload}
	count, err := r.u32()
	if err != nil {
		return nil, err
	}
	if count > maxNames {
		return nil, fmt.Errorf("more than %d entries", maxNames)
	}
	var imports []Import
	for range count {
		i, err := r.importEntry()
		if err != nil {
			return nil, err
		}
		imports = append(imports, i)
	}
	return imports, nil
}

func (r *reader) importEntry() (i Import, err error) {
	if i.Module, err = r.name(); err != nil {
		return i, err
	}
	if i.Name, err = r.name(); err != nil {
		return i, err
	}
	kind, err := r.byte()
	if err != nil {
		return i, err
	}
	i.Kind = Kind(kind)
	switch i.Kind {
	case Func:
		_, err = r.u32()
	case Table:
		if _, err = r.byte(); err == nil {
			_, _, err = r.limits()
		}
	case Memory:
		_, _, err = r.limits()
	case Global:
		_, err = r.take(2)
	default:
		err = fmt.Errorf("an import of unknown %s", i.Kind)
	}
	return i, err
}
