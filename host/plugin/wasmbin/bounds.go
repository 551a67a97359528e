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
