//go:build tinygo && wasip1

// Randomness in a guest that TinyGo builds.

package doorward

import "unsafe"

// TinyGo's crypto/rand draws from a generator of the C library, which is seeded
// once: before the image is made, so that every login would see the same bytes.
// These take the generator's place and ask the host each time.

//export arc4random_buf
func drawBytes(buf unsafe.Pointer, length uint32) { hostRandom(buf, length) }

//export arc4random
func drawNumber() (n uint32) {
	hostRandom(unsafe.Pointer(&n), 4)
	return n
}

// hostRandom gives an error for a range outside the memory only.
//
//go:wasmimport wasi_snapshot_preview1 random_get
//go:noescape
func hostRandom(buf unsafe.Pointer, length uint32) (errno uint32)
