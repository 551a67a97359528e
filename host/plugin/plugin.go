// A loaded plugin and its calls.

package plugin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/sdk/abi"
)

// Plugin is one loaded plugin. It never changes; a Slot replaces one by
// another. It is safe for concurrent use.
type Plugin struct {
	config   Config
	runtime  *Runtime
	engine   *engine
	seed     [32]byte // of the randomness while initialising
	places   chan struct{}
	info     Info
	counters counters

	undeclared sync.Once // the warning of denials that are not declared

	inUse  sync.RWMutex // held for reading by each call
	closed bool
}

// Info is what is known of a loaded plugin.
type Info struct {
	Name     string
	Module   string // as configured
	SHA256   string // of the module's bytes
	Kind     Kind
	Metadata *abi.Metadata // nil when the module carries none

	Loaded    time.Duration // how long it took from reading to the first call's end
	Compiled  time.Duration // of that, compiling
	FromCache bool          // the machine code was taken from the cache
	Size      int64         // bytes of the module
	Rewritten int64         // bytes of the module that runs in its place

	Traits   Traits // how its calls are kept apart
	Image    int64  // bytes of linear memory that every call starts with
	WarmUp   error  // why the first call failed, which is tolerated
	WarmWhy  string // the guest's own reason for it: of a published document and the operator's config
	WarmFuel int64  // what the first call used
}

// Info describes the plugin.
func (p *Plugin) Info() Info { return p.info }

// Map runs the plugin on one login, from the state after its warm-up, and
// returns what it wants changed. It adds one step, "plugin NAME", to the trace
// that ctx carries, with the guest's log lines and reasons as notes.
//
// Every error is a *login.Fault with the code plugin_failed that wraps a
// *LimitError, *GuestError, *TrapError, *GrantError, *ABIError, an error of
// abi.DecodeResult, ErrClosed, or ctx's own error; no error holds text of the
// guest's beyond member names. After a timeout errors.Is(err,
// context.DeadlineExceeded) is true. FailureKind names the kind of an error.
// When the plugin may see tokens, not even member names are in the error.
func (p *Plugin) Map(ctx context.Context, in login.PluginCall) (login.PluginResult, error) {
	if !p.enter() {
		return login.PluginResult{}, p.fault(ErrClosed)
	}
	defer p.leave()
	return p.mapTraced(ctx, in)
}

// mapTraced is Map between enter and leave.
func (p *Plugin) mapTraced(ctx context.Context, in login.PluginCall) (login.PluginResult, error) {
	step := login.Begin(ctx, "plugin "+p.config.Name)
	step.In("sha256", p.info.SHA256) // which module it was: a reload may come meanwhile
	result, err := p.mapOne(ctx, step, in)
	if err != nil {
		return login.PluginResult{}, step.End(p.fault(p.config.discreet(err)))
	}
	return result, step.End(nil)
}

// fault names the plugin, once.
func (p *Plugin) fault(err error) error {
	return login.NewFault(login.CodePluginFailed, "plugin %s: %w", p.config.Name, err)
}

func (p *Plugin) mapOne(ctx context.Context, step *login.Step, in login.PluginCall) (login.PluginResult, error) {
	c, err := p.prepare(in)
	if err != nil {
		return login.PluginResult{}, err
	}
	var result login.PluginResult
	report, err := p.runCall(ctx, c, func(output []byte) (err error) {
		result, err = decodeResult(output)
		return err
	})
	if step.Recording() {
		step.In("bytes", len(c.input))
		report.note(step)
	}
	p.counters.record(report, err)
	if result.Deny != nil {
		p.counters.denied()
		p.warnOfSkippedDenials(ctx)
	}
	return result, err
}

// warnOfSkippedDenials says once that a plugin which denies, and does not say so
// in its metadata, lets people in when it fails.
func (p *Plugin) warnOfSkippedDenials(ctx context.Context) {
	if !p.config.SkipOnError || p.info.Metadata != nil && p.info.Metadata.Deny {
		return
	}
	p.undeclared.Do(func() {
		p.runtime.config.Log.WarnContext(ctx, "a plugin denied a login, which its metadata does not say it may, and its failures are skipped: "+
			"whoever makes it fail gets in; leave on_error out, and have its plugin.json say deny", "plugin", p.config.Name)
	})
}

// enter keeps Close waiting until leave.
func (p *Plugin) enter() bool {
	p.inUse.RLock()
	if p.closed {
		p.inUse.RUnlock()
		return false
	}
	return true
}

func (p *Plugin) leave() { p.inUse.RUnlock() }

// takePlace waits for one of the places for concurrent calls, at most as long
// as a call may take.
func (p *Plugin) takePlace(ctx context.Context) error {
	select {
	case p.places <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(p.config.Limits.Timeout)
	defer timer.Stop()
	select {
	case p.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		taken := int64(p.config.Limits.Concurrent)
		return &LimitError{Limit: limitConcurrent, Used: taken + 1, Max: taken, Key: p.config.key("limits." + limitConcurrent)}
	}
}

// Close waits for the calls that are running and frees the compiled code, the
// instances and their memory. Map fails with ErrClosed from then on. A second
// Close does nothing.
func (p *Plugin) Close(ctx context.Context) error {
	p.runtime.disown(p)
	return p.shut(ctx)
}

func (p *Plugin) shut(ctx context.Context) error {
	p.inUse.Lock()
	defer p.inUse.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	return p.engine.close(ctx)
}

// note writes what the guest said and used into the trace.
func (r Report) note(step *login.Step) {
	step.Out("bytes", len(r.Output))
	step.Out("memoryBytes", r.Memory)
	step.Out("fuel", r.Fuel)
	for _, l := range r.Lines {
		step.Note("log " + l.Level.String() + ": " + l.Text)
	}
	if r.Dropped > 0 {
		step.Note(fmt.Sprintf("%d further log lines were dropped", r.Dropped))
	}
	if said := len(r.Lines); r.Reason != "" && (said == 0 || r.Lines[said-1].Text != r.Reason) {
		step.Note("reason: " + r.Reason)
	}
}
