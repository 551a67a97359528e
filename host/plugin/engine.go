// Running a guest. This first engine makes a fresh instance for every call and
// lets wazero end it when its context does; a pooled, metered one can stand in
// its place behind the same run.

package plugin

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/sys"

	"github.com/doorward/doorward/sdk/abi"
)

// stackSize is where wazero's compiler stops a guest's stack from growing.
const stackSize = 50_000_000

const resolution = sys.ClockResolution(tick)

// engine runs calls of one compiled guest. It is safe for concurrent use.
type engine struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	kind     Kind
}

// run takes a guest through c: from instantiation over initialising to the
// end of its map or _start. It returns one of this package's errors, or the
// error of a context that was done. Nothing of the guest outlives it.
func (e *engine) run(parent context.Context, c *call) error {
	start := time.Now()
	ctx, cancel := context.WithTimeout(parent, c.config.Limits.Timeout)
	defer cancel()
	return e.explain(parent, ctx, c, e.guest(ctx, c), c.config.Limits.Timeout, time.Since(start))
}

// runFirst is run for the first instance, which gets grace to initialise and
// only then the time of a call.
func (e *engine) runFirst(parent context.Context, c *call, grace time.Duration) error {
	start := time.Now()
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	limit := grace
	timer := time.AfterFunc(grace, cancel)
	defer timer.Stop()
	c.begun = func() {
		start, limit = time.Now(), c.config.Limits.Timeout
		timer.Reset(limit)
	}
	err := e.guest(ctx, c)
	return e.explain(parent, ctx, c, err, limit, time.Since(start))
}

// guest runs the instance and reports how it ended, in wazero's words unless
// the guest reported a failure itself.
func (e *engine) guest(ctx context.Context, c *call) error {
	c.ctx = ctx
	ctx = context.WithValue(ctx, callKey{}, c)
	errs := &stderr{call: c}
	defer errs.flush()
	instance, err := e.runtime.InstantiateModule(
		experimental.WithMemoryAllocator(ctx, &c.memory), e.compiled, e.moduleConfig(c, errs))
	if err != nil {
		return err
	}
	defer instance.Close(context.WithoutCancel(ctx))
	if e.kind == Command {
		c.begin()
		return e.command(ctx, instance)
	}
	if initialize := instance.ExportedFunction(abi.ExportInitialize); initialize != nil {
		if _, err := initialize.Call(ctx); err != nil {
			return err
		}
	}
	c.begin()
	return e.reactor(ctx, c, instance)
}

func (e *engine) moduleConfig(c *call, errs *stderr) wazero.ModuleConfig {
	config := wazero.NewModuleConfig().
		WithName("").
		WithStartFunctions().
		WithWalltime(c.clock.walltime, resolution).
		WithNanotime(c.clock.nanotime, resolution).
		WithNanosleep(c.clock.sleep).
		WithRandSource(&c.random).
		WithStderr(errs)
	if e.kind == Command {
		config = config.WithStdin(bytes.NewReader(c.input)).WithStdout(stdout{c})
	}
	return config
}

func (e *engine) reactor(ctx context.Context, c *call, instance api.Module) error {
	status, err := instance.ExportedFunction(abi.ExportMap).Call(ctx)
	if err != nil {
		return err
	}
	if code := uint32(status[0]); code != 0 {
		return &GuestError{Status: code}
	}
	return nil
}

func (e *engine) command(ctx context.Context, instance api.Module) error {
	_, err := instance.ExportedFunction(abi.ExportStart).Call(ctx)
	var exit *sys.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 0 && ctx.Err() == nil {
		return nil
	}
	return err
}

// explain turns the end of a guest into the error that names its cause: what
// the host stopped it for, before what it made of that.
func (e *engine) explain(parent, ctx context.Context, c *call, err error, limit, took time.Duration) error {
	var exit *sys.ExitError
	exited := errors.As(err, &exit)
	switch {
	case err == nil:
		return nil
	case c.stopped != nil:
		return c.stopped
	case exited && parent.Err() != nil:
		return parent.Err()
	case exited && ctx.Err() != nil:
		return c.limit(limitTimeout, int64(took), int64(limit))
	}
	own := e.own(c, err, exit)
	if c.memory.refused > 0 {
		e := c.limit(limitMemory, int64(c.memory.refused), c.config.Limits.Memory)
		e.Err = own
		return e
	}
	return own
}

// own is the failure a guest brought about without the host's doing.
func (e *engine) own(c *call, err error, exit *sys.ExitError) error {
	var guest *GuestError
	if errors.As(err, &guest) {
		guest.Reason = c.why()
		return guest
	}
	if exit != nil {
		return &GuestError{Status: exit.ExitCode(), Exited: true, Reason: c.why()}
	}
	// The rest of wazero's text holds names from the guest.
	cause, _, _ := strings.Cut(err.Error(), "\n")
	cause = strings.TrimPrefix(cause, "wasm error: ")
	if cause == "stack overflow" {
		return c.limit(limitDepth, stackSize, stackSize)
	}
	return &TrapError{Cause: clean(cause, 200)}
}

func (e *engine) close(ctx context.Context) error { return e.compiled.Close(ctx) }
