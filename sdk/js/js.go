// Package js holds the browser script doorward.js, for the host that serves
// it. What a page does with it is in README.md.
package js

import _ "embed"

// Script is doorward.js as it is served: a classic script that sets the global
// doorward. It must not be changed.
//
//go:embed doorward.js
var Script []byte

// Module is doorward.mjs, which imports ./doorward.js and exports its members.
// It must not be changed.
//
//go:embed doorward.mjs
var Module []byte
