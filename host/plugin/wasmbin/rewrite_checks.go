// The instructions that a rewrite puts in.

package wasmbin

// noResult is the type of a block without parameters and results.
const noResult = 0x40

func (c *coder) op(codes ...byte) { c.body = append(c.body, codes...) }

func (c *coder) op32(code byte, n uint32) { c.body = appendU32(append(c.body, code), n) }

func (c *coder) const32(n int64) { c.body = appendSigned(append(c.body, opI32Const), n) }

func (c *coder) const64(n int64) { c.body = appendSigned(append(c.body, opI64Const), n) }

// charge takes a fixed cost from the fuel; when it is below zero then, the
// guest asks the host for more.
func (c *coder) charge(cost int64) {
	c.op32(opGlobalGet, c.fuel)
	c.const64(cost)
	c.spend()
}

// spend takes the topmost value from the one below, the fuel.
func (c *coder) spend() {
	c.op(opI64Sub)
	c.op32(opLocalTee, c.left)
	c.op32(opGlobalSet, c.fuel)
	c.op32(opLocalGet, c.left)
	c.ask()
}

// ask calls the host when the topmost value is below zero. The call stands in
// the else arm because the engine's compiler keeps, where two ways meet, the
// registers of the first.
func (c *coder) ask() {
	c.blocks += blocksOfIf
	c.const64(0)
	c.op(opI64GeS, opIf, noResult, opElse)
	c.op32(opCall, c.slice)
	c.op(opEnd)
}

// tight opens a loop that calls nothing, inside another loop. The call for
// more fuel stands in the outer one, where the variables of the inner are not
// live: a call that they live through would make the engine's compiler store
// them in each turn. An inner turn that finds the fuel below zero begins anew
// at the outer's head, and is charged after that.
func (c *coder) tight(in *instr, cost int64) {
	opcode := c.m.raw[in.at:in.end]
	c.blocks += blocksOfLoop + blocksOfIf
	c.op(opcode...)
	c.op32(opGlobalGet, c.fuel)
	c.ask()
	c.op(opcode...)
	c.op32(opGlobalGet, c.fuel)
	c.const64(0)
	c.op(opI64GeS, opIf, noResult, opElse)
	c.op32(opBr, 2)
	c.op(opEnd)
	c.op32(opGlobalGet, c.fuel)
	c.const64(cost)
	c.op(opI64Sub)
	c.op32(opGlobalSet, c.fuel)
}

// enter counts a call in; one that nests too deep traps.
func (c *coder) enter() {
	c.blocks += blocksOfIf
	c.op32(opGlobalGet, c.depth)
	c.const32(c.weight)
	c.op(opI32Sub)
	c.op32(opLocalTee, c.count)
	c.op32(opGlobalSet, c.depth)
	c.op32(opLocalGet, c.count)
	c.const32(0)
	c.op(opI32LtS, opIf, noResult)
	c.const32(1)
	c.op32(opGlobalSet, c.deep)
	c.op(opUnreachable, opEnd)
}

// openBlock opens the block that every way out of a function ends in, so that
// leave stands once, behind it.
func (c *coder) openBlock(results []ValueType) {
	c.blocks += blocksOfBlock
	c.op(opBlock)
	switch len(results) {
	case 0:
		c.op(noResult)
	case 1:
		c.op(byte(results[0]))
	default:
		c.body = appendSigned(c.body, int64(c.typeOf(results)))
	}
}

// leave counts a call out.
func (c *coder) leave() {
	c.op32(opGlobalGet, c.depth)
	c.const32(c.weight)
	c.op(opI32Add)
	c.op32(opGlobalSet, c.depth)
}

// before writes what stands before an instruction with marks: the flag, the
// charge for its topmost operand, which stays where it is, and, of memory.grow,
// the size as it was.
func (c *coder) before(in *instr) {
	if in.marks&touches != 0 {
		c.rewriter.out.Touches = true
		c.const32(1)
		c.op32(opGlobalSet, c.touched)
	}
	if in.marks&^touches == 0 {
		return
	}
	if in.marks&byPages != 0 {
		c.op(opMemorySize, 0)
		c.op32(opLocalSet, c.count)
		return
	}
	c.op32(opLocalTee, c.count)
	c.op32(opGlobalGet, c.fuel)
	c.op32(opLocalGet, c.count)
	if in.marks&byBytes != 0 {
		c.units(opI64ShrU, 6)
	} else {
		c.units(opI64ShrU, 3)
	}
	c.spend()
}

// grown charges the pages that a memory.grow has got, so that one which is
// refused ends by the limit of memory and not by that of fuel.
func (c *coder) grown() {
	c.op32(opGlobalGet, c.fuel)
	c.op(opMemorySize, 0)
	c.op32(opLocalGet, c.count)
	c.op(opI32Sub)
	c.units(opI64Shl, 10)
	c.spend()
}

// units makes the topmost value one of 64 bits, shifted.
func (c *coder) units(shift byte, by int64) {
	c.op(opI64ExtendU)
	c.const64(by)
	c.op(shift)
}
