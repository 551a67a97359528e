// One call: what goes in, what came out, what was used. The guest's imports
// read and write it.

package plugin

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

// phase is where in its life a guest is.
type phase int

const (
	initialising phase = iota // start function and _initialize: there is no input yet
	mapping
)

// call is used by one goroutine at a time. It is the context with which its
// guest is called, so that the imports find it.
type call struct {
	context.Context // of the caller

	config   *Config
	kind     Kind
	input    []byte
	received time.Time
	seed     func() [32]byte // of the randomness

	phase   phase
	began   time.Time
	allowed time.Duration
	fuel    fuel
	clock   clock
	random  random
	index   index
	tokens  []string // of the pointer that is looked up
	files   files

	output  []byte
	written bool
	reason  []byte // what the guest gave to fail
	partial []byte // the unfinished line on standard error
	said    []byte // the last line there
	lines   lines
	stopped error    // why the host ended it
	stack   []string // where it trapped: function names, innermost first
	memory  int64    // bytes of linear memory at its end
	spent   int64    // fuel
	took    time.Duration
}

type callKey struct{}

// Value implements context.Context for the imports.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// begin starts the time of the call and moves it to its map or _start. What is
// left from initialising is the monotonic clock.
func (c *call) begin(parent context.Context, allowed time.Duration) {
	c.Context, c.began, c.allowed = parent, time.Now(), allowed
	c.phase, c.fuel = mapping, fuel{}
	c.clock.set(c.received)
	c.random = random{seed: c.seed}
	c.files = standardFiles
	c.index.text = c.input
}

// budget is the fuel of the call. Initialising is bounded by time alone: it
// happens when the operator loads the plugin.
func (c *call) budget() int64 {
	if c.phase == initialising {
		return math.MaxInt64 / 2
	}
	l := c.config.Limits
	return l.Fuel + l.FuelPerByte*int64(len(c.input))
}

// stop ends the guest from inside a host function. The engine turns the panic
// into an error of the guest's call; stopped is the reason that counts.
func (c *call) stop(err error) {
	c.stopped = err
	panic(err)
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
	c.fits(len(result))
	c.charge(int64(len(result)) * fuelPerCopied)
	c.output, c.written = slices.Clone(result), true
}

// fits ends a call whose result would be larger than allowed.
func (c *call) fits(size int) {
	if max := c.config.Limits.Output; int64(size) > max {
		c.stop(c.limit(limitOutput, int64(size), max))
	}
}

// get is the text at a pointer of the input, or one of the boundary's codes.
// The pointer is not kept.
func (c *call) get(pointer string) ([]byte, int32) {
	tokens, err := c.split(pointer)
	if err != nil {
		return nil, abi.GetMalformed
	}
	if c.phase == initialising {
		return nil, abi.GetAbsent
	}
	if len(tokens) >= 2 && tokens[0] == "sources" && !slices.Contains(c.config.Sources, tokens[1]) {
		c.stop(&GrantError{Source: strings.Clone(tokens[1]), Key: c.config.key("sources")})
	}
	before := c.index.work
	value, found := c.index.find(tokens)
	c.charge(int64(c.index.work-before) * fuelPerPassed)
	if !found {
		return nil, abi.GetAbsent
	}
	return value, int32(len(value))
}

// split is abi.ParsePointer, without new memory for pointers that hold no
// escape. The tokens are good until the next one.
func (c *call) split(pointer string) ([]string, error) {
	if pointer == "" || pointer[0] != '/' || len(pointer) > abi.MaxPointer || strings.IndexByte(pointer, '~') >= 0 {
		return abi.ParsePointer(strings.Clone(pointer))
	}
	c.tokens = c.tokens[:0]
	for token := range strings.SplitSeq(pointer[1:], "/") {
		c.tokens = append(c.tokens, token)
	}
	return c.tokens, nil
}
