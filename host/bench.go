// What a workbench changes about compiling rules: other files, and plugins
// that are asked directly.

package host

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/plugin"
)

// bench holds what stands in place of configured files. A nil one, as a host
// has it, changes nothing.
type bench struct {
	policies map[string]string // policy files instead of the configured ones; nil for those
	plugins  map[string][]byte // modules instead of the configured ones, by the plugin's name
}

// source is where the given policies come from; nil when none are given.
func (b *bench) source(o *Options) *policySource {
	if b == nil || b.policies == nil {
		return nil
	}
	return &policySource{options: o, given: b.policies, since: o.Now()}
}

// benchModule is the name under which a given module stands among the bundled
// ones. No plugin of the binary is called so.
const benchModule = "given module of "

func (b *bench) bundled(own func(string) ([]byte, bool)) func(string) ([]byte, bool) {
	if b == nil {
		return own
	}
	return func(name string) ([]byte, bool) {
		if len(name) > len(benchModule) && name[:len(benchModule)] == benchModule {
			module, ok := b.plugins[name[len(benchModule):]]
			return module, ok
		}
		return own(name)
	}
}

// plugin is the declaration of the plugin called name, with the given module.
func (b *bench) plugin(name string, declared config.Plugin) config.Plugin {
	if b != nil && b.plugins[name] != nil {
		declared.Module, declared.SHA256 = "bundled:"+benchModule+name, ""
	}
	return declared
}

// guest is what a pipeline asks: in a host the guard, in a workbench the plugin
// itself. A breaker would let one login decide about another.
func (b *bench) guest(g *guard) mapper.Plugin {
	if b == nil || g == nil {
		return g
	}
	return direct{g}
}

// direct asks a plugin without its breaker.
type direct struct{ guard *guard }

func (d direct) Map(ctx context.Context, in login.PluginCall) (login.PluginResult, error) {
	result, err := d.guard.slot.Map(ctx, in)
	if note, ok := ctx.Value(interruptedKey{}).(*atomic.Bool); ok && byChance(err) {
		note.Store(true)
	}
	return result, err
}

type interruptedKey struct{}

// byChance reports whether time or load made a call fail, and not what the
// plugin was given.
func byChance(err error) bool {
	var limit *plugin.LimitError
	var notAsked *notAskedError
	return errors.As(err, &notAsked) || errors.Is(err, plugin.ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &limit) && (limit.Limit == "timeout" || limit.Limit == "concurrent")
}
