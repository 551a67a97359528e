// The heads: versions of records that were asked for lately. The writer
// forgets what it is about to change before it changes it, so a head that is
// known is the one in the file.

package store

import "sync"

// maxHeads bounds the table: some 150 bytes each.
const maxHeads = 1 << 16

type place struct{ bucket, key string }

type head struct {
	version uint64
	expires int64 // milliseconds, 0 for never
}

type heads struct {
	mu      sync.RWMutex
	known   map[place]head
	moves   uint64 // commits begun and commits ended
	writing map[place]bool
	closed  bool // to everything, during a commit that may change any record
}

func newHeads() *heads {
	return &heads{known: map[place]head{}, writing: map[place]bool{}}
}

// get also says how far the commits are, for put.
func (h *heads) get(at place) (found head, moves uint64, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	found, ok = h.known[at]
	return found, h.moves, ok
}

// put keeps what was read in the file since get, unless a commit may have
// changed it meanwhile or is about to.
func (h *heads) put(at place, read head, moves uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.moves != moves || h.closed || h.writing[at] {
		return
	}
	if len(h.known) >= maxHeads {
		for some := range h.known {
			delete(h.known, some)
			break
		}
	}
	h.known[at] = read
}

// begin comes before a commit of batch, and end after it.
func (h *heads) begin(batch []*change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moves++
	for _, c := range batch {
		if c.anything {
			h.closed = true
			clear(h.known)
		}
		for _, op := range c.ops {
			at := place{op.Bucket, op.Key}
			h.writing[at] = true
			delete(h.known, at)
		}
	}
}

// end forgets everything when the commit failed: then the file has the word.
func (h *heads) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moves++
	if err != nil {
		clear(h.known)
	}
	clear(h.writing)
	h.closed = false
}
