// WASI's clocks, and waiting for them.

package plugin

import (
	"encoding/binary"
	"math"

	"github.com/tetratelabs/wazero/api"
)

// The clocks that there are.
const (
	realtime  = 0
	monotonic = 1
)

func isClock(id uint64) bool { return uint32(id) == realtime || uint32(id) == monotonic }

func clockResolution(_ *call, memory api.Memory, params []uint64) errno {
	if !isClock(params[0]) {
		return inval
	}
	if !memory.WriteUint64Le(uint32(params[1]), uint64(tick)) {
		return fault
	}
	return success
}

func clockTime(c *call, memory api.Memory, params []uint64) errno {
	if !isClock(params[0]) {
		return inval
	}
	if !memory.WriteUint64Le(uint32(params[2]), uint64(c.clock.read(params[0]))) {
		return fault
	}
	return success
}

// The kinds of events.
const (
	eventClock = 0
	eventRead  = 1
	eventWrite = 2
)

const (
	subscriptionSize = 48
	eventSize        = 32
)

// subscription is one struct subscription: what a guest waits for.
type subscription []byte

func (s subscription) kind() byte { return s[8] }
func (s subscription) id() uint64 { return uint64(binary.LittleEndian.Uint32(s[16:])) }

// wait is how long a subscription to a clock waits from now, in nanoseconds.
func (s subscription) wait(c *clock) int64 {
	timeout := int64(min(binary.LittleEndian.Uint64(s[24:]), math.MaxInt64))
	if isAbsolute := binary.LittleEndian.Uint16(s[40:])&1 == 1; isAbsolute {
		return max(0, timeout-c.now(s.id()))
	}
	return timeout
}

// poll never waits: streams are ready, and when there are only clocks, the
// first to ring is moved to.
func poll(c *call, memory api.Memory, params []uint64) errno {
	count := uint64(uint32(params[2]))
	if count == 0 || count > 1<<20 {
		return inval
	}
	c.charge(int64(count) * hostCall)
	in, ok := memory.Read(uint32(params[0]), uint32(count*subscriptionSize))
	out, fits := memory.Read(uint32(params[1]), uint32(count*eventSize))
	if !ok || !fits {
		return fault
	}
	events := c.ready(in, out)
	if events == 0 {
		events = c.ring(in, out)
	}
	if !memory.WriteUint32Le(uint32(params[3]), uint32(events)) {
		return fault
	}
	return success
}

// ready writes an event for each stream, and for each subscription that is
// wrong.
func (c *call) ready(in, out []byte) (events int) {
	for ; len(in) > 0; in = in[subscriptionSize:] {
		s := subscription(in[:subscriptionSize])
		state, bytes := success, 0
		switch {
		case s.kind() == eventClock && isClock(s.id()):
			continue
		case s.kind() == eventClock || s.kind() > eventWrite:
			state = inval
		case c.files.at(s.id()) == closed:
			state = badf
		case s.kind() == eventRead:
			bytes = len(c.unread())
		default:
			bytes = math.MaxUint16
		}
		event(out[events*eventSize:], s, state, bytes)
		events++
	}
	return events
}

// ring moves the clock to the earliest of the times that are waited for, and
// writes the events of that time.
func (c *call) ring(in, out []byte) (events int) {
	first := int64(math.MaxInt64)
	for rest := in; len(rest) > 0; rest = rest[subscriptionSize:] {
		first = min(first, subscription(rest).wait(&c.clock))
	}
	for rest := in; len(rest) > 0; rest = rest[subscriptionSize:] {
		if s := subscription(rest[:subscriptionSize]); s.wait(&c.clock) <= first {
			event(out[events*eventSize:], s, success, 0)
			events++
		}
	}
	c.clock.sleep(first)
	return events
}

// event writes one struct event.
func event(out []byte, s subscription, state errno, bytes int) {
	userdata, kind := binary.LittleEndian.Uint64(s), s.kind()
	clear(out[:eventSize])
	binary.LittleEndian.PutUint64(out, userdata)
	binary.LittleEndian.PutUint16(out[8:], uint16(state))
	out[10] = kind
	binary.LittleEndian.PutUint64(out[16:], uint64(bytes))
}
