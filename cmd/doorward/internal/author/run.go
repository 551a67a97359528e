// Running one login, and what came of it.

package author

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/doorward/doorward/host/plugin"
)

// Ran is what one call gave and used. It is written as JSON by --json.
type Ran struct {
	Result  json.RawMessage `json:"result,omitempty"`
	Failure string          `json:"failure,omitempty"` // with what to do
	Kind    string          `json:"kind,omitempty"`    // of the failure
	Reason  string          `json:"reason,omitempty"`  // the guest's own
	Stack   []string        `json:"stack,omitempty"`   // of a trap, innermost first
	Log     []string        `json:"log"`
	Dropped int             `json:"dropped,omitempty"` // log lines
	Note    string          `json:"note,omitempty"`    // what a host would not have done
	Used    Used            `json:"used"`
	Limits  Used            `json:"limits"`
}

// Used is what a call used, or may use.
type Used struct {
	Input  int64 `json:"input"`  // bytes
	Output int64 `json:"output"` // bytes
	Fuel   int64 `json:"fuel"`
	Memory int64 `json:"memory"` // bytes
	Time   int64 `json:"time"`   // nanoseconds
}

// Run takes one login through a module. A failure of the guest is in Ran.
func Run(ctx context.Context, h *Host, m *Module, g Given) (Ran, error) {
	call, err := g.read(m)
	if err != nil {
		return Ran{}, err
	}
	guest, note, err := h.guestFor(ctx, m, call)
	if err != nil {
		return Ran{}, err
	}
	report, err := guest.Run(ctx, call.job())
	if ctx.Err() != nil {
		return Ran{}, ctx.Err()
	}
	ran := ranOf(m, call, report, err)
	ran.Note = note
	return ran, nil
}

func ranOf(m *Module, call given, report plugin.Report, err error) Ran {
	o := outcomeOf(report, err)
	r := Ran{
		Result: o.Result, Log: o.Log, Dropped: report.Dropped, Reason: report.Reason, Stack: m.stackOf(report),
		Used:   Used{Input: int64(len(call.input)), Output: int64(len(report.Output)), Fuel: report.Fuel, Memory: report.Memory, Time: int64(report.Took)},
		Limits: limitsFor(call.grant.Limits, len(call.input)),
	}
	if err != nil {
		r.Failure, r.Kind = callError(err).Error(), plugin.FailureKind(err)
	}
	return r
}

// callError is a failed call's error with what its author can do.
func callError(err error) error {
	var limit *plugin.LimitError
	var trap *plugin.TrapError
	var guest *plugin.GuestError
	var grant *plugin.GrantError
	switch {
	case errors.As(err, &limit) && limit.Key != "":
		return advise(err, "do less, or try with --limits %s=… here", limit.Limit)
	case errors.As(err, &limit):
		return advise(err, "do less")
	case errors.As(err, &trap):
		return advise(err, "the stack shows where, the innermost function first: mend what led there")
	case errors.As(err, &guest) && guest.Exited:
		return advise(fmt.Errorf("the guest exited with status %d", guest.Status), "its last line on standard error is the reason: mend the mapper, or the login")
	case errors.As(err, &guest):
		return advise(fmt.Errorf("map returned %d", int32(guest.Status)), "the reason is the mapper's own: mend the mapper, or the login")
	case errors.As(err, &grant):
		return advise(err, "here --sources does; if the plugin cannot do without, name it under sources in plugin.json")
	}
	return advise(err, "mend the plugin: sections 3 and 5 of sdk/abi/README.md say what it may do")
}

// Write prints the call for people.
func (r Ran) Write(w io.Writer) {
	if r.Failure == "" {
		fmt.Fprintf(w, "result  %s\n", r.Result)
	} else {
		r.writeFailure(w)
	}
	for _, line := range r.Log {
		fmt.Fprintf(w, "log     %s\n", line)
	}
	if r.Dropped > 0 {
		fmt.Fprintf(w, "log     %d further lines were dropped\n", r.Dropped)
	}
	if r.Note != "" {
		fmt.Fprintf(w, "note    %s\n", r.Note)
	}
	r.writeUsed(w)
}

func (r Ran) writeFailure(w io.Writer) {
	fmt.Fprintf(w, "failed  %s\n", r.Failure)
	if r.Reason != "" {
		fmt.Fprintf(w, "reason  %s\n", r.Reason)
	}
	for _, line := range stackLines(r.Stack) {
		fmt.Fprintln(w, line)
	}
}

func (r Ran) writeUsed(w io.Writer) {
	for _, row := range r.Used.against(r.Limits) {
		fmt.Fprintf(w, "%-7s %s\n", row.name, of(row.used, row.most, row.percent))
	}
}
