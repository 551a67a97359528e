// Texts in a guest.

package abi

import "unsafe"

// share is b as a string without a copy: a Raw is never changed.
func share(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
