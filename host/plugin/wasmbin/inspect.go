// What a module is made of, for those who look at it.

package wasmbin

import "fmt"

// Export is one export.
type Export struct {
	Name string
	Kind Kind
	Type string // as Import.Type
}

// Sections lists the module's sections in their order.
func (m *Module) Sections() []Section { return append([]Section(nil), m.sections...) }

// Size is the module's size in bytes.
func (m *Module) Size() int { return len(m.raw) }

// Custom returns the payload of the first custom section called name, and
// whether there is one.
func (m *Module) Custom(name string) ([]byte, bool) {
	for _, s := range m.sections {
		if s.ID == idCustom && s.Name == name {
			return s.Payload, true
		}
	}
	return nil, false
}

// Imports lists what the module imports, in its order.
func (m *Module) Imports() []Import {
	imports := append([]Import(nil), m.imports...)
	for i := range imports {
		imports[i].Type = m.typeText(imports[i].Kind, imports[i].n)
	}
	return imports
}

// Exports lists what the module exports, in its order.
func (m *Module) Exports() []Export {
	exports := make([]Export, len(m.exports))
	for i, e := range m.exports {
		exports[i] = Export{Name: e.name, Kind: e.kind, Type: m.typeText(e.kind, e.n)}
	}
	return exports
}

// Memories lists the limits of the memories, imported ones first, in pages of
// 64 KiB. A valid module has one at most.
func (m *Module) Memories() []Limits { return append([]Limits(nil), m.memories...) }

// Tables lists the tables, imported ones first.
func (m *Module) Tables() []TableType { return append([]TableType(nil), m.tables...) }

// Functions counts the functions: those that are imported, and those that are
// not.
func (m *Module) Functions() (imported, defined int) { return m.imported(Func), len(m.bodies) }

// CodeSize is how many bytes the code of a function takes, by its index,
// imports counted; 0 when it is imported or there is none.
func (m *Module) CodeSize(function uint32) int {
	n := int64(function) - int64(m.imported(Func))
	if n < 0 || n >= int64(len(m.bodies)) {
		return 0
	}
	return m.bodies[n].to - m.bodies[n].from
}

// HasStart says whether the module has a start function.
func (m *Module) HasStart() bool { return m.start != nil }

// typeText is the type of an entity; "" when its index is out of range.
func (m *Module) typeText(k Kind, n uint32) string {
	at := int64(n)
	switch {
	case k == Func && at < int64(len(m.funcs)) && int64(m.funcs[at]) < int64(len(m.types)):
		return m.signature(n).String()
	case k == Table && at < int64(len(m.tables)):
		return fmt.Sprintf("%v, %v entries", m.tables[at].Elem, m.tables[at].Limits)
	case k == Memory && at < int64(len(m.memories)):
		return fmt.Sprintf("%v pages", m.memories[at])
	case k == Global && at < int64(len(m.globals)):
		if m.globals[at].Mutable {
			return "mutable " + m.globals[at].Value.String()
		}
		return m.globals[at].Value.String()
	}
	return ""
}
