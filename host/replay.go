// Replay: recorded logins, run again under these or other rules.

package host

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/record"
)

// ReplayRequest says what to replay, and with what.
type ReplayRequest struct {
	RuleFiles           // in place of the configured ones
	Since     time.Time `json:"since,omitzero"` // zero: everything that is kept
	// ForbidLoss are levels that nobody may lose; Report.Violated tells.
	ForbidLoss []string `json:"forbidLoss,omitempty"`
}

// ErrReplaying is returned by Replay while another one runs: one at a time is
// as much of the machine as logins should have to spare.
var ErrReplaying = errors.New("another replay is running: try again when it is over")

// ErrNothingRecorded is returned by a replay of a host that records nothing.
var ErrNothingRecorded = errors.New("no login is recorded: write record: {keep: 168h} in the configuration, and come back when people have signed in")

// Replay runs the logins that were recorded since a time again, under the
// present rules or those of the request, by the very path of a login. Nobody's
// session changes. It takes half of the processors.
//
// Its errors are ErrReplaying, ErrNothingRecorded, what New says of rules that
// do not compile, and an error for a level that is not declared.
func (h *Host) Replay(ctx context.Context, req ReplayRequest) (record.Report, error) {
	if !h.replaying.TryLock() {
		return record.Report{}, ErrReplaying
	}
	defer h.replaying.Unlock()
	if req.Policies == nil {
		if b := h.rules.policies.bundle(); b != nil {
			req.Policies = b.Modules // the one in use: nothing is fetched
		}
	}
	if err := h.recorder.Flush(ctx); err != nil {
		return record.Report{}, err
	}
	o := Options{Config: h.options.Config, Now: h.options.Now, Transport: h.options.Transport}
	return replay(ctx, o, req, h.replayKey, h.recorder, max(1, runtime.GOMAXPROCS(0)/2))
}

// replay opens a workbench and runs the records of r in it, on so many
// processors.
func replay(ctx context.Context, o Options, req ReplayRequest, key []byte, r *record.Recorder, workers int) (_ record.Report, err error) {
	began := time.Now()
	if err := req.check(); err != nil {
		return record.Report{}, err
	}
	w, err := openWorkbench(ctx, o, req.RuleFiles, key)
	if err != nil {
		return record.Report{}, err
	}
	defer func() { err = errors.Join(err, w.Close(context.WithoutCancel(ctx))) }()
	for _, level := range req.ForbidLoss {
		if !w.Engine().Known(level) {
			return record.Report{}, fmt.Errorf("no level is called %.200q, so nobody can lose it: write one that is declared under levels, or built in", level)
		}
	}
	tally := record.NewTally(req.Since, w.Engine().Revision(), req.ForbidLoss)
	err = r.Each(ctx, req.Since, func(page []record.Sealed) error { return w.replayPage(ctx, page, tally, workers) })
	if err != nil {
		return record.Report{}, err
	}
	report := tally.Report()
	if report.Logins == 0 && o.Config.Record == nil {
		return record.Report{}, ErrNothingRecorded
	}
	report.Took = time.Since(began).Seconds()
	return report, nil
}

// replayed is what came of one record.
type replayed struct {
	record record.Record
	now    record.Outcome
	skip   record.Reason
	detail string
	err    error
}

// replayPage runs the records of a page at once, and counts them in their
// order.
func (w *Workbench) replayPage(ctx context.Context, page []record.Sealed, tally *record.Tally, workers int) error {
	done := make([]replayed, len(page))
	var group sync.WaitGroup
	next := make(chan int)
	for range min(workers, len(page)) {
		group.Go(func() {
			for i := range next {
				done[i] = w.replayOne(ctx, page[i])
			}
		})
	}
	for i := range page {
		next <- i
	}
	close(next)
	group.Wait()
	for _, d := range done {
		switch {
		case d.err != nil:
			return d.err
		case d.skip != "":
			tally.Leave(d.record, d.skip, d.detail)
		default:
			tally.Add(d.record, d.now, w.judged[d.record.File.Login.IdP])
		}
	}
	return nil
}

func (w *Workbench) replayOne(ctx context.Context, sealed record.Sealed) (d replayed) {
	read := sealed.Open()
	d.record = read.Record
	var version *record.VersionError
	switch {
	case errors.As(read.Err, &version):
		d.skip, d.detail = record.ReasonVersion, version.Error()
	case errors.Is(read.Err, keyring.ErrUnsealed):
		d.skip = record.ReasonSealed
	case read.Err != nil:
		d.skip = record.ReasonUnreadable
	default:
		d.now, d.skip, d.err = w.replay(ctx, read.Record)
	}
	return d
}

// check holds what came from outside against its bounds.
func (r ReplayRequest) check() error {
	if len(r.ForbidLoss) > 1000 {
		return errors.New("more than 1000 levels are forbidden to lose")
	}
	return r.RuleFiles.check()
}
