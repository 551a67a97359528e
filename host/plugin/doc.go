// Package plugin runs mapper plugins: sandboxed Wasm guests of the boundary
// that sdk/abi defines.
//
//	Runtime.Open → module bytes → decode, imports, metadata against grants and config
//	            → rewrite (metered, see wasmbin) → compile → exports
//	            → start, _initialize, warm-up → image → instances on it → Plugin
//	Plugin.Map  → input from granted sources → an instance in the image's state
//	            → map → result, decoded strictly → the instance put back
//	Plugin.Run  → the same on a raw input, for tools
//	Slot        → a Plugin that Reload replaces in one step
//
// A guest has no network, no files, no environment, a clock and randomness
// that are functions of the login, and limits on everything it uses. What it
// says (log lines, reasons) goes to the trace, bounded and cleaned, and never
// into an error.
//
// Nothing that a call wrote outlives it. Its memory is a private mapping of
// the image (isolation.go), of which only the written pages are put back; its
// mutable globals are set to the image's. What cannot be put back (a changed
// table, a dropped segment, memory that grew, a trap) costs the instance. A
// call's fuel is counted by the guest itself, in slices (fuel.go): between two
// of them the host looks at the clock and Go's collector gets its turn.
//
// Where the result goes is host/mapper's affair; what the keys are called is
// host/config's.
package plugin
