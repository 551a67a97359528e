// The state that every call starts from, and how a guest comes to it.

package plugin

import (
	"context"
	"errors"
	"fmt"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

// image is a guest's state at one moment. It never changes.
type image struct {
	memory  memoryImage
	globals []uint64 // in the order of the rewritten module's
	elapsed int64    // of the clock
}

// Traits says how a plugin's calls are kept apart.
type Traits string

// The traits.
const (
	Pooled       Traits = "pooled"         // instances are put back to the image after each call
	FreshOnImage Traits = "fresh on image" // its calls change tables or segments: mostly a new instance on the image
	Replayed     Traits = "replayed"       // a new instance, initialised and warmed up, for each call: the state cannot be kept
	Fresh        Traits = "fresh"          // a command: a new instance for each call
)

// lay makes the image of the memory that instantiation would give: the data
// segments, applied in their order.
func (e *engine) lay() (memoryImage, error) {
	content := make([]byte, int64(e.rewritten.MemoryMin)<<16)
	for _, d := range e.rewritten.Data {
		if uint64(d.Offset)+uint64(len(d.Bytes)) > uint64(len(content)) {
			return nil, &TrapError{Cause: "out of bounds memory access by a data segment"}
		}
		copy(content[d.Offset:], d.Bytes)
	}
	return e.isolation.keep(content)
}

// initialise takes a new instance as far as a guest comes without an input.
func (e *engine) initialise(i *instance, c *call) error {
	names := []string{wasmbin.ExportStart}
	if e.kind == Reactor {
		names = append(names, abi.ExportInitialize)
	}
	for _, name := range names {
		if f := i.module.ExportedFunction(name); f != nil {
			if err := i.invoke(c, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// imprint decides the traits of a reactor and makes the image of its calls.
// warm is the call of the warm-up; its failure is returned as failure, and the
// calls then start from the state before it.
func (e *engine) imprint(ctx context.Context, warm *call) (failure, err error) {
	i, err := e.instantiate(warm, e.laid, nil)
	if err != nil {
		return nil, err
	}
	defer i.close()
	if err := e.initialise(i, warm); err != nil {
		return nil, err
	}
	exact := i.touched.Get() == 0 && e.rewritten.Resettable
	if exact {
		if e.image, err = e.capture(i, warm); err != nil {
			return nil, err
		}
	}
	warm.begin(ctx, warm.allowed)
	failure = e.answer(i, warm)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.warm = failure == nil || isAnswer(failure)
	stays := i.touched.Get() == 0
	switch {
	case !exact:
		e.traits = Replayed
	case !stays:
		e.traits = FreshOnImage
	default:
		e.traits = Pooled
	}
	if exact && stays && e.warm {
		return failure, e.retake(i, warm)
	}
	return failure, nil
}

// isAnswer reports whether a guest that failed came to its own end all the
// same, and left an orderly state.
func isAnswer(err error) bool {
	var guest *GuestError
	return errors.As(err, &guest) && !guest.Exited
}

// retake replaces the image by one of the state that i is in now.
func (e *engine) retake(i *instance, c *call) error {
	before := e.image
	now, err := e.capture(i, c)
	if err != nil {
		return err
	}
	e.image = now
	return before.memory.free()
}

// capture is the image of the state that i is in.
func (e *engine) capture(i *instance, c *call) (*image, error) {
	linear := i.module.Memory()
	content, _ := linear.Read(0, linear.Size())
	memory, err := e.isolation.keep(content)
	if err != nil {
		return nil, fmt.Errorf("no memory for the image: %w", err)
	}
	kept := &image{memory: memory, globals: []uint64{}, elapsed: c.clock.elapsed}
	for _, g := range e.rewritten.Globals {
		kept.globals = append(kept.globals, i.module.ExportedGlobal(g.Export).Get())
	}
	return kept, nil
}

// replay is a new instance that was initialised and warmed up as the first one
// was, all within the time of one call. c takes over its clock.
func (e *engine) replay(ctx context.Context, c *call) (*instance, error) {
	again := e.rehearsal(ctx)
	again.allowed = e.config.Limits.Timeout
	began := again.began
	i, err := e.instantiate(again, e.laid, nil)
	if err != nil {
		return nil, err
	}
	err = e.initialise(i, again)
	if err == nil && e.warm {
		again.begin(ctx, again.allowed)
		again.began = began
		if err = e.answer(i, again); isAnswer(err) {
			err = nil
		}
	}
	if err != nil {
		i.close()
		return nil, err
	}
	c.clock.elapsed = again.clock.elapsed
	return i, nil
}
