package host

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

// counters are what the host itself adds to /metrics.
type counters struct {
	failures prometheus.Counter
	reloads  *prometheus.CounterVec

	pluginTook *prometheus.HistogramVec
}

func newCounters() *counters {
	return &counters{
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "doorward_policy_failures_total", Help: "Policy evaluations that failed or ran out of time; none of them granted.",
		}),
		reloads: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "doorward_reloads_total", Help: "Reloads of plugins and of the policy, by outcome; a refused one leaves the old in place.",
		}, []string{"what", "outcome"}),
		pluginTook: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "doorward_plugin_call_seconds", Help: "Time of each call of a plugin.",
			Buckets: []float64{.00005, .0001, .0002, .0005, .001, .002, .005, .01, .05, .1, .25, 1},
		}, []string{"plugin"}),
	}
}

func (c *counters) register(with prometheus.Registerer) error {
	return errors.Join(with.Register(c.failures), with.Register(c.reloads), with.Register(c.pluginTook))
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
