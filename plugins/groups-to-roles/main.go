// Command groups-to-roles is a mapper plugin: it turns the groups that a
// provider reports into the user's roles. Its page is
// docs/plugins/groups-to-roles.md.
package main

import doorward "github.com/doorward/doorward/sdk/go"

func main() {}

//go:wasmexport map
func export() int32 { return doorward.Run(mapGroups) }
