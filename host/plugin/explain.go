// From the end of a guest to the error that names its cause.

package plugin

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// explain says why a guest did not come to its end: what the host stopped it
// for, before what it made of that.
func (c *call) explain(i *instance, err error) error {
	cause, stack := wordsOf(err)
	c.stack = stack
	var exit *sys.ExitError
	switch {
	case c.stopped != nil:
		return c.stopped
	case errors.As(err, &exit):
		return c.refusedMemory(i, &GuestError{Status: exit.ExitCode(), Exited: true, Reason: c.why()})
	case i.deep.Get() != 0 || cause == "stack overflow":
		return c.limit(limitDepth, maxDepth+1, maxDepth)
	}
	return c.refusedMemory(i, &TrapError{Cause: clean(cause, 200), Stack: stack})
}

// refusedMemory blames the limit of memory for what a guest did that was
// refused some.
func (c *call) refusedMemory(i *instance, err error) error {
	if i.memory.refused == 0 {
		return err
	}
	limit := c.limit(limitMemory, int64(i.memory.refused), c.config.Limits.Memory)
	limit.Err = err
	return limit
}

const (
	stackHeader = "\nwasm stack trace:\n\t"
	maxFrames   = 32
	maxFrame    = 200 // bytes of a name
)

// wordsOf takes wazero's text of a trap apart: its cause, and the names of the
// functions it was in. The names are the guest's.
func wordsOf(err error) (cause string, stack []string) {
	text, trace, _ := strings.Cut(err.Error(), stackHeader)
	text = strings.TrimSuffix(strings.TrimPrefix(text, "wasm error: "), " (recovered by wazero)")
	cause, _, _ = strings.Cut(text, "\n")
	trace, _, _ = strings.Cut(trace, "\n\n") // Go's own trace would follow
	for line := range strings.SplitSeq(trace, "\n\t") {
		if frame := frameName(line); frame != "" && frame != wasmbin.MeterModule+"."+wasmbin.MeterSlice && len(stack) < maxFrames {
			stack = append(stack, frame)
		}
	}
	return cause, stack
}

// frameName is the function's name in a line such as ".name(i32,i64) i32". A
// function without a name is called $ and its index, which is the original's:
// the rewritten module has one import more.
func frameName(line string) string {
	name := strings.TrimPrefix(line, ".")
	if at := strings.LastIndexByte(name, '('); at >= 0 {
		if results := strings.HasSuffix(name, ")") && strings.Contains(name[:at], ") ("); results {
			at = strings.LastIndex(name[:at], ") ") // several results are in parentheses too
			at = strings.LastIndexByte(name[:at], '(')
		}
		name = name[:max(at, 0)]
	}
	if digits, ok := strings.CutPrefix(name, "$"); ok {
		if index, err := strconv.ParseUint(digits, 10, 32); err == nil && index > 0 {
			return "$" + strconv.FormatUint(index-1, 10)
		}
	}
	return clean(strings.TrimSpace(name), maxFrame)
}
