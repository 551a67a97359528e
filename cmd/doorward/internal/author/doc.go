// Package author is what doorward plugin does for the authors of plugins.
//
//	New     → a folder with a mapper, its test, golden cases and the SDK's source
//	Open    → the project in a folder: its metadata and its language
//	Build   → toolchain → strip → metadata section → NAME.wasm
//	Test    → each folder of testdata through the host's runtime, against output.json
//	Run     → one login: result, log, fuel, memory, time, stack of a trap
//	Bench   → the same many times: percentiles, and what of each limit is used
//	Inspect → what a module says of itself, as far as it can be read
//
// Guests run in host/plugin, exactly as in a host. Nothing here knows the
// command line: the commands parse flags, call one function and choose the
// exit status. Every error ends with what to do, after a semicolon.
package author
