// One call, on a raw input or for a login, and what it used.

package plugin

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/sdk/abi"
)

// Job is one call on a raw plugin input, for tools and tests.
type Job struct {
	Input    []byte    // as sdk/abi says; the host checks its size, not its members
	LoginID  string    // seeds the randomness
	Received time.Time // the guest's wall clock; the zero time is 2020-01-01
}

// Report is what a call gave and used.
type Report struct {
	Output  []byte // the result as the guest wrote it; nil when the call failed
	Lines   []Line // what it said
	Dropped int    // further lines
	Reason  string // of a failure: the guest's own words, masked and cleaned
	Fuel    int64  // the same for the same input, on every machine
	Memory  int64  // bytes of linear memory at the end, when it is largest
	Took    time.Duration
	Stack   []string // where it ended, when that was not its own end: function names, innermost first
}

// Run runs the plugin on a raw input. The Report says what was used also when
// the call failed. The result is checked as a login's is.
//
// The errors are those of Map, without a *login.Fault around them. Run is safe
// for concurrent use.
func (p *Plugin) Run(ctx context.Context, job Job) (Report, error) {
	if !p.enter() {
		return Report{}, ErrClosed
	}
	defer p.leave()
	c := p.newCall(job.Input, job.LoginID, or(job.Received, imageTime))
	report, err := p.runCall(ctx, c, func(output []byte) error {
		_, err := abi.DecodeResult(output)
		return err
	})
	p.counters.record(report, err)
	return report, err
}

// runCall runs c, and reads its result, in a place for concurrent calls.
func (p *Plugin) runCall(ctx context.Context, c *call, read func(output []byte) error) (Report, error) {
	if used, max := int64(len(c.input)), p.config.Limits.Input; used > max {
		return Report{}, c.limit(limitInput, used, max)
	}
	if err := p.takePlace(ctx); err != nil {
		return Report{}, err
	}
	defer func() { <-p.places }()
	err := p.engine.run(ctx, c)
	if err == nil {
		err = read(c.output)
	}
	return c.report(err), err
}

// report is what c gave and used.
func (c *call) report(err error) Report {
	r := Report{
		Lines: c.lines.kept, Dropped: c.lines.dropped,
		Fuel: c.spent, Memory: c.memory, Took: c.took, Stack: c.stack,
	}
	if err == nil {
		r.Output = c.output
		return r
	}
	var guest *GuestError
	if errors.As(err, &guest) {
		r.Reason = guest.Reason
	} else if len(c.reason) > 0 {
		r.Reason = c.why()
	}
	return r
}
