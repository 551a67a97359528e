// Package compare measures the plugin runtime beside other ways to run a
// mapper: Extism's Go SDK, JavaScript in goja, and the mapping written in Go.
// It is a module of its own, so that nothing of these is part of the product.
//
//	go -C host/plugin/compare test -bench . -benchtime 20x
package compare
