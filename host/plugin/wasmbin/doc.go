// Package wasmbin reads and rewrites Wasm binaries at the level of sections:
// what a module imports, its custom sections, the bounds of its tables.
//
// It knows no instruction and validates no code; the engine does. It never
// panics, whatever the bytes, and its work is linear in their number.
//
// See the WebAssembly Core Specification 2.0, section 5.5.
package wasmbin
