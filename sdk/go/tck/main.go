// Command tck is the Go SDK's guest of the conformance kit: it does what its
// config says. What that can be stands in sdk/tck/README.md.
package main

import doorward "github.com/doorward/doorward/sdk/go"

func main() {}

//go:wasmexport map
func export() int32 { return doorward.Run(obey) }
