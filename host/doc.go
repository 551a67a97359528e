// Package host is the composition root: it makes the parts that a
// configuration names, wires them into one walk for each provider, and runs
// the listeners. It is the only wiring; no part below it knows another.
//
//	New      reads keys, opens the store, compiles plugins, mappers and policies
//	Run      listens until its context is done
//	Reload   compiles changed plugins and policies beside the old, and swaps
//	Check    does all of New that needs no store, and reports every fault
package host
