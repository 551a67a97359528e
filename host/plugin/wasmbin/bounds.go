// How large a module and its parts may be.

package wasmbin

// The bounds. They keep the work and the memory linear in the module's bytes,
// and are wider than what the toolchains write.
const (
	maxModule   = 64 << 20 // bytes
	maxSections = 4096
	maxTypes    = 1 << 16
	maxArity    = 1000 // parameters, and results, of one type
	maxImports  = 1 << 16
	maxFuncs    = 1 << 20
	maxTables   = 16
	maxMemories = 64 // validation takes one
	maxGlobals  = 1 << 16
	maxExports  = 1 << 16
	maxElements = 1 << 16 // segments
	maxEntries  = 1 << 17 // of all element segments together; the engine keeps fifty bytes for each in every instance
	maxData     = 1 << 20 // segments
	maxBody     = 8 << 20 // bytes of one function
	maxNesting  = 1 << 16 // blocks within each other
	maxTargets  = 1 << 16 // of one br_table
	maxLocals   = 50_000  // of one function, parameters not counted
	maxAllLocal = 1 << 22 // of all functions together
)

// maxPages is how many pages of 64 KiB a memory can have.
const maxPages = 1 << 16

// Validation moves values between stacks. Types with many parameters make
// that more than linear, so there is a bound on the moves: this many, and for
// each byte of code this many more.
const (
	movesBase    = 1 << 20
	movesPerByte = 32
)

// The checks that a rewrite puts in take room. Code that is nothing but heads
// of loops would grow twentyfold, and its compilation with it; what compilers
// write grows by half. So a rewritten module may have this many bytes more
// than growthTimes the original.
const (
	growthBase  = 1 << 20
	growthTimes = 3
)

// What the engine's compiler is given, of one function and of all together,
// metered. It goes over a function in a time that grows with the square of its
// blocks, and with blocks times values, and nothing ends that but its own end.
// Each bound is four times or more what toolchains wrote (in brackets: the
// largest of 14 modules in Go, Rust, AssemblyScript and C). One function at the
// bounds takes the compiler up to two seconds and 230 MB; the worst modules found
// take two cores 6 seconds, and 690 MB.
const (
	maxCode      = 256 << 10 // bytes (29 KB)
	maxBlocks    = 1 << 14   // (2717)
	maxFlow      = 3 << 18   // blocks times values (183,000)
	maxAllCode   = 10 << 20  // (2.25 MB)
	maxAllBlocks = 1 << 20   // (220,000)
	maxAllFlow   = 13 << 20  // (3.2 million)
	maxSquares   = 1 << 30   // the squares of blocks (91 million)
)
