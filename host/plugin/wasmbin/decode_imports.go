// What a module imports.

package wasmbin

import "fmt"

// Kind is what an import or export is.
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
	// Type is as "(i32) -> (i64)", "funcref, 1 or more entries", "1 to 2 pages"
	// or "mutable i32"; Module.Imports fills it in.
	Type string

	index // in the index space of its kind
}

func (m *Module) decodeImports(r *reader) {
	n := r.count("imports", maxImports)
	m.entries = r.at
	for i := 0; i < n && r.err == nil; i++ {
		m.imports = append(m.imports, m.decodeImport(r))
	}
}

func (m *Module) decodeImport(r *reader) Import {
	i := Import{Module: r.name(), Name: r.name(), Kind: r.kind("import")}
	i.at = r.at
	i.n = uint32(m.importedBy[i.Kind])
	m.importedBy[i.Kind]++
	switch i.Kind {
	case Func:
		m.funcs = append(m.funcs, r.u32())
	case Table:
		m.tables = append(m.tables, r.tableType())
	case Memory:
		m.memories = append(m.memories, r.limits())
	case Global:
		m.globals = append(m.globals, global{GlobalType: r.globalType()})
	}
	return i
}

// Imports lists what a module imports, without the types: it reads the
// sections and the imports alone, for a first look at bytes that nobody
// decoded. Use Module.Imports where there is a Module.
//
// It fails with a SyntaxError when they cannot be read.
func Imports(module []byte) ([]Import, error) {
	sections, err := Sections(module)
	if err != nil {
		return nil, err
	}
	m := &Module{raw: module}
	for _, s := range sections {
		if s.ID == idImport && err == nil {
			err = m.decodeSection(s)
		}
	}
	return m.imports, err
}
