// Open sessions, decrypted, in memory. The cache saves work and decides
// nothing: every use still reads the session's index entry in the store.

package session

import (
	"container/list"
	"sync"
	"sync/atomic"
)

const (
	cacheEntries = 10_000
	cacheBytes   = 64 << 20
)

// opened is a session that a handle opened.
type opened struct {
	lookup   string
	app      string
	record   *Record // shared, never changed
	size     int     // an estimate, in bytes
	index    atomic.Pointer[filed]
	used     atomic.Int64 // milliseconds; later than what is written, at times
	touching atomic.Bool
}

// cache is a bounded map of opened by lookup; the least recently used goes.
type cache struct {
	mu      sync.Mutex
	byKey   map[string]*list.Element
	order   *list.List // of *opened, the most recently used first
	size    int
	entries int
	bytes   int
}

func newCache(entries, bytes int) *cache {
	return &cache{byKey: map[string]*list.Element{}, order: list.New(), entries: entries, bytes: bytes}
}

func (c *cache) get(lookup string) *opened {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.byKey[lookup]
	if element == nil {
		return nil
	}
	c.order.MoveToFront(element)
	return element.Value.(*opened)
}

func (c *cache) put(o *opened) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.remove(o.lookup)
	c.byKey[o.lookup] = c.order.PushFront(o)
	c.size += o.size
	for len(c.byKey) > c.entries || c.size > c.bytes {
		c.remove(c.order.Back().Value.(*opened).lookup)
	}
}

func (c *cache) drop(lookups ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, lookup := range lookups {
		c.remove(lookup)
	}
}

func (c *cache) remove(lookup string) {
	if element := c.byKey[lookup]; element != nil {
		c.size -= c.order.Remove(element).(*opened).size
		delete(c.byKey, lookup)
	}
}
