// Command staff is an example of a mapper plugin in Go: it makes a user and
// their roles of what a company's provider says about its staff. The plugins
// beside it do the same in other languages, byte for byte.
package main

import doorward "github.com/doorward/doorward/sdk/go"

func main() {}

//go:wasmexport map
func export() int32 { return doorward.Run(mapStaff) }
