// Rewriting a module into the one that the host runs.

package wasmbin

import (
	"fmt"
	"strings"
)

// Names of the host's, on both sides of a rewritten module.
const (
	// MeterModule is the module that the host's import stands in.
	MeterModule = "doorward.meter"
	// MeterSlice is the import that a guest calls when its fuel is below zero:
	// a function without parameters and results.
	MeterSlice = "slice"

	// Reserved begins every export that is the host's.
	Reserved = "doorward."
	// ExportFuel is what is left of the present slice (mut i64, at first 0).
	ExportFuel = "doorward.fuel"
	// ExportDepth is how many calls may still nest (mut i32, at first
	// Options.MaxDepth).
	ExportDepth = "doorward.depth"
	// ExportDeep is 1 when the guest trapped because calls nested too deep
	// (mut i32, at first 0).
	ExportDeep = "doorward.deep"
	// ExportTouched is 1 once the guest came to an instruction that changes a
	// table, or drops or reads a passive segment (mut i32, at first 0).
	ExportTouched = "doorward.touched"
	// ExportStart is the start function of a module with a snapshot.
	ExportStart = "doorward.start"
)

// Options of Rewrite.
type Options struct {
	TableMax uint32 // the most entries of all tables together
	MaxDepth uint32 // how many calls may nest; see the package's comment
	Snapshot bool   // take the active data segments and the start function out
}

// Rewritten is a module that the host can run.
type Rewritten struct {
	Module []byte
	// Data is what the active data segments of a module with a snapshot write,
	// in order. The host applies them; their bounds are not checked.
	Data []DataSegment
	// Globals are the mutable globals of the original.
	Globals []GlobalExport
	// Resettable says that each of Globals can be set from outside: none is a
	// vector or a reference.
	Resettable bool
	// Touches says that the code can change what the host cannot reset, so
	// that ExportTouched can become 1.
	Touches bool
	// MemoryMin is the size that memory begins with, in pages of 64 KiB.
	MemoryMin uint32
}

// DataSegment is bytes of linear memory. They may be a part of the original.
type DataSegment struct {
	Offset uint32
	Bytes  []byte
}

// GlobalExport is a mutable global under the name that the host resets it by.
type GlobalExport struct {
	Export string
	Type   byte // the binary code of its value type
}

// rewriter holds what the parts of a rewrite share.
type rewriter struct {
	m      *Module
	o      Options
	meter  *meter
	types  []FuncType // added
	blocks map[string]uint32
	out    Rewritten
	data   segments

	slice                      uint32 // a function
	fuel, depth, deep, touched uint32 // globals
}

// Rewrite makes of a module the one that the host runs: with fuel (see the
// package's comment), a bound of call depth, bounds of tables, every mutable
// global exported, custom sections dropped but the names of functions. The
// module itself does not change.
//
// It fails with a ValidationError when the module is not valid, with a
// ReservedError when it takes a name of the host's, and, wrapping ErrBound,
// when the tables begin with more than TableMax entries, a function is more than
// the engine's compiler should be given, or the metered code is many times
// the original; with a snapshot also when the
// place of a data segment is not a constant.
func (m *Module) Rewrite(o Options) (Rewritten, error) {
	if err := m.Validate(); err != nil {
		return Rewritten{}, err
	}
	if err := m.reserved(); err != nil {
		return Rewritten{}, err
	}
	if err := m.boundedTables(o.TableMax); err != nil {
		return Rewritten{}, err
	}
	w := &rewriter{m: m, o: o, blocks: map[string]uint32{}}
	if err := w.takeData(); err != nil {
		return Rewritten{}, err
	}
	w.number()
	w.meter = newMeter(m)
	code, err := w.code()
	if err != nil {
		return Rewritten{}, err
	}
	if most := growthTimes*len(m.raw) + growthBase; len(code) > most {
		return Rewritten{}, tooLarge("the size of the metered code in bytes", most)
	}
	w.out.Module = w.module(code)
	return w.out, nil
}

func (m *Module) reserved() error {
	for _, i := range m.imports {
		if i.Module == MeterModule {
			return &ReservedError{Name: i.Module, Import: true}
		}
	}
	for _, e := range m.exports {
		if strings.HasPrefix(e.name, Reserved) {
			return &ReservedError{Name: e.name}
		}
	}
	return nil
}

func (m *Module) boundedTables(most uint32) error {
	if begin := m.entriesAtFirst(); begin > uint64(most) {
		return fmt.Errorf("its tables begin with %d entries: that %w: the most is %d", begin, ErrBound, most)
	}
	return nil
}

func (m *Module) entriesAtFirst() (all uint64) {
	for _, t := range m.tables[m.imported(Table):] {
		all += uint64(t.Min)
	}
	return all
}

// number gives what is added its index: behind what the guest has, so that
// only the functions that the guest defines move, by one.
func (w *rewriter) number() {
	for i, t := range w.m.types {
		if len(t.Params) == 0 {
			w.blocks[string(appendTypes(nil, t.Results))] = uint32(i)
		}
	}
	w.slice = uint32(w.m.imported(Func))
	w.fuel = uint32(len(w.m.globals))
	w.depth, w.deep, w.touched = w.fuel+1, w.fuel+2, w.fuel+3
	if len(w.m.memories) > 0 {
		w.out.MemoryMin = w.m.memories[0].Min
	}
}

// function gives the new index of a function.
func (w *rewriter) function(n uint32) uint32 {
	if n >= w.slice {
		return n + 1
	}
	return n
}

// typeOf gives the index of a function type without parameters; it adds one
// when the module has none.
func (w *rewriter) typeOf(results []ValueType) uint32 {
	key := string(appendTypes(nil, results))
	if n, ok := w.blocks[key]; ok {
		return n
	}
	n := uint32(len(w.m.types) + len(w.types))
	w.types = append(w.types, FuncType{Results: results})
	w.blocks[key] = n
	return n
}
