// One call: what goes in, what came out, what was used. Whatever engine runs
// the guest drives a call through the imports and reads the outcome from it.

package plugin

import (
	"context"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/doorward/doorward/sdk/abi"
)

// phase is where in its life a guest is.
type phase int

const (
	initialising phase = iota // start section and _initialize: there is no input yet
	mapping
)

// call is used by one goroutine at a time.
type call struct {
	config   *Config
	input    []byte
	granted  map[string]bool
	received time.Time
	seed     [32]byte // of the call

	ctx    context.Context // of the run: host functions ask it whether to go on
	begun  func()          // hears of the end of initialising; may be nil
	phase  phase
	clock  clock
	random random
	memory memory

	output  []byte
	written bool
	reason  []byte // what the guest gave to fail
	said    []byte // the last line it wrote to standard error
	lines   lines
	stopped error // why the host ended it
}

// newCall prepares a call whose guest initialises from the image's seed.
func newCall(config *Config, image [32]byte) *call {
	c := &call{config: config}
	c.clock.set(imageTime)
	c.random.alive = c.alive
	c.random.reseed(image)
	c.memory.limit = uint64(config.Limits.Memory)
	return c
}

// begin moves from initialising to mapping.
func (c *call) begin() {
	c.phase = mapping
	c.clock.set(c.received)
	c.random.reseed(c.seed)
	if c.begun != nil {
		c.begun()
	}
}

// stop ends the guest from inside a host function. The engine turns the panic
// into an error of the guest's call; stopped is the reason that counts.
func (c *call) stop(err error) {
	c.stopped = err
	panic(err)
}

// alive ends a guest whose time is up. wazero looks at the context in the
// guest's loops only; host functions that may be slow call this.
func (c *call) alive() {
	if c.ctx != nil && c.ctx.Err() != nil {
		panic(sys.NewExitError(sys.ExitCodeDeadlineExceeded))
	}
}

// why is the guest's own reason for failing, bounded and cleaned.
func (c *call) why() string {
	if len(c.reason) > 0 {
		return c.lines.clean(c.reason)
	}
	return c.lines.clean(c.said)
}

// limit is the LimitError of one of this call's limits.
func (c *call) limit(name string, used, max int64) *LimitError {
	e := &LimitError{Limit: name, Used: used, Max: max}
	if name != limitDepth {
		e.Key = c.config.key("limits." + name)
	}
	return e
}

// write keeps the result, once.
func (c *call) write(result []byte) {
	if c.written {
		c.stop(&ABIError{"output_write was called a second time"})
	}
	if max := c.config.Limits.Output; int64(len(result)) > max {
		c.stop(c.limit(limitOutput, int64(len(result)), max))
	}
	c.output, c.written = append([]byte(nil), result...), true
}

// get is the text at a pointer of the input, or one of the boundary's codes.
func (c *call) get(pointer string) (abi.Raw, int32) {
	tokens, err := abi.ParsePointer(pointer)
	if err != nil {
		return nil, abi.GetMalformed
	}
	if c.phase == initialising {
		return nil, abi.GetAbsent
	}
	if len(tokens) >= 2 && tokens[0] == "sources" && !c.granted[tokens[1]] {
		c.stop(&GrantError{Source: tokens[1], Key: c.config.key("sources")})
	}
	value, found := abi.Find(c.input, tokens)
	if !found {
		return nil, abi.GetAbsent
	}
	return value, int32(len(value))
}
