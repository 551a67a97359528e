// Watching the files of plugins, so that a changed one runs without a signal.

package host

import (
	"context"
	"time"
)

// watchEvery is how often the files are looked at: one stat each.
const watchEvery = time.Second

// watch loads changed modules until ctx is done.
func (h *Host) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.lookAtModules(ctx)
		}
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
