// The guest's time: a function of the login, not of the wall.

package plugin

import (
	"math"
	"time"
)

// imageTime is the wall clock at which guests are initialised.
var imageTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

const tick = int64(time.Microsecond)

// clock counts one microsecond for each reading: a frozen clock hangs some
// language runtimes. Its monotonic side never goes back; its wall side is set
// when a call begins.
type clock struct {
	elapsed int64 // nanoseconds since the guest began
	wall    time.Time
	setAt   int64 // elapsed when wall was set
}

func (c *clock) set(wall time.Time) { c.wall, c.setAt = wall, c.elapsed }

func (c *clock) nanotime() int64 {
	now := c.elapsed
	c.sleep(tick)
	return now
}

func (c *clock) walltime() (int64, int32) {
	now := c.wall.Add(time.Duration(c.elapsed - c.setAt))
	c.sleep(tick)
	return now.Unix(), int32(now.Nanosecond())
}

// sleep adds the wait without waiting. A guest that sleeps for centuries finds
// the clock at its end.
func (c *clock) sleep(ns int64) {
	if ns > 0 {
		c.elapsed = min(c.elapsed, math.MaxInt64/2-min(ns, math.MaxInt64/2)) + ns
	}
}
