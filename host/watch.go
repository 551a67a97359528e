// Watching the files of plugins and policies, so that changed ones run without
// a signal, and asking for the policies' bundle.

package host

import (
	"context"
	"math/rand/v2"
	"time"
)

// watchEvery is how often the files are looked at: one stat each.
const watchEvery = time.Second

// watch loads changed modules and policies until ctx is done.
func (h *Host) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.lookAtModules(ctx)
			if h.rules.policies.settled() {
				h.changePolicies(ctx)
			}
		}
	}
}

// poll asks for the policies' bundle until ctx is done, each time a little
// earlier or later, so that many hosts do not ask at once.
func (h *Host) poll(ctx context.Context, every time.Duration) {
	for {
		wait := every - every/10 + rand.N(every/5+1)
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
			h.changePolicies(ctx)
		}
	}
}

// changePolicies brings other policies into use, if there are any. What is
// refused is logged, counted and shown.
func (h *Host) changePolicies(ctx context.Context) {
	swapped, err := h.rules.policies.reload(ctx, h.rules)
	switch {
	case err != nil && ctx.Err() == nil:
		h.options.Log.ErrorContext(ctx, "policies: a change is refused, and those in use stay", "error", err)
	case swapped:
		h.web.LevelsChanged()
		h.options.Log.InfoContext(ctx, "policies: others are in use", "revision", h.rules.engine.Engine().Revision())
	}
}

// lookAtModules reloads the plugins whose file changed and then stayed as it
// is for one look: a file that is still being written is left alone. What does
// not load is logged, counted and shown, and is not tried again until the file
// changes again.
func (h *Host) lookAtModules(ctx context.Context) {
	for name, g := range h.rules.plugins {
		config := h.options.plugin(name)
		if isPath(config.Module) && g.settled(stampOf(config.Module)) {
			_ = h.options.counters.reload("plugin", g.reload(ctx, config))
		}
	}
}
