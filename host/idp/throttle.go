package idp

// How often a password may be tried: a bucket of attempts for each name and
// each address, filled again with time.

import (
	"net/netip"
	"sync"
	"time"
)

// An attempt takes one from the name's bucket and one from the address's. A
// name whose person signs in gets its bucket back.
const (
	nameAttempts    = 10
	nameRefill      = 30 * time.Second // for one more
	addressAttempts = 50
	addressRefill   = 3 * time.Second
	maxBuckets      = 10_000
)

type bucket struct {
	tokens float64
	at     time.Time
}

// throttle holds at most maxBuckets buckets for names and for addresses.
type throttle struct {
	now       func() time.Time
	mu        sync.Mutex
	names     buckets
	addresses buckets
}

type buckets struct {
	held     map[string]bucket
	capacity float64
	refill   time.Duration
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{
		now:       now,
		names:     buckets{map[string]bucket{}, nameAttempts, nameRefill},
		addresses: buckets{map[string]bucket{}, addressAttempts, addressRefill},
	}
}

// take counts an attempt. When it may not be made, wait is how long until one
// may.
func (t *throttle) take(name, address string) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	address = network(address)
	n, a := t.names.get(name, now), t.addresses.get(address, now)
	if wait = max(t.names.until(n), t.addresses.until(a)); wait > 0 {
		return wait, false
	}
	n.tokens--
	a.tokens--
	t.names.put(name, n)
	t.addresses.put(address, a)
	return 0, true
}

// forgive gives back what a successful attempt and those before it took from
// the name, and the attempt itself to the address.
func (t *throttle) forgive(name, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.names.held, name)
	address = network(address)
	a := t.addresses.get(address, t.now())
	a.tokens = min(a.tokens+1, t.addresses.capacity)
	t.addresses.put(address, a)
}

// network is what one attacker can have many addresses of: an IPv6 /64.
func network(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || addr.Unmap().Is4() {
		return address
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

func (b buckets) get(key string, now time.Time) bucket {
	held, ok := b.held[key]
	if !ok {
		return bucket{b.capacity, now}
	}
	if passed := now.Sub(held.at); passed > 0 {
		held.tokens = min(b.capacity, held.tokens+passed.Seconds()/b.refill.Seconds())
	}
	held.at = now
	return held
}

func (b buckets) until(k bucket) time.Duration {
	if k.tokens >= 1 {
		return 0
	}
	return time.Duration((1 - k.tokens) * float64(b.refill))
}

func (b buckets) put(key string, k bucket) {
	if _, ok := b.held[key]; !ok && len(b.held) >= maxBuckets {
		b.evict(k.at)
	}
	b.held[key] = k
}

// evict drops the fullest of a few buckets, so that a flood of names seldom
// frees the one that is under attack.
func (b buckets) evict(now time.Time) {
	var fullest string
	most, seen := -1.0, 0
	for key := range b.held { // in random order
		if k := b.get(key, now); k.tokens > most {
			fullest, most = key, k.tokens
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(b.held, fullest)
}
