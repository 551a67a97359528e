// The guest's time: a function of the login, not of the wall.

package plugin

import "time"

// imageTime is the wall clock at which guests are initialised.
var imageTime = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

const tick = int64(time.Microsecond)

// clock counts one microsecond for each reading: a frozen clock hangs some
// language runtimes. Its monotonic side never goes back; its wall side is set
// when a call begins.
type clock struct {
	elapsed int64 // nanoseconds since the guest began
	wall    int64 // Unix nanoseconds when wall was set
	setAt   int64 // elapsed then
}

func (c *clock) set(wall time.Time) { c.wall, c.setAt = wall.UnixNano(), c.elapsed }

// now is the time of one of WASI's clocks, without moving it.
func (c *clock) now(id uint64) int64 {
	if uint32(id) == realtime {
		return c.wall + c.elapsed - c.setAt
	}
	return c.elapsed
}

// read is the time of one of WASI's clocks, which moves all of them on.
func (c *clock) read(id uint64) int64 {
	now := c.now(id)
	c.sleep(tick)
	return now
}

// sleep adds the wait without waiting. A guest that sleeps for a century finds
// the clock at its end.
func (c *clock) sleep(ns int64) {
	c.elapsed = min(c.elapsed+min(max(ns, 0), clockEnd), clockEnd)
}

// clockEnd leaves room for the wall clock's own nanoseconds.
const clockEnd = int64(1) << 61
