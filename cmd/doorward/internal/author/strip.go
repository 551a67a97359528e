// Leaving out what no host reads.

package author

import "github.com/doorward/doorward/host/plugin/wasmbin"

// strip removes the sections for debuggers. Names of functions stay, for the
// stack of a trap.
func strip(module []byte) ([]byte, error) {
	m, err := wasmbin.Decode(module)
	if err != nil {
		return nil, err
	}
	return m.Strip(), nil
}
