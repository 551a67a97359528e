// The metrics of plugins, read from what the host and the plugins count
// anyway.

package host

import (
	"github.com/prometheus/client_golang/prometheus"
)

// pluginMetrics is a prometheus.Collector.
type pluginMetrics struct{ plugins map[string]*guard }

// described is a metric whose first label is the plugin's name.
func described(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("doorward_plugin_"+name, help, append([]string{"plugin"}, labels...), nil)
}

var (
	pluginCalls     = described("calls_total", "Calls of a plugin, those that its breaker did not let through among them.")
	pluginFailures  = described("failures_total", "Failed calls of a plugin, by kind.", "kind")
	pluginDenied    = described("denied_total", "Logins that a plugin refused; they are no failures.")
	pluginReloads   = described("reloads_total", "Reloads of a plugin, by outcome; a refused one leaves the old in place.", "outcome")
	pluginBreaker   = described("breaker_state", "Whether a plugin is asked: 0 by every login, 1 by one login at a time, 2 by none.")
	pluginFuel      = described("fuel_total", "Fuel that the calls of a plugin burnt.")
	pluginFuelMost  = described("fuel_most", "The most fuel that one call of a plugin burnt.")
	pluginMemory    = described("memory_most_bytes", "The most linear memory that one call of a plugin had.")
	pluginInstances = described("instances", "Instances of a plugin that wait for a call or are in one.", "state")
	pluginMade      = described("instances_made_total", "Instances of a plugin that were made.")
	pluginDropped   = described("instances_dropped_total", "Instances of a plugin that were thrown away.")
	pluginImage     = described("image_bytes", "Size of the memory that every call of a plugin begins with.")
	pluginLoad      = described("load_seconds", "Time that loading the present module took.")
	pluginWarmUp    = described("warm_up_fuel", "Fuel that the warm-up call of the present module burnt.")
)

// Describe implements prometheus.Collector.
func (m pluginMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		pluginCalls, pluginFailures, pluginDenied, pluginReloads, pluginBreaker, pluginFuel, pluginFuelMost, pluginMemory,
		pluginInstances, pluginMade, pluginDropped, pluginImage, pluginLoad, pluginWarmUp,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (m pluginMetrics) Collect(to chan<- prometheus.Metric) {
	for name, g := range m.plugins {
		count := func(d *prometheus.Desc, n uint64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), append([]string{name}, labels...)...)
		}
		gauge := func(d *prometheus.Desc, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, append([]string{name}, labels...)...)
		}
		look := g.look()
		count(pluginCalls, look.calls)
		for kind, n := range look.failed {
			count(pluginFailures, n, kind)
		}
		count(pluginDenied, look.used.denied)
		for outcome, n := range look.reloads {
			count(pluginReloads, n, outcome)
		}
		gauge(pluginBreaker, float64(look.breaker.state))
		count(pluginFuel, look.used.fuel)
		gauge(pluginFuelMost, float64(look.used.fuelMost))
		gauge(pluginMemory, float64(look.used.memoryMost))
		gauge(pluginInstances, float64(look.stats.Pool.Idle), "idle")
		gauge(pluginInstances, float64(look.stats.Pool.Busy), "busy")
		count(pluginMade, look.used.made)
		count(pluginDropped, look.used.dropped)
		gauge(pluginImage, float64(look.info.Image))
		gauge(pluginLoad, look.info.Loaded.Seconds())
		gauge(pluginWarmUp, float64(look.info.WarmFuel))
	}
}
