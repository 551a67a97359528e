//go:build !wasip1

// The document on which guests are warmed up. Guests do not carry it.

package abi

import _ "embed"

//go:embed testdata/warmup.json
var warmUp []byte

// WarmUp is the published warm-up document: an object with sources, user and
// login as in an input, the sources being all that there are.
func WarmUp() Raw { return append(Raw(nil), warmUp...) }
