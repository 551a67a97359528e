// Measuring: the same calls many times.

package author

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// BenchOptions say how much is measured.
type BenchOptions struct {
	Calls int           // at most
	For   time.Duration // at most
}

// Benched is what many calls of one module used. It is written as JSON by
// --json.
type Benched struct {
	Module string      `json:"module"`
	SHA256 string      `json:"sha256"`
	Inputs int         `json:"inputs"` // different ones, taken in turn
	Calls  int         `json:"calls"`
	Failed int         `json:"failed"` // calls that ended in a failure that their case does not want, timed as the others
	First  *Failed     `json:"firstFailure,omitempty"`
	Time   Percentiles `json:"time"` // nanoseconds
	Fuel   Percentiles `json:"fuel"`
	Memory int64       `json:"memory"` // the most, in bytes
	Worst  Shares      `json:"percentOfLimits"`
	Limits Used        `json:"limits"` // of the largest input
}

// Failed is a call that failed.
type Failed struct {
	Case    string   `json:"case,omitempty"`
	Failure string   `json:"failure"` // with what to do
	Kind    string   `json:"kind"`
	Reason  string   `json:"reason,omitempty"` // the guest's own
	Stack   []string `json:"stack,omitempty"`  // of a trap, innermost first
}

// Percentiles are nearest ranks.
type Percentiles struct {
	P50 int64 `json:"p50"`
	P90 int64 `json:"p90"`
	P99 int64 `json:"p99"`
	Max int64 `json:"max"`
}

// Shares are percentages of the limits: of time and fuel at the 99th
// percentile of the calls, of the others the most.
type Shares struct {
	Time   float64 `json:"time"`
	Fuel   float64 `json:"fuel"`
	Memory float64 `json:"memory"`
	Input  float64 `json:"input"`
	Output float64 `json:"output"`
}

// Bench takes one login through a module many times, each call isolated as in
// a host, one after the other. A few calls of each input come first, which are
// not measured.
func Bench(ctx context.Context, h *Host, m *Module, g Given, o BenchOptions) (Benched, error) {
	call, err := g.read(m)
	if err != nil {
		return Benched{}, err
	}
	return bench(ctx, h, m, []given{call}, o)
}

// BenchCases is Bench on the project's golden cases, in turn.
func (p *Project) BenchCases(ctx context.Context, h *Host, m *Module, limits plugin.Limits, o BenchOptions) (Benched, error) {
	names, err := casesIn(p.cases())
	if err != nil {
		return Benched{}, err
	}
	var calls []given
	for _, name := range names {
		call, err := readCase(filepath.Join(p.cases(), name), m.Metadata)
		if err != nil {
			return Benched{}, err
		}
		call.grant.Limits = limits
		calls = append(calls, call)
	}
	return bench(ctx, h, m, calls, o)
}

// warmUps are calls of each input that are not measured.
const warmUps = 5

func bench(ctx context.Context, h *Host, m *Module, calls []given, o BenchOptions) (Benched, error) {
	guests := make([]*plugin.Plugin, len(calls))
	for i, call := range calls {
		var err error
		if guests[i], _, err = h.guestFor(ctx, m, call); err != nil {
			return Benched{}, err
		}
		for range warmUps {
			_, _ = guests[i].Run(ctx, call.job())
		}
	}
	b := benching{Benched: Benched{Module: m.Path, SHA256: m.SHA256, Inputs: len(calls)}}
	end := time.Now().Add(o.For)
	for n := 0; n < o.Calls && time.Now().Before(end) && ctx.Err() == nil; n++ {
		i := n % len(calls)
		report, err := guests[i].Run(ctx, calls[i].job())
		b.add(calls[i], ranOf(m, calls[i], report, err), outcomeOf(report, err))
	}
	if ctx.Err() != nil {
		return Benched{}, ctx.Err()
	}
	return b.sum(), nil
}

// benching collects calls.
type benching struct {
	Benched
	times, fuels           []int64
	timeShares, fuelShares []float64
}

func (b *benching) add(call given, r Ran, o outcome) {
	b.Calls++
	if r.Failure != "" && o.Failure != call.fails {
		b.Failed++
		if b.First == nil {
			b.First = &Failed{call.name, r.Failure, r.Kind, r.Reason, r.Stack}
		}
	}
	b.times, b.fuels = append(b.times, r.Used.Time), append(b.fuels, r.Used.Fuel)
	b.timeShares = append(b.timeShares, share(r.Used.Time, r.Limits.Time))
	b.fuelShares = append(b.fuelShares, share(r.Used.Fuel, r.Limits.Fuel))
	b.Memory = max(b.Memory, r.Used.Memory)
	b.Worst.Memory = max(b.Worst.Memory, share(r.Used.Memory, r.Limits.Memory))
	b.Worst.Input = max(b.Worst.Input, share(r.Used.Input, r.Limits.Input))
	b.Worst.Output = max(b.Worst.Output, share(r.Used.Output, r.Limits.Output))
	if r.Limits.Fuel >= b.Limits.Fuel {
		b.Limits = r.Limits
	}
}

func (b *benching) sum() Benched {
	b.Time, b.Fuel = percentiles(b.times), percentiles(b.fuels)
	b.Worst.Time, b.Worst.Fuel = rank(b.timeShares, 99), rank(b.fuelShares, 99)
	return b.Benched
}

func percentiles(all []int64) Percentiles {
	return Percentiles{rank(all, 50), rank(all, 90), rank(all, 99), rank(all, 100)}
}

// rank is the nearest-rank percentile; it sorts all.
func rank[T int64 | float64](all []T, percent int) T {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[max(0, (len(all)*percent+99)/100-1)]
}

// Write prints the measurement for people.
func (b Benched) Write(w io.Writer) {
	fmt.Fprintf(w, "%s calls of %s, one after the other, warm, and each isolated as in a host", grouped(int64(b.Calls)), b.Module)
	if b.Inputs > 1 {
		fmt.Fprintf(w, ", on %d inputs in turn", b.Inputs)
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tp50\tp90\tp99\tmost\tlimit\tused\t")
	row := func(name string, p Percentiles, text func(int64) string, limit int64, percent float64) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%.1f %%\t\n", name, text(p.P50), text(p.P90), text(p.P99), text(p.Max), text(limit), percent)
	}
	row("time", b.Time, func(n int64) string { return timeText(time.Duration(n)) }, b.Limits.Time, b.Worst.Time)
	row("fuel", b.Fuel, grouped, b.Limits.Fuel, b.Worst.Fuel)
	fmt.Fprintf(table, "memory\t\t\t\t%s\t%s\t%.1f %%\t\n", bytesText(b.Memory), bytesText(b.Limits.Memory), b.Worst.Memory)
	_ = table.Flush() // w reports what goes wrong by itself
	b.writeFailed(w)
}

func (b Benched) writeFailed(w io.Writer) {
	if b.Failed == 0 {
		return
	}
	first := b.First
	fmt.Fprintf(w, "%s of %s calls failed; the first", grouped(int64(b.Failed)), grouped(int64(b.Calls)))
	if first.Case != "" {
		fmt.Fprintf(w, ", on the case %s", first.Case)
	}
	fmt.Fprintln(w, ":")
	Ran{Failure: first.Failure, Reason: first.Reason, Stack: first.Stack}.writeFailure(w)
}
