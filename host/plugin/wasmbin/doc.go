// Package wasmbin reads, checks and rewrites Wasm binaries.
//
// Decode reads a module whole, code included; Validate checks it as the core
// specification wants it; Encode writes it again, byte for byte. Rewrite makes
// of a valid module the one that the host runs: metered, bounded in depth,
// with its data segments and its start function taken out. It runs no code
// and knows no engine.
//
//	bytes ── Decode ──> Module ── Validate ──> Rewrite ──> bytes for the engine
//	                      └── Encode ──> the same bytes
//
// What it reads is WebAssembly 2.0 (SIMD, bulk memory, reference types, sign
// extension, saturating conversions, multi-value). Threads, tail calls,
// exceptions, several memories, 64-bit memories, garbage collection and what
// else came later are refused by name (ErrUnsupported).
//
// The bytes are hostile: every count has a bound (bounds.go), the work is
// linear in their number, and nothing panics. A Module never changes; it is
// safe for concurrent use, and so are all functions.
//
// # Fuel
//
// Every instruction costs one, except block, loop, else, end and nop, which
// cost nothing. A check stands at the entry of a function and at the head of
// each loop that is branched back to. It subtracts, at once, the cost of the
// longest way from there to the next check or to the function's end; code
// behind an inner loop belongs to the check before that loop. So what a call
// uses depends on its input alone, and never on the machine.
//
// A function of at most 256 bytes that calls nothing, has no such loop and no
// bulk instruction, and costs at most 64, has no check: each direct call of it
// is charged its cost, and each call_indirect the cost of the dearest of them.
// So the host's own call of such a function is free.
//
// Instructions whose time depends on an operand are charged for that besides,
// before they run: memory.fill, memory.copy and memory.init one for each 64
// bytes; table.fill, table.copy, table.init and table.grow one for each 8
// entries. memory.grow is charged after it ran, 1024 for each page that it got:
// one that is refused must not end as a want of fuel. memory.grow and table.grow
// cost 256 by themselves, not one: each is a call into the engine. A ref.func
// costs 4096: the engine keeps something of it until the instance is closed.
//
// # Depth
//
// A function that calls something counts its calls in and out; one that calls
// nothing needs no count, because nothing nests in it. A call counts as one,
// and one more for each 16 parameters, locals and operands that the function
// may hold at once (a vector is two), for each 1024 bytes of its code, and for
// each 1024 of its blocks times those values: the engine gives every value that
// outlives a call a place of its own in the frame. So the bound is one of the
// engine's stack too.
//
// # Tables
//
// All tables together have at most Options.TableMax entries, whenever: what
// they do not begin with is divided evenly among them, and each may grow by its
// part (or to its own maximum when that is less). Tables that begin with more
// are refused.
//
// # Compilation
//
// The engine compiles some code in a time, and a depth of its own stack, out of
// proportion to its size. So there is a bound of the blocks of a function, of
// them times its values, and of all functions together (bounds.go, work.go).
//
// See the WebAssembly Core Specification 2.0.
package wasmbin
