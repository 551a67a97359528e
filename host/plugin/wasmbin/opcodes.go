// The instruction table: what the decoder, the validator and the meter know of
// each instruction.

package wasmbin

// op is an instruction. Its rows stand in opcodes_core.go, opcodes_bulk.go and
// opcodes_simd.go.
type op struct {
	code  uint32 // the byte; after a prefix, bulk or simd with the number that follows
	name  string
	imm   imm
	sig   string // operands > results, as in letters; "-" when the validator has a rule of its own
	arg   byte   // memory: the largest alignment, as a power of two; lanes: how many
	cost  uint16 // fuel
	marks marks
}

// imm is the form of an instruction's immediates.
type imm byte

const (
	immNone      imm = iota
	immIndex         // of a local, global, function, label, table or element segment
	immBlock         // a block type
	immTargets       // labels, then the default
	immCall2         // a type, a table
	immTable2        // two tables
	immElemTable     // an element segment, a table
	immRef           // a reference type
	immSelect        // value types
	immI32
	immI64
	immF32
	immF64
	immV128
	immZero    // a reserved byte
	immZero2   // two
	immData    // a data segment
	immDataMem // a data segment, a reserved byte
	immMem     // an alignment, an offset
	immMemLane // and a lane
	immLane
	immShuffle // 16 lanes
)

// marks says what the meter does before an instruction. The last three name
// the unit of its topmost operand.
type marks byte

const (
	touches   marks = 1 << iota // it changes what the host cannot reset
	byBytes                     // it moves so many bytes
	byEntries                   // it writes so many entries of a table
	byPages                     // it asks for so many pages, of which it may get none
)

// What costs more than one by itself. Growing is a call into the engine. Of a
// reference to a function the engine makes an object, which stays until the
// instance is closed.
const (
	costOfGrowth    = 256
	costOfReference = 4096
)

const (
	prefixBulk = 0xfc
	prefixSIMD = 0xfd

	bulk = prefixBulk << 16
	simd = prefixSIMD << 16
)

// The opcodes that code names.
const (
	opUnreachable  = 0x00
	opNop          = 0x01
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBr           = 0x0c
	opBrIf         = 0x0d
	opBrTable      = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opSelectType   = 0x1c
	opLocalGet     = 0x20
	opLocalSet     = 0x21
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opTableGet     = 0x25
	opTableSet     = 0x26
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opI32Const     = 0x41
	opI64Const     = 0x42
	opF32Const     = 0x43
	opF64Const     = 0x44
	opI32LtS       = 0x48
	opI64GeS       = 0x59
	opI32Add       = 0x6a
	opI32Sub       = 0x6b
	opI64Sub       = 0x7d
	opI64Shl       = 0x86
	opI64ShrU      = 0x88
	opI32TruncF32S = 0xa8
	opI32TruncF32U = 0xa9
	opI32TruncF64S = 0xaa
	opI32TruncF64U = 0xab
	opI64ExtendU   = 0xad
	opI64TruncF32S = 0xae
	opI64TruncF32U = 0xaf
	opI64TruncF64S = 0xb0
	opI64TruncF64U = 0xb1
	opRefNull      = 0xd0
	opRefIsNull    = 0xd1
	opRefFunc      = 0xd2
	opMemoryInit   = bulk | 8
	opMemoryFill   = bulk | 11
	opTableInit    = bulk | 12
	opElemDrop     = bulk | 13
	opTableCopy    = bulk | 14
	opTableGrow    = bulk | 15
	opTableSize    = bulk | 16
	opTableFill    = bulk | 17
	opV128Const    = simd | 12
)

// letters are the value types in a row's sig.
var letters = [256]ValueType{'i': I32, 'l': I64, 'f': F32, 'd': F64, 'v': V128}

// table finds the row of an opcode.
type table struct {
	core, bulk, simd [256]*op
	nop              *op
}

var instructions = newTable()

func newTable() *table {
	t := &table{}
	for i := range coreOps {
		t.core[coreOps[i].code] = &coreOps[i]
	}
	for i := range bulkOps {
		t.bulk[bulkOps[i].code&0xff] = &bulkOps[i]
	}
	for i := range simdOps {
		t.simd[simdOps[i].code&0xff] = &simdOps[i]
	}
	t.nop = t.core[opNop]
	return t
}

func (t *table) find(code uint32) *op {
	switch low := code & 0xffff; {
	case low > 0xff:
		return nil
	case code >= simd:
		return t.simd[low]
	case code >= bulk:
		return t.bulk[low]
	default:
		return t.core[low]
	}
}
