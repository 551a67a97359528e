// Package plugin runs mapper plugins: sandboxed Wasm guests of the boundary
// that sdk/abi defines.
//
//	Runtime.Open → module bytes → sections, imports → compile → exports
//	            → metadata against grants and config → one warm-up → Plugin
//	Plugin.Map  → input from granted sources → fresh instance → result, decoded strictly
//	Slot        → a Plugin that Reload replaces in one step
//
// A guest has no network, no files, no environment, a clock and randomness
// that are functions of the login, and limits on everything it uses. What it
// says (log lines, reasons) goes to the trace, bounded and cleaned, and never
// into an error.
//
// The engine sits behind engine.go: a call is described by call.go whatever
// runs it. Where the result goes is host/mapper's affair; what the keys are
// called is host/config's.
package plugin
