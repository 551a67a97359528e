// Package tck is the conformance kit of the SDKs: cases that a test guest,
// which each SDK has, must pass in a host. README.md beside this file says what
// the guest does.
//
// The package runs no Wasm: whoever runs the kit brings a Runner. The tests
// beside it have one on host/plugin, build every SDK's guest, and run the
// kit and the example mapper's golden cases through it.
package tck
