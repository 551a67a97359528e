// The types of the specification, and how they are read and written.

package wasmbin

import (
	"fmt"
	"strings"
)

// ValueType is the binary code of a value type.
type ValueType byte

// The value types.
const (
	I32       ValueType = 0x7f
	I64       ValueType = 0x7e
	F32       ValueType = 0x7d
	F64       ValueType = 0x7c
	V128      ValueType = 0x7b
	FuncRef   ValueType = 0x70
	ExternRef ValueType = 0x6f
)

// anyType is the type of a value that unreachable code takes from nowhere.
const anyType ValueType = 0

// String is the type's name in the text format.
func (t ValueType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	case FuncRef:
		return "funcref"
	case ExternRef:
		return "externref"
	case anyType:
		return "any"
	}
	return fmt.Sprintf("type 0x%02x", byte(t))
}

// width is how many slots of the engine's stack a value takes.
func (t ValueType) width() int {
	if t == V128 {
		return 2
	}
	return 1
}

func width(types []ValueType) (slots int) {
	for _, t := range types {
		slots += t.width()
	}
	return slots
}

func (t ValueType) isRef() bool { return t == FuncRef || t == ExternRef }

func (t ValueType) isValue() bool {
	return t >= V128 && t <= I32 || t.isRef()
}

// FuncType is the signature of a function.
type FuncType struct{ Params, Results []ValueType }

// String is the signature as "(i32, i64) -> (f32)".
func (t FuncType) String() string {
	return "(" + list(t.Params) + ") -> (" + list(t.Results) + ")"
}

func list(types []ValueType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.String()
	}
	return strings.Join(names, ", ")
}

// Limits bound a table in entries, or a memory in pages of 64 KiB.
type Limits struct {
	Min, Max uint32 // Max counts only when Bounded
	Bounded  bool
}

// String is the limits as "1 to 2" or "1 or more".
func (l Limits) String() string {
	if l.Bounded {
		return fmt.Sprintf("%d to %d", l.Min, l.Max)
	}
	return fmt.Sprintf("%d or more", l.Min)
}

// TableType is what a table holds, and its limits in entries.
type TableType struct {
	Elem ValueType
	Limits
}

// GlobalType is the type of a global.
type GlobalType struct {
	Value   ValueType
	Mutable bool
}

func (r *reader) valueType() ValueType {
	b := r.byte()
	if t := ValueType(b); t.isValue() {
		return t
	}
	if feature := laterTypes[b]; feature != "" {
		r.failAt(r.at-1, unsupported(feature))
	}
	r.failAt(r.at-1, errType)
	return I32
}

func (r *reader) refType() ValueType {
	b := r.byte()
	if t := ValueType(b); t.isRef() {
		return t
	}
	if feature := laterTypes[b]; feature != "" {
		r.failAt(r.at-1, unsupported(feature))
	}
	r.failAt(r.at-1, errRefType)
	return FuncRef
}

func (r *reader) valueTypes(what string) []ValueType {
	n := r.count(what, maxArity)
	if n == 0 {
		return nil
	}
	types := make([]ValueType, n)
	for i := range types {
		types[i] = r.valueType()
	}
	return types
}

func (r *reader) funcType() FuncType {
	switch form := r.byte(); {
	case form == 0x60:
	case laterForms[form] != "":
		r.failAt(r.at-1, unsupported(laterForms[form]))
	default:
		r.failAt(r.at-1, fmt.Errorf("a type begins with 0x%02x, which is no function's", form))
	}
	params := r.valueTypes("parameters")
	return FuncType{Params: params, Results: r.valueTypes("results")}
}

func (r *reader) limits() Limits {
	switch flag := r.byte(); {
	case flag == 0:
		return Limits{Min: r.u32()}
	case flag == 1:
		least := r.u32()
		return Limits{Min: least, Max: r.u32(), Bounded: true}
	case flag == 2 || flag == 3:
		r.failAt(r.at-1, unsupported("threads (a shared memory)"))
	case flag >= 4 && flag <= 7:
		r.failAt(r.at-1, unsupported("64-bit memory"))
	}
	r.failAt(r.at-1, errLimits)
	return Limits{}
}

func (r *reader) tableType() TableType {
	if r.err == nil && r.at < len(r.b) && r.b[r.at] == 0x40 {
		r.fail(unsupported("typed function references (a table with an initial value)"))
	}
	return TableType{Elem: r.refType(), Limits: r.limits()}
}

func (r *reader) globalType() GlobalType {
	t := GlobalType{Value: r.valueType()}
	switch r.byte() {
	case 0:
	case 1:
		t.Mutable = true
	default:
		r.failAt(r.at-1, fmt.Errorf("malformed mutability of a global"))
	}
	return t
}
