// Open sessions, decrypted, in memory. The cache saves work and decides
// nothing: every use still asks the store whether the index entry has changed.

package session

import (
	"container/list"
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	cacheEntries = 20_000    // handles
	cacheBytes   = 256 << 20 // of sessions, as estimated
)

// digest stands for a handle's text in memory: whoever reads the memory finds
// no handle of a session that is not being used.
type digest [sha256.Size]byte

func digestOf(text string) digest {
	var plain [handleText]byte
	copy(plain[:], text)
	return sha256.Sum256(plain[:])
}

// kept is a session in memory, which some handles open.
type kept struct {
	id       string
	size     int // an estimate, in bytes
	state    atomic.Pointer[state]
	used     atomic.Int64 // milliseconds; later than what is written, at times
	touching atomic.Bool
	place    *list.Element // belongs to the cache, as handles does
	handles  []*opened
}

// state is an index entry and the record that belongs to it, both as they
// were in the store at one moment; it is never changed.
type state struct {
	filed
	record *Record
}

// opened is one handle of a session in memory.
type opened struct {
	digest    digest
	lookup    string
	app       string
	session   *kept
	confirmed atomic.Pointer[state] // one that lists this handle
	recent    atomic.Bool           // used since the cache last looked
}

// cache is a bounded set of sessions, found by the digest of a handle. Room is
// made by the second chance: the session that came first and was not used
// lately goes, with its handles.
type cache struct {
	mu       sync.RWMutex
	byHandle map[digest]*opened
	byID     map[string]*kept
	order    *list.List // of *kept, the newest first
	size     int
	entries  int
	bytes    int
}

func newCache(entries, bytes int) *cache {
	return &cache{byHandle: map[digest]*opened{}, byID: map[string]*kept{}, order: list.New(), entries: entries, bytes: bytes}
}

func (c *cache) get(d digest) *opened {
	c.mu.RLock()
	o := c.byHandle[d]
	c.mu.RUnlock()
	if o != nil && !o.recent.Load() {
		o.recent.Store(true)
	}
	return o
}

// session is the session called id, whichever handle opened it.
func (c *cache) session(id string) *kept {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.byID[id]
}

func (c *cache) put(o *opened) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := o.session
	if there := c.byID[k.id]; there != k {
		c.remove(there)
		k.place, k.handles = c.order.PushFront(k), nil
		c.byID[k.id] = k
		c.size += k.size
	}
	if there := c.byHandle[o.digest]; there == nil {
		k.handles = append(k.handles, o)
		c.byHandle[o.digest] = o
	}
	for len(c.byHandle) > c.entries || c.size > c.bytes {
		c.makeRoom()
	}
}

func (c *cache) makeRoom() {
	k, recent := c.order.Back().Value.(*kept), false
	for _, o := range k.handles {
		recent = o.recent.Swap(false) || recent
	}
	if recent {
		c.order.MoveToFront(k.place)
	} else {
		c.remove(k)
	}
}

// drop forgets the session called id and its handles.
func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(c.byID[id])
}

// dropHandles forgets handles of the session called id by their lookups.
func (c *cache) dropHandles(id string, lookups ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.byID[id]
	if k == nil {
		return
	}
	left := k.handles[:0:0]
	for _, o := range k.handles {
		if slices.Contains(lookups, o.lookup) {
			delete(c.byHandle, o.digest)
		} else {
			left = append(left, o)
		}
	}
	if k.handles = left; len(left) == 0 {
		c.remove(k)
	}
}

func (c *cache) remove(k *kept) {
	if k == nil {
		return
	}
	for _, o := range k.handles {
		delete(c.byHandle, o.digest)
	}
	c.order.Remove(k.place)
	delete(c.byID, k.id)
	c.size -= k.size
}
