// What a function costs the engine's compiler.

package wasmbin

import "fmt"

// What the engine's compiler makes of an instruction, in blocks.
const (
	blocksOfBlock    = 1
	blocksOfLoop     = 4 // two, and what is live in it is gone over again
	blocksOfIf       = 3
	blocksOfBranch   = 2 // one, and one where an edge is split
	blocksOfFill     = 3
	blocksOfIndirect = 2 // none, and three checks
	blocksOfChecks   = 1 // none, but what is left out of line
)

func blocksOf(in *instr) int {
	switch in.code {
	case opBlock:
		return blocksOfBlock
	case opLoop:
		return blocksOfLoop
	case opIf:
		return blocksOfIf
	case opBrIf:
		return blocksOfBranch
	case opBrTable:
		return len(in.targets)
	case opCallIndirect:
		return blocksOfIndirect
	case opCall, opTableGet, opTableSet,
		opI32TruncF32S, opI32TruncF32U, opI32TruncF64S, opI32TruncF64U,
		opI64TruncF32S, opI64TruncF32U, opI64TruncF64S, opI64TruncF64U:
		return blocksOfChecks
	case opMemoryFill, opTableFill:
		return blocksOfFill
	}
	return 0
}

// work is what a function costs the compiler, or all of them together.
type work struct{ size, blocks, flow, squares int }

const (
	ofBlocks = "the number of its blocks, loops and branches"
	ofFlow   = ofBlocks + ", times that of its variables and operands,"
)

// compiles refuses the present function when it would take the compiler too
// long, or when all functions up to it would.
func (c *coder) compiles(n uint32, b body) error {
	blocks := c.blocks - c.targets/2 // a target's block is one jump
	flow := c.blocks * (c.values + len(c.m.signature(n).Results) + 1)
	c.work.size += len(c.body)
	c.work.blocks += blocks
	c.work.flow += flow
	c.work.squares += c.blocks * c.blocks
	for _, bound := range []struct {
		what      string
		has, most int
	}{
		{ofBlocks, blocks, maxBlocks},
		{ofFlow, flow, maxFlow},
		{"its size in bytes", len(c.body), maxCode},
		{"with all before it, " + ofBlocks, c.work.blocks, maxAllBlocks},
		{"with all before it, the sum of squares of " + ofBlocks, c.work.squares, maxSquares},
		{"with all before it, " + ofFlow, c.work.flow, maxAllFlow},
		{"with all before it, its size in bytes", c.work.size, maxAllCode},
	} {
		if bound.has > bound.most {
			return fmt.Errorf("at byte %d: %s: %w, and this is %d; divide it", b.from, c.m.called(n), tooLarge(bound.what, bound.most), bound.has)
		}
	}
	return nil
}

// called is how a message names a function.
func (m *Module) called(n uint32) string {
	if name := m.FunctionName(n); name != "" {
		return fmt.Sprintf("function %d (%s)", n, short(name))
	}
	return fmt.Sprintf("function %d", n)
}
