// Stripping a module of what only a debugger reads.

package wasmbin

import "strings"

// Strip returns the module without its custom sections, but for "name", which
// the traces of traps need, and those whose names begin as the host's do.
func (m *Module) Strip() []byte {
	out := append(make([]byte, 0, len(m.raw)), header...)
	for _, s := range m.sections {
		if s.ID != idCustom || s.Name == "name" || strings.HasPrefix(s.Name, Reserved) {
			out = append(out, m.raw[s.start:s.end]...)
		}
	}
	return out
}
