// The guest's linear memory, bounded.

package plugin

import "github.com/tetratelabs/wazero/experimental"

// memory is one instance's linear memory. It refuses to grow past its limit
// and remembers what was asked for.
type memory struct {
	limit   uint64
	bytes   []byte
	most    int64  // the largest size it had
	refused uint64 // the largest size that was refused; zero when none was
}

// Allocate implements experimental.MemoryAllocator; a guest has one memory.
func (m *memory) Allocate(_, _ uint64) experimental.LinearMemory { return m }

// Reallocate implements experimental.LinearMemory.
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.limit {
		m.refused = max(m.refused, size)
		return nil
	}
	if size > uint64(cap(m.bytes)) {
		grown := make([]byte, size, max(size, min(m.limit, size+size/4)))
		copy(grown, m.bytes)
		m.bytes = grown
	}
	m.bytes, m.most = m.bytes[:size], int64(size)
	return m.bytes
}

// Free implements experimental.LinearMemory.
func (m *memory) Free() { m.bytes = nil }
