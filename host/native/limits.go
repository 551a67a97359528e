// Limits: how many devices may wait, and how many codes may be guessed. They are
// in memory: a restart forgets them, and those who wait expire.

package native

import (
	"fmt"
	"math"
	"net/netip"
	"sync"
	"time"
)

const (
	maxWaiting        = 5000 // devices, of everybody
	maxWaitingNetwork = 100  // of one network: many panels may be behind one address

	freeGuesses = 20
	guessEvery  = 30 * time.Second // one guess is forgotten
	maxGuessers = 10_000
)

// waiting counts the devices that were let wait and have not expired.
type waiting struct {
	mu  sync.Mutex
	of  map[string][]int64 // by network: when each was let wait, in order
	all int
}

// admit takes a place for one more device of the network.
func (w *waiting) admit(network string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all >= maxWaiting {
		for other := range w.of {
			w.forget(other, now)
		}
	}
	w.forget(network, now)
	if w.all >= maxWaiting || len(w.of[network]) >= maxWaitingNetwork {
		return false
	}
	w.of[network] = append(w.of[network], now.Unix())
	w.all++
	return true
}

func (w *waiting) forget(network string, now time.Time) {
	list := w.of[network]
	for len(list) > 0 && list[0] <= now.Add(-DeviceLife).Unix() {
		list = list[1:]
		w.all--
	}
	if w.of[network] = list; len(list) == 0 {
		delete(w.of, network)
	}
}

// Wait says that whoever types codes has typed too many wrong ones.
type Wait struct{ For time.Duration }

func (w *Wait) Error() string {
	return fmt.Sprintf("too many wrong codes: one more in %s", w.For.Round(time.Second))
}

// guesses counts wrong codes by who typed them.
type guesses struct {
	mu sync.Mutex
	of map[string]tried
}

type tried struct {
	wrong float64
	at    time.Time
}

// take counts a try as a wrong one before it is made, so that many at once are
// counted too. It is a *Wait when one of who may not try now.
func (g *guesses) take(now time.Time, who []string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range who {
		if over := g.wrong(key, now) + 1 - freeGuesses; over > 0 {
			return &Wait{time.Duration(math.Ceil(over*guessEvery.Seconds())) * time.Second}
		}
	}
	for _, key := range who {
		if _, held := g.of[key]; !held && len(g.of) >= maxGuessers {
			g.evict(now)
		}
		g.of[key] = tried{g.wrong(key, now) + 1, now}
	}
	return nil
}

// right takes back what a try counted that was not wrong.
func (g *guesses) right(who []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range who {
		if t, held := g.of[key]; held {
			g.of[key] = tried{max(0, t.wrong-1), t.at}
		}
	}
}

func (g *guesses) wrong(key string, now time.Time) float64 {
	t := g.of[key]
	return max(0, t.wrong-max(0, now.Sub(t.at).Seconds())/guessEvery.Seconds())
}

// evict drops the one with the fewest wrong codes of a few, so that a flood of
// addresses seldom frees the one that guesses.
func (g *guesses) evict(now time.Time) {
	fewest, least, seen := "", math.Inf(1), 0
	for key := range g.of { // in random order
		if wrong := g.wrong(key, now); wrong < least {
			fewest, least = key, wrong
		}
		if seen++; seen == 16 {
			break
		}
	}
	delete(g.of, fewest)
}

// network is what one client can have many addresses of: an IPv6 /64.
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

// Guesser is whom the codes of an address are counted under.
func Guesser(address string) string { return "address " + network(address) }
