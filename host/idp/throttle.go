package idp

// How often something may be tried: each wrong try after the first few makes
// the wait for the next one longer, up to a limit, and quiet time shortens it
// again. The counts are in memory alone: a restart forgets them.

import (
	"math"
	"net/netip"
	"sync"
	"time"
)

// limit is how waits grow: after free wrong tries the first wait, then twice as
// long each time, up to the longest. In forget's time one try is forgotten.
type limit struct {
	free           float64
	first, longest time.Duration
	forget         time.Duration
}

// An account's limit leaves some hundred guesses a day. An address may be that
// of a whole plant, so it waits for less; but not with badges, whose numbers
// can be guessed without knowing anybody.
var (
	accountLimit = limit{free: 5, first: 5 * time.Second, longest: 15 * time.Minute, forget: 15 * time.Minute}
	addressLimit = limit{free: 30, first: time.Second, longest: time.Minute, forget: 10 * time.Second}
	badgeLimit   = limit{free: 10, first: 5 * time.Second, longest: 15 * time.Minute, forget: 5 * time.Minute}
)

const maxHeld = 10_000 // of each kind

// tried is what is held of one account, address or device.
type tried struct {
	wrong float64
	at    time.Time // of the last
	next  time.Time // when one may be made again
}

// counter holds tries by key, at most maxHeld.
type counter struct {
	limit
	held map[string]tried
}

// throttle counts tries. It is safe for concurrent use.
type throttle struct {
	now       func() time.Time
	mu        sync.Mutex
	accounts  counter
	devices   counter // accounts too, but as known devices try them
	addresses counter
	badges    counter // addresses, for what can be guessed without a name
}

func newThrottle(now func() time.Time) *throttle {
	of := func(l limit) counter { return counter{l, map[string]tried{}} }
	return &throttle{now: now, accounts: of(accountLimit), devices: of(accountLimit), addresses: of(addressLimit), badges: of(badgeLimit)}
}

// counted is one key of one counter.
type counted struct {
	in  *counter
	key string
	own bool // nobody else's tries count there
}

// take counts a try as a wrong one before it is made, so that many at once are
// counted too. When it may not be made, wait is how long until one may.
func (t *throttle) take(by ...counted) (wait time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, c := range by {
		wait = max(wait, c.in.get(c.key, now).next.Sub(now))
	}
	if wait > 0 {
		return wait, false
	}
	for _, c := range by {
		c.in.put(c.key, c.in.after(c.in.get(c.key, now), now), now)
	}
	return 0, true
}

// right takes back what a try counted that was not wrong, and for an account's
// own key those before it.
func (t *throttle) right(c counted) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.own {
		delete(c.in.held, c.key)
		return
	}
	now := t.now()
	k := c.in.get(c.key, now)
	c.in.put(c.key, tried{wrong: max(0, k.wrong-1), at: now}, now)
}

func (c *counter) get(key string, now time.Time) tried {
	k, ok := c.held[key]
	if !ok {
		return tried{at: now}
	}
	if passed := now.Sub(k.at); passed > 0 {
		k.wrong, k.at = max(0, k.wrong-passed.Seconds()/c.forget.Seconds()), now
	}
	return k
}

// after is k with one wrong try more.
func (c *counter) after(k tried, now time.Time) tried {
	k.wrong, k.at, k.next = k.wrong+1, now, now
	if over := math.Round(k.wrong - c.free); over >= 0 { // rounded: a little is forgotten while one waits
		k.next = now.Add(time.Duration(min(float64(c.longest), float64(c.first)*math.Exp2(over))))
	}
	return k
}

func (c *counter) put(key string, k tried, now time.Time) {
	if _, ok := c.held[key]; !ok && len(c.held) >= maxHeld {
		c.evict(now)
	}
	c.held[key] = k
}

// evict drops the one with the fewest wrong tries of a few, so that a flood of
// names seldom frees the one that is under attack.
func (c *counter) evict(now time.Time) {
	var fewest string
	least, seen := math.Inf(1), 0
	for key := range c.held { // in random order
		if k := c.get(key, now); k.wrong < least {
			fewest, least = key, k.wrong
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(c.held, fewest)
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
