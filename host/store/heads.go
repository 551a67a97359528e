// The heads: versions of records that were asked for lately. The writer
// forgets what it is about to change before it changes it, so a head that is
// known is the one in the file.

package store

import (
	"strings"
	"sync"
)

// maxHeads bounds the table: some 150 bytes each.
const maxHeads = 1 << 16

type place struct{ bucket, key string }

type head struct {
	version uint64
	expires int64 // milliseconds, 0 for never
}

type heads struct {
	mu      sync.RWMutex
	known   map[string]map[string]head // by bucket and key
	size    int
	moves   uint64 // commits begun and commits ended
	writing map[place]bool
	closed  bool // to everything, during a commit that may change any record
}

func newHeads() *heads {
	return &heads{known: map[string]map[string]head{}, writing: map[place]bool{}}
}

// get also says how far the commits are, for put.
func (h *heads) get(at place) (found head, moves uint64, ok bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	found, ok = h.known[at.bucket][at.key]
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
	if h.size >= maxHeads {
		h.makeRoom()
	}
	if h.known[at.bucket] == nil {
		h.known[strings.Clone(at.bucket)] = map[string]head{}
	}
	h.forget(at)
	h.known[at.bucket][strings.Clone(at.key)] = read
	h.size++
}

// makeRoom forgets any one.
func (h *heads) makeRoom() {
	for bucket, known := range h.known {
		for key := range known {
			h.forget(place{bucket, key})
			return
		}
	}
}

func (h *heads) forget(at place) {
	if _, ok := h.known[at.bucket][at.key]; ok {
		delete(h.known[at.bucket], at.key)
		h.size--
	}
}

func (h *heads) forgetAll() {
	clear(h.known)
	h.size = 0
}

// begin comes before a commit of batch, and end after it.
func (h *heads) begin(batch []*change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moves++
	for _, c := range batch {
		if c.anything {
			h.closed = true
			h.forgetAll()
		}
		for _, op := range c.ops {
			at := place{op.Bucket, op.Key}
			h.writing[at] = true
			h.forget(at)
		}
	}
}

// end forgets everything when the commit failed: then the file has the word.
func (h *heads) end(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moves++
	if err != nil {
		h.forgetAll()
	}
	clear(h.writing)
	h.closed = false
}
