// Running calls: an instance for each, and what becomes of it afterwards.

package plugin

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/tetratelabs/wazero"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// engine runs calls of one compiled guest. It is safe for concurrent use.
type engine struct {
	runtime   wazero.Runtime
	isolation isolation
	compiled  wazero.CompiledModule
	rewritten wasmbin.Rewritten // without the module's bytes
	config    *Config
	kind      Kind
	traits    Traits
	rehearsal func(ctx context.Context) *call // a new call of the warm-up, that has not begun

	laid  memoryImage // before anything ran
	image *image      // nil for commands and replayed guests
	warm  bool        // the warm-up belongs to the state that calls start from
	pool  pool
}

// prewarmed is how many instances wait for the first calls.
const prewarmed = 2

// ready makes everything that calls start from. failure is the warm-up's,
// which is tolerated.
func (e *engine) ready(ctx context.Context) (first *call, failure, err error) {
	first = e.rehearsal(ctx)
	if e.laid, err = e.lay(); err != nil {
		return first, nil, err
	}
	if e.kind == Command {
		e.traits = Fresh
		return first, e.audition(ctx, first), ctx.Err()
	}
	failure, err = e.imprint(ctx, first)
	if err != nil || e.image == nil {
		return first, failure, err
	}
	err = e.laid.free()
	e.laid = nil
	for range min(prewarmed, e.config.Limits.Concurrent, runtime.GOMAXPROCS(0)) {
		if err != nil {
			break
		}
		var i *instance
		if i, err = e.instantiate(ctx, e.image.memory, e.image.globals); err == nil {
			e.pool.stock(i)
		}
	}
	return first, failure, err
}

// audition runs a command on the warm-up document.
func (e *engine) audition(ctx context.Context, c *call) error {
	i, err := e.instantiate(c, e.laid, nil)
	if err != nil {
		return err
	}
	defer i.close()
	c.begin(ctx, c.allowed)
	return e.perform(i, c)
}

// run takes a guest through c. It returns one of this package's errors, or the
// error of a context that was done. Nothing that the guest wrote outlives it.
func (e *engine) run(ctx context.Context, c *call) error {
	i, err := e.instance(ctx, c)
	if err != nil {
		return err
	}
	runtime.LockOSThread() // its page faults are the call's
	defer runtime.UnlockOSThread()
	i.memory.space.begin()
	c.begin(ctx, e.config.Limits.Timeout)
	err = e.perform(i, c)
	c.spent, c.took = c.fuel.used(), time.Since(c.began)
	if (err == nil || isAnswer(err)) && e.reusable(i) && i.restore(e.image) == nil {
		e.pool.put(i)
	} else {
		e.pool.drop(i)
	}
	return err
}

// instance returns one that is in the state that calls start from.
func (e *engine) instance(ctx context.Context, c *call) (*instance, error) {
	i := e.pool.take()
	if i == nil {
		var err error
		if i, err = e.another(ctx, c); err != nil {
			e.pool.leave()
			return nil, err
		}
		e.pool.made()
	}
	if e.image != nil {
		c.clock.elapsed = e.image.elapsed
	}
	return i, nil
}

func (e *engine) another(ctx context.Context, c *call) (*instance, error) {
	switch e.traits {
	case Fresh:
		return e.instantiate(ctx, e.laid, nil)
	case Replayed:
		return e.replay(ctx, c)
	}
	return e.instantiate(ctx, e.image.memory, e.image.globals)
}

// reusable reports whether everything that i changed can be put back.
func (e *engine) reusable(i *instance) bool {
	return e.image != nil && i.touched.Get() == 0 && i.memory.size == uint64(len(e.image.memory.content()))
}

// perform runs map or _start.
func (e *engine) perform(i *instance, c *call) error {
	if e.kind == Command {
		return e.command(i, c)
	}
	return e.answer(i, c)
}

// answer runs a reactor's map.
func (e *engine) answer(i *instance, c *call) error {
	err := i.invoke(c, i.entry)
	c.endLine()
	if err == nil && uint32(i.stack[0]) != 0 {
		return c.refusedMemory(i, &GuestError{Status: uint32(i.stack[0]), Reason: c.why()})
	}
	return err
}

// command runs a command's start function and _start. Both are one call.
func (e *engine) command(i *instance, c *call) error {
	err := e.initialise(i, c)
	if err == nil {
		err = i.invoke(c, i.entry)
	}
	c.endLine()
	var guest *GuestError
	if errors.As(err, &guest) && guest.Exited && guest.Status == 0 {
		return nil
	}
	return err
}

// imageSize is how many bytes of memory a call starts with.
func (e *engine) imageSize() int64 {
	if e.image != nil {
		return int64(len(e.image.memory.content()))
	}
	return int64(len(e.laid.content()))
}

func (e *engine) close(ctx context.Context) error {
	e.pool.close()
	errs := []error{e.compiled.Close(ctx)}
	if e.image != nil {
		errs = append(errs, e.image.memory.free())
	}
	if e.laid != nil {
		errs = append(errs, e.laid.free())
	}
	return errors.Join(errs...)
}
