package host

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorward/doorward/host/policy"
)

// counters are what the host itself adds to /metrics.
type counters struct {
	failures *prometheus.CounterVec
	rules    *prometheus.CounterVec
	reloads  *prometheus.CounterVec

	pluginTook *prometheus.HistogramVec
}

// policyKinds are those of a policy's failure.
var policyKinds = []policy.ProblemKind{
	policy.ProblemError, policy.ProblemConflict, policy.ProblemDeadline, policy.ProblemSlow,
	policy.ProblemLimit, policy.ProblemInput, policy.ProblemBadUntil, policy.ProblemBadGrant,
}

func newCounters() *counters {
	c := &counters{
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorward_policy_failures_total", Help: "Failures of policies, by kind; what failed did not grant.",
		}, []string{"kind"}),
		rules: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorward_policy_rules_total", Help: "What became of the rules in decisions that were made anew, by outcome.",
		}, []string{"outcome"}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorward_reloads_total", Help: "Reloads of plugins and of the policy, by outcome; a refused one leaves the old in place.",
		}, []string{"what", "outcome"}),
		pluginTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "doorward_plugin_call_seconds", Help: "Time of each call of a plugin.",
			Buckets: []float64{.00005, .0001, .0002, .0005, .001, .002, .005, .01, .05, .1, .25, 1},
		}, []string{"plugin"}),
	}
	for _, kind := range policyKinds { // from zero, so that an alarm sees the first one
		c.failures.WithLabelValues(string(kind))
	}
	return c
}

func (c *counters) register(with prometheus.Registerer) error {
	return errors.Join(with.Register(c.failures), with.Register(c.rules), with.Register(c.reloads), with.Register(c.pluginTook))
}

// failed counts a failure of the policies.
func (c *counters) failed(err error) {
	kind := policy.ProblemError
	var p *policy.Problem
	if errors.As(err, &p) {
		kind = p.Kind
	}
	c.failures.WithLabelValues(string(kind)).Inc()
}

// ruled returns what counts the rules of each decision: it looks the counters
// up once.
func (c *counters) ruled() func(policy.Counts) {
	granted, undefined := c.rules.WithLabelValues("granted"), c.rules.WithLabelValues("undefined")
	failed, withheld := c.rules.WithLabelValues("failed"), c.rules.WithLabelValues("withheld")
	return func(n policy.Counts) {
		granted.Add(float64(n.Granted))
		undefined.Add(float64(n.Undefined))
		failed.Add(float64(n.Failed))
		withheld.Add(float64(n.Withheld))
	}
}

// reload counts a reload, and returns err.
func (c *counters) reload(what string, err error) error {
	outcome := "ok"
	if err != nil {
		outcome = "refused"
	}
	c.reloads.WithLabelValues(what, outcome).Inc()
	return err
}
