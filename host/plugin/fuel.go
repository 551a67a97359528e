// The fuel of a call: a number that depends on the guest and its input alone.

package plugin

import (
	"time"

	"github.com/tetratelabs/wazero/api"
)

// fuelSlice is how much a guest gets at once. When it has used that, it asks
// for more; only then does the host look at the clock, and only then can Go's
// collector stop it: about once in a millisecond.
const fuelSlice = 1_000_000

// What the host's functions cost, so that a unit of fuel takes as long there as
// in a guest: about a tenth of a nanosecond.
const (
	hostCall      = 1000 // each call
	fuelPerPiece  = 100  // a range of several that are read or written together
	fuelPerCopied = 1    // a byte copied
	fuelPerPassed = 10   // a byte of JSON passed on the way to a value
	fuelPerRandom = 10   // a byte of randomness
	fuelPerLetter = 100  // a byte of a line that is cleaned and masked
)

// fuel is the account of one call. The guest counts its slice down in a global
// of its own; the rest is here.
type fuel struct {
	total  int64
	left   int64 // of total, not given out
	slice  api.MutableGlobal
	unseen int64 // charged by the host since it looked at the clock
}

// open gives out the first slice.
func (f *fuel) open(total int64, slice api.MutableGlobal) {
	first := min(fuelSlice, total)
	*f = fuel{total: total, left: total - first, slice: slice}
	slice.Set(uint64(first))
}

// rest is what may still be used; below zero the call used too much.
func (f *fuel) rest() int64 { return f.left + int64(f.slice.Get()) }

// used is what was used so far.
func (f *fuel) used() int64 {
	if f.slice == nil {
		return 0
	}
	return f.total - f.rest()
}

// afford is the rest; a call that used more ends here.
func (c *call) afford() int64 {
	rest := c.fuel.rest()
	if rest < 0 {
		c.stop(c.limit(limitFuel, c.fuel.total-rest, c.fuel.total))
	}
	return rest
}

// refill is called by a guest whose slice is used up.
func (c *call) refill() {
	rest := c.afford()
	c.lookAtTheClock()
	next := min(fuelSlice, rest)
	c.fuel.left = rest - next
	c.fuel.slice.Set(uint64(next))
}

// charge takes the fuel of something that the host is about to do.
func (c *call) charge(amount int64) {
	f := &c.fuel
	if f.left -= amount; f.left < 0 {
		rest := c.afford()
		f.left = 0
		f.slice.Set(uint64(rest))
	}
	if f.unseen += amount; f.unseen >= fuelSlice {
		c.lookAtTheClock()
	}
}

// chargeLine charges bytes of a line, if it will be kept.
func (c *call) chargeLine(length int) {
	if !c.lines.full() {
		c.charge(int64(length) * fuelPerLetter)
	}
}

// lookAtTheClock ends the call when its time is up or nobody waits for it.
func (c *call) lookAtTheClock() {
	c.fuel.unseen = 0
	if err := c.Context.Err(); err != nil {
		c.stop(err)
	}
	if took := time.Since(c.began); took > c.allowed {
		c.stop(c.limit(limitTimeout, int64(took), int64(c.allowed)))
	}
}
