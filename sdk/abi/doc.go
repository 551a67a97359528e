// Package abi is the boundary between the Doorward host and its Wasm guests:
// the names both sides use, the JSON that crosses, and the strict reading of
// it. README.md beside this file is the specification.
//
// The package draws on the standard library alone and avoids reflection, so
// that a guest built from Go may import it without growing. Nothing here runs
// a guest: host/plugin does, and sdk/go is what Go authors import.
package abi
