// What is known of a plugin at one moment: for the console and for metrics.

package host

import (
	"maps"
	"slices"
	"time"

	"github.com/doorward/doorward/host/console"
	"github.com/doorward/doorward/host/plugin"
)

// guardLook is a guard at one moment.
type guardLook struct {
	info     plugin.Info
	stats    plugin.Stats // of the present module
	used     used         // of all modules since the start
	calls    uint64
	failed   map[string]uint64
	failures []pluginFailure
	reloads  map[string]uint64
	swapped  time.Time
	refusal  *refusal
	breaker  breakerLook
}

func (g *guard) look() guardLook {
	g.mu.Lock()
	defer g.mu.Unlock()
	present := g.slot.Plugin()
	look := guardLook{
		info: present.Info(), stats: present.Stats(), used: g.used,
		calls: g.calls, failed: maps.Clone(g.failed), failures: slices.Clone(g.failures), reloads: maps.Clone(g.reloads),
		swapped: g.swapped, refusal: g.refusal, breaker: g.breaker.look(),
	}
	look.used.add(usedBy(g.present))
	if present != g.present { // it is being swapped in
		look.used.add(usedBy(present))
	}
	return look
}

// plugins is what the console shows of them, by name.
func (h *Host) plugins() []console.Plugin {
	var list []console.Plugin
	for _, name := range slices.Sorted(maps.Keys(h.rules.plugins)) {
		look, declared := h.rules.plugins[name].look(), h.options.Config.Plugins[name]
		p := console.Plugin{
			Info: look.info, Isolation: h.rules.runtime.Isolation(), Sources: declared.Sources, Skip: declared.OnError == "skip",
			Limits: h.options.plugin(name).Limits, Providers: h.options.usersOf(name),
			Usage: console.Usage{
				Calls: look.calls, Reached: look.calls - look.failed[kindBreaker], Failed: look.failed, Denied: look.used.denied,
				Took: look.used.took, TookMost: look.used.tookMost, Fuel: look.used.fuel, FuelMost: look.used.fuelMost, MemoryMost: look.used.memoryMost,
			},
			Pool:    console.Pool{Idle: look.stats.Pool.Idle, Busy: look.stats.Pool.Busy, Made: look.used.made, Dropped: look.used.dropped},
			Breaker: console.Breaker{State: look.breaker.state.String(), Streak: look.breaker.streak, Until: look.breaker.until},
			Reload:  console.Reload{Swapped: look.swapped},
		}
		if r := look.refusal; r != nil {
			p.Reload.Refused, p.Reload.Why = r.at, r.why
		}
		for _, f := range slices.Backward(look.failures) {
			p.Failures = append(p.Failures, console.PluginFailure{At: f.at, Kind: f.kind, Said: f.said})
		}
		list = append(list, p)
	}
	return list
}

// usersOf names the providers whose mappers call the plugin, in the order of
// the file.
func (o *Options) usersOf(plugin string) (names []string) {
	for _, name := range o.Config.ProviderOrder {
		for _, m := range o.Config.Providers[name].Mappers {
			if m.Plugin == plugin && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return slices.Clip(names)
}
