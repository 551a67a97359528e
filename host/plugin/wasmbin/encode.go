// Encoding a module as it was.

package wasmbin

// Encode returns the bytes that the module was decoded from, in a new slice.
func (m *Module) Encode() []byte {
	out := append(make([]byte, 0, len(m.raw)), header...)
	for _, s := range m.sections {
		out = append(out, m.raw[s.start:s.end]...)
	}
	return out
}
