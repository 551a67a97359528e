//go:build !wasip1

// Run outside a guest.

package doorward

// Run exists outside guests so that a plugin's package builds and can be
// tested natively; there is no host to call and it panics.
func Run(func(*Input) (Result, error)) int32 {
	panic("doorward.Run works in a guest only; test the mapper with NewInput")
}

// room is an empty slice with room for size bytes.
func room(size int) []byte { return make([]byte, 0, size) }
