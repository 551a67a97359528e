// One declared plugin: its slot behind a breaker, and what is remembered of it
// for those who run the host.

package host

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
)

const keptFailures = 10

// The outcomes of a reload.
const (
	reloadSwapped = "swapped" // another module or declaration runs now
	reloadSame    = "same"    // nothing had changed
	reloadRefused = "refused" // it did not load, and the one before stays
)

// guard is what pipelines call. It is safe for concurrent use.
type guard struct {
	name    string
	slot    *plugin.Slot
	breaker breaker
	took    prometheus.Observer
	log     *slog.Logger
	now     func() time.Time

	reloading sync.Mutex // one at a time
	mu        sync.Mutex // of those below
	calls     uint64
	failed    map[string]uint64 // by kind
	failures  []pluginFailure   // the last ones
	used      used              // of the modules before
	present   *plugin.Plugin    // whose use is not in used yet
	reloads   map[string]uint64 // by outcome
	swapped   time.Time         // when the present module took its place; zero since the start
	refusal   *refusal          // of the last reload; nil when there was none
	seen      stamp             // of the file that was last read
	changing  stamp             // of the look before
}

// pluginFailure is one failed call. Said holds no text of the guest's and no
// claim's value.
type pluginFailure struct {
	at   time.Time
	kind string
	said string
}

// refusal is a reload that left the module before in place.
type refusal struct {
	at  time.Time
	why string
}

// guard opens the plugin called name.
func (o *Options) guard(ctx context.Context, r *plugin.Runtime, name string) (*guard, error) {
	config := o.plugin(name)
	g := &guard{
		name: name, failed: map[string]uint64{}, reloads: map[string]uint64{}, breaker: breaker{now: o.Now}, took: o.counters.pluginTook.WithLabelValues(name), log: o.Log, now: o.Now,
		seen: stampOf(config.Module), // before it is read: a later change must show
	}
	g.changing = g.seen
	var err error
	if g.slot, err = r.OpenSlot(ctx, config, g.reloaded); err != nil {
		return nil, err
	}
	g.present = g.slot.Plugin()
	return g, nil
}

// Map implements mapper.Plugin. A call that the breaker does not let through
// fails as every other failure of the plugin does.
func (g *guard) Map(ctx context.Context, in login.PluginCall) (result login.PluginResult, err error) {
	p, err := g.breaker.enter(in.Document.Person)
	if err != nil {
		g.count(err)
		login.Interrupted(ctx)
		step := login.Begin(ctx, "plugin "+g.name)
		return result, step.End(login.NewFault(login.CodePluginFailed, "plugin %s: %w", g.name, err))
	}
	how := saysNothing
	defer func() { g.left(ctx, p, how, err) }()
	began := time.Now()
	result, err = g.slot.Map(ctx, in)
	g.took.Observe(time.Since(began).Seconds())
	if byChance(err) {
		login.Interrupted(ctx)
	}
	if ctx.Err() == nil {
		how = outcomeOf(g.slot.Plugin().Info().Kind, err)
	}
	return result, err
}

// left tells the breaker and the memory how a call went.
func (g *guard) left(ctx context.Context, p pass, how outcome, err error) {
	g.count(err)
	before, after := g.breaker.leave(p, how)
	switch {
	case after == before:
	case after == breakerClosed:
		g.log.InfoContext(ctx, "a plugin works again and is asked at every login", "plugin", g.name)
	default:
		g.log.ErrorContext(ctx, "a plugin fails again and again and is left alone for a while", "plugin", g.name, "kind", kindOf(err), "pause", breakerPause)
	}
}

// count counts a call. The last failures are kept; those of the breaker would
// push out what opened it.
func (g *guard) count(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls++
	if err == nil {
		return
	}
	kind := kindOf(err)
	g.failed[kind]++
	if kind == kindBreaker {
		return
	}
	g.failures = append(g.failures, pluginFailure{g.now(), kind, saidOf(err)})
	if over := len(g.failures) - keptFailures; over > 0 {
		g.failures = slices.Delete(g.failures, 0, over)
	}
}

// settled reports whether the file looks other than when it was last read, and
// as it did at the look before. It says so once.
func (g *guard) settled(now stamp) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	still := now.same(g.changing)
	g.changing = now
	if !still || now.same(g.seen) {
		return false
	}
	g.seen = now
	return true
}

// reload loads what config declares beside the present plugin and swaps it in
// when it is another.
func (g *guard) reload(ctx context.Context, config plugin.Config) error {
	g.reloading.Lock()
	defer g.reloading.Unlock()
	look := stampOf(config.Module) // before it is read: a later change must show
	g.mu.Lock()
	g.seen = look
	g.mu.Unlock()
	return g.slot.Reload(ctx, config)
}

// reloaded hears of the end of every reload.
func (g *guard) reloaded(r plugin.Reloaded) {
	if r.Changed {
		g.breaker.reset()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refusal = nil
	outcome := reloadSame
	switch {
	case r.Err != nil:
		outcome, g.refusal = reloadRefused, &refusal{g.now(), loadFault(r.Err)}
	case r.Changed:
		outcome, g.swapped = reloadSwapped, g.now()
		g.used.add(usedBy(g.present))
		g.present = g.slot.Plugin()
	}
	g.reloads[outcome]++
}
