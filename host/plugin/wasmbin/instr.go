// Reading one instruction.

package wasmbin

import "fmt"

// instr is an instruction and where it stands.
type instr struct {
	*op
	at, args, end int // where its code, its immediates, and the next instruction begin

	x, y    uint32 // indices, and a memory instruction's alignment (x) and lane (y)
	block   blockType
	kind    ValueType // of ref.null, and of select with a type
	targets []uint32  // of br_table, the default last; valid until the next is read
	value   int64     // of i32.const and i64.const
}

// blockType is a block's type: empty, one result, or a type's index.
type blockType struct {
	index  uint32
	result ValueType // anyType when there is none
	known  bool      // index counts
}

func (in *instr) opens() bool { return in.code == opBlock || in.code == opLoop || in.code == opIf }

func (in *instr) namesData() bool { return in.imm == immDataMem || in.imm == immData }

// instr reads the next instruction into in.
func (r *reader) instr(in *instr) {
	in.at = r.at
	in.op = r.opcode()
	in.args = r.at
	switch in.imm {
	case immNone:
	case immIndex:
		in.x = r.u32()
	case immBlock:
		in.block = r.blockType()
	case immTable2, immCall2, immElemTable:
		in.x, in.y = r.u32(), r.u32()
	case immTargets:
		r.targets(in)
	case immRef:
		in.kind = r.refType()
	case immSelect:
		r.selectType(in)
	default:
		r.constant(in)
	}
	in.end = r.at
}

// constant reads the immediates that hold a number, or address memory.
func (r *reader) constant(in *instr) {
	switch in.imm {
	case immI32:
		in.value = r.signed(32)
	case immI64:
		in.value = r.signed(64)
	case immF32:
		r.take(4)
	case immF64:
		r.take(8)
	case immV128, immShuffle:
		r.take(16)
	case immZero:
		r.zero()
	case immZero2:
		r.zero()
		r.zero()
	case immData:
		in.x = r.u32()
	case immDataMem:
		in.x = r.u32()
		r.zero()
	case immMem:
		r.memory(in)
	case immMemLane:
		r.memory(in)
		in.y = uint32(r.byte())
	case immLane:
		in.y = uint32(r.byte())
	}
}

// memory reads an alignment and an offset; the offset matters to no one here.
func (r *reader) memory(in *instr) {
	at := r.at
	in.x = r.u32()
	if in.x >= 64 && in.x < 128 {
		r.failAt(at, unsupported(manyMemory))
	}
	if in.x >= 32 {
		r.failAt(at, fmt.Errorf("malformed alignment of a memory instruction"))
	}
	r.u32()
}

func (r *reader) opcode() *op {
	at := r.at
	code := uint32(r.byte())
	if code == prefixBulk || code == prefixSIMD {
		code = code<<16 | min(r.u32(), 0xffff)
	}
	if o := instructions.find(code); o != nil {
		return o
	}
	switch {
	case code >= simd:
		if r.err == nil {
			r.failAt(at, unsupported(relaxedSIMD+" or a later vector instruction"))
		}
	case code < 0x100 && laterOps[byte(code)] != "":
		r.failAt(at, unsupported(laterOps[byte(code)]))
	}
	r.failAt(at, fmt.Errorf("illegal opcode 0x%02x", code))
	return instructions.nop
}

func (r *reader) blockType() blockType {
	if r.err != nil || r.at >= len(r.b) {
		r.fail(errShort)
		return blockType{}
	}
	b := r.b[r.at]
	switch t := ValueType(b); {
	case b == 0x40:
		r.at++
		return blockType{}
	case t.isValue():
		r.at++
		return blockType{result: t}
	case laterTypes[b] != "":
		r.fail(unsupported(laterTypes[b]))
	}
	at := r.at
	n := r.signed(33)
	if n < 0 {
		r.failAt(at, errType)
		return blockType{}
	}
	return blockType{index: uint32(n), known: true}
}

func (r *reader) targets(in *instr) {
	n := r.count("targets of br_table", maxTargets)
	in.targets = in.targets[:0]
	for i := 0; i <= n && r.err == nil; i++ {
		in.targets = append(in.targets, r.u32())
	}
}

func (r *reader) selectType(in *instr) {
	at := r.at
	n := r.u32()
	in.x = n
	if n != 1 { // well-formed, and no valid module has it
		types := r.at
		for i := uint32(0); i < n && r.err == nil; i++ {
			r.valueType()
		}
		if r.err == nil && r.at-types != int(n) {
			r.failAt(at, errType)
		}
		return
	}
	in.kind = r.valueType()
}
