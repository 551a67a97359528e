// How a plugin fails, at load and in a call.

package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned by a Plugin after Close.
var ErrClosed = errors.New("the plugin is closed")

// LoadError says why a plugin does not load. Key is the configuration's key
// that is at fault, Module the module as configured; Error leaves out the query
// of an address, which may hold a secret.
type LoadError struct {
	Plugin string
	Key    string
	Module string
	Err    error
}

func (e *LoadError) Error() string {
	return fmt.Sprintf("%s: module %s: %v", e.Key, shown(e.Module), e.Err)
}

func (e *LoadError) Unwrap() error { return e.Err }

// The names of the limits, as in the configuration; depth has no key.
const (
	limitInput      = "input"
	limitMemory     = "memory"
	limitOutput     = "output"
	limitTimeout    = "timeout"
	limitConcurrent = "concurrent"
	limitFuel       = "fuel"
	limitPerByte    = "fuel_per_byte"
	limitDepth      = "depth"
)

// LimitError says which limit a call hit, how much it used or asked for, and
// which key raises it. Used and Max are bytes, nanoseconds (timeout), calls
// (concurrent, depth) or fuel; what a call used of fuel includes what it was
// about to do. The limit of depth has no key.
//
// A timeout is a context.DeadlineExceeded too.
type LimitError struct {
	Limit string // input, memory, output, fuel, timeout, concurrent, depth
	Used  int64
	Max   int64
	Key   string // plugins.NAME.limits.LIMIT
	Err   error  // what the guest made of it, if anything
}

func (e *LimitError) Error() string {
	switch e.Limit {
	case limitTimeout:
		return fmt.Sprintf("the time limit of %s ended the call after %s; %s raises it",
			time.Duration(e.Max), time.Duration(e.Used).Round(time.Millisecond/10), e.Key)
	case limitConcurrent:
		return fmt.Sprintf("all %d places for concurrent calls stayed taken; %s raises it", e.Max, e.Key)
	case limitDepth:
		return fmt.Sprintf("calls nested more than %d deep; no key raises it, the guest must recurse less", e.Max)
	case limitFuel:
		return fmt.Sprintf("the call needed more than its fuel of %d; %s raises it, or %s for long inputs", e.Max, e.Key, limitPerByte)
	case limitMemory:
		return fmt.Sprintf("the guest asked for %d bytes of memory and may have %d; %s raises it", e.Used, e.Max, e.Key)
	}
	return fmt.Sprintf("the %s of %d bytes is larger than %d; %s raises it", e.Limit, e.Used, e.Max, e.Key)
}

func (e *LimitError) Unwrap() error {
	if e.Limit == limitTimeout {
		return context.DeadlineExceeded
	}
	return e.Err
}

// GuestError is a guest that reported its own failure. Reason is the guest's
// text, bounded and cleaned; Error leaves it out, because it may hold anything.
type GuestError struct {
	Status uint32 // what map returned, or the exit status
	Exited bool   // it exited rather than returned
	Reason string
}

func (e *GuestError) Error() string {
	if e.Exited {
		return fmt.Sprintf("the guest exited with status %d; its reason is in the trace", e.Status)
	}
	return fmt.Sprintf("map returned %d; its reason is in the trace", int32(e.Status))
}

// TrapError is a guest that trapped. Cause is the engine's word for it; Stack
// the names of the guest's functions, innermost first, cleaned. Error leaves
// the names out.
type TrapError struct {
	Cause string
	Stack []string
}

func (e *TrapError) Error() string { return "the guest trapped: " + e.Cause }

// GrantError is a guest that asked for a source it was not granted.
type GrantError struct {
	Source string // as the guest wrote it; quoted in the message
	Key    string // plugins.NAME.sources
}

func (e *GrantError) Error() string {
	return fmt.Sprintf("the guest asked for the source %s, which is not granted; add it to %s", quote(e.Source), e.Key)
}

// ABIError is a guest that broke a rule of the boundary.
type ABIError struct{ Rule string }

func (e *ABIError) Error() string { return "the guest broke the boundary: " + e.Rule }
