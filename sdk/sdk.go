// Package sdk carries the source of the SDKs, so that doorward plugin new
// makes projects without fetching anything.
package sdk

import "embed"

// Files holds the folders of the SDKs for authors, and of abi, which the one
// for Go builds on. Tests are among them; whoever copies files leaves those
// out.
//
//go:embed abi/*.go abi/testdata/warmup.json
//go:embed go/*.go
//go:embed rust/Cargo.toml rust/src
//go:embed c/*.c c/*.h c/wasm.flags
//go:embed assemblyscript/doorward
var Files embed.FS
