// The decoded form of a module.

package wasmbin

import "sync"

// Module is a decoded module. It refers to the bytes that it was decoded from,
// which must not change after that.
type Module struct {
	raw      []byte
	sections []Section

	types    []FuncType
	imports  []Import
	entries  int      // where the entries of the import section begin
	funcs    []uint32 // the type of each function, imports first
	tables   []TableType
	memories []Limits
	globals  []global
	exports  []export
	start    *index
	elements []element
	data     []segment
	bodies   []body

	counted    bool // there is a data count section
	dataCount  uint32
	importedBy [4]int // how many imports of each Kind

	once    sync.Once
	invalid error    // of Validate
	heights []uint32 // of each body: the most operands that it has at once; Validate finds them
}

// span is a part of the module's bytes.
type span struct{ from, to int }

// index is an index, and where it stands.
type index struct {
	n  uint32
	at int
}

type global struct {
	GlobalType
	init span // of one that is not imported
}

type export struct {
	name string
	kind Kind
	index
}

// mode is when a segment is applied.
type mode byte

const (
	active mode = iota
	passive
	declared
)

type element struct {
	at     int
	mode   mode
	table  uint32
	offset span // of an active one
	elem   ValueType
	long   bool    // its entries are expressions
	funcs  []index // those of one that is not long
	exprs  []span  // those of one that is
}

type segment struct {
	at     int
	mode   mode
	memory uint32
	offset span // of an active one
	bytes  span
}

// body is the code of a function that is not imported.
type body struct {
	span   // locals and instructions
	locals []local
	code   int // where the instructions begin
}

// local is a run of locals of one type.
type local struct {
	until uint32 // index of the first local that is not of the run, parameters not counted
	kind  ValueType
}

func (m *Module) imported(k Kind) int { return m.importedBy[k] }

func (m *Module) signature(function uint32) FuncType { return m.types[m.funcs[function]] }

// parameters are those of a block's type.
func (m *Module) parameters(t blockType) []ValueType {
	if !t.known {
		return nil
	}
	return m.types[t.index].Params
}
