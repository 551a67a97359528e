// The guest's linear memory, bounded.

package plugin

import "github.com/tetratelabs/wazero/experimental"

// memory is one instance's linear memory. It refuses to grow past its limit
// and remembers what was asked for.
type memory struct {
	limit   uint64
	space   space
	size    uint64 // as the guest sees it; memories never shrink
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
	bytes := m.space.resize(size)
	if bytes == nil {
		m.refused = max(m.refused, size)
		return nil
	}
	m.size = size
	return bytes
}

// Free implements experimental.LinearMemory.
func (m *memory) Free() { m.space.free() }
