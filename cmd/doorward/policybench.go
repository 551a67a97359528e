package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
)

// benchReport is what policy bench measured; times are in microseconds.
type benchReport struct {
	Decisions int        `json:"decisions"`
	Decided   benchTimes `json:"decided"`
	Cached    benchTimes `json:"cached"`
	Explained benchTimes `json:"explained"`
	Volatile  bool       `json:"volatile"` // a rule reads the clock: a decision is kept for a second
	Deadline  float64    `json:"deadline"` // microseconds that one decision may take
}

type benchTimes struct {
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	Most   float64 `json:"most"`
}

func newPolicyBench() *cobra.Command {
	var rules policyFlags
	var of loginFlags
	count, asJSON := 2000, false
	c := &cobra.Command{
		Use: "bench --login FILE|ID", Short: "Measure how long a decision takes", Args: loginOnly,
		Long: "bench decides about one login again and again, and prints percentiles: decided\nanew, from a live session's cache, and explained. Times are of this machine.",
		RunE: func(c *cobra.Command, _ []string) error {
			if count < 10 || count > 1_000_000 {
				return usageError{errors.New("--count is from 10 to 1000000")}
			}
			return withLogin(c, &rules, &of, func(r *policyRules, _ given, facts login.Facts) error {
				report, err := measure(c, r, facts, count)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c, report)
				}
				report.write(c)
				return nil
			})
		},
	}
	rules.register(c)
	of.register(c)
	c.Flags().IntVar(&count, "count", count, "how many `decisions`")
	jsonFlag(c, &asJSON)
	return c
}

// measure takes the three kinds of decision in turn, so that what else the
// machine does meets all alike.
func measure(c *cobra.Command, r *policyRules, facts login.Facts, count int) (report benchReport, err error) {
	ctx, engine := c.Context(), r.engine()
	live := policy.NewLive(func() *policy.Engine { return engine }, 0)
	times := map[string][]float64{}
	timed := func(kind string, do func() error) {
		if err != nil {
			return
		}
		began := time.Now()
		err = do()
		times[kind] = append(times[kind], float64(time.Since(began).Nanoseconds())/1000)
	}
	report = benchReport{Decisions: count, Deadline: 500_000}
	if r.cfg != nil {
		report.Deadline = float64(r.cfg.Policies.Deadline.Microseconds())
	}
	for i := range count {
		timed("decided", func() error {
			decision, err := engine.Decide(ctx, facts)
			report.Volatile = decision.Volatile
			return err
		})
		timed("cached", func() error {
			_, err := live.Levels(ctx, "one", facts)
			return err
		})
		if i%20 == 0 {
			timed("explained", func() error {
				_, err := engine.Explain(ctx, facts)
				return err
			})
		}
	}
	report.Decided, report.Cached, report.Explained = percentiles(times["decided"]), percentiles(times["cached"]), percentiles(times["explained"])
	return report, err
}

func percentiles(took []float64) benchTimes {
	if len(took) == 0 {
		return benchTimes{}
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[min(len(took)-1, int(share*float64(len(took))))] }
	return benchTimes{Median: at(.5), P90: at(.9), P99: at(.99), Most: took[len(took)-1]}
}

func (b benchReport) write(c *cobra.Command) {
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%d decisions, in µs\n%-12s %10s %10s %10s %10s\n", b.Decisions, "", "median", "90 %", "99 %", "most")
	for _, row := range []struct {
		name string
		t    benchTimes
	}{{"decided", b.Decided}, {"cached", b.Cached}, {"explained", b.Explained}} {
		fmt.Fprintf(out, "%-12s %10.1f %10.1f %10.1f %10.1f\n", row.name, row.t.Median, row.t.P90, row.t.P99, row.t.Most)
	}
	fmt.Fprintf(out, "a decision may take %.0f µs (policies.deadline): the median used %.2g %% of it\n", b.Deadline, 100*b.Decided.Median/b.Deadline)
	if b.Volatile {
		fmt.Fprintln(out, "a rule reads the clock, so that a decision is kept for a second; reauth.until needs no clock")
	}
}
