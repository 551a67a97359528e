// What a function costs the engine's compiler.

package wasmbin

import "fmt"

// The engine compiles a function in a time that grows with the square of its
// blocks, and with its blocks times its values; in memory too. Nothing ends
// that but its own end. At these bounds one function takes about a second and
// 300 MB; what toolchains write stays below a fifth of each.
const (
	maxCode   = 256 << 10 // bytes
	maxBlocks = 8192
	maxSpread = 1 << 19 // blocks times values
)

// What counts as how many blocks. The checks that a rewrite puts in are blocks
// too.
const (
	blocksOfLoop    = 5
	blocksOfBulk    = 2
	targetsOfABlock = 16
)

// work counts the blocks of a function.
func (s *shape) work(in *instr) {
	switch in.code {
	case opBlock, opIf, opBrIf:
		s.blocks += targetsOfABlock
	case opLoop:
		s.blocks += targetsOfABlock * blocksOfLoop
	case opBrTable:
		s.blocks += len(in.targets)
	}
	if in.marks&^touches != 0 {
		s.blocks += targetsOfABlock * blocksOfBulk
	}
}

// compiles refuses a function that would take the compiler too long. It may
// hold so many values at once.
func (c *coder) compiles(n uint32, b body, values int) error {
	what, most := "", 0
	switch blocks := c.shape.blocks / targetsOfABlock; {
	case b.to-b.from > maxCode:
		what, most = "its size in bytes", maxCode
	case blocks > maxBlocks:
		what, most = "the number of its blocks, loops and branches", maxBlocks
	case blocks*values > maxSpread:
		what, most = "the number of its blocks, loops and branches, times that of its variables and operands,", maxSpread
	default:
		return nil
	}
	return fmt.Errorf("function %d: %w; divide it", n, tooLarge(what, most))
}
