package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/plugins"
)

// rules is what operators and authors wrote, compiled.
type rules struct {
	runtime   *plugin.Runtime
	plugins   map[string]*guard
	pipelines map[string]*mapper.Pipeline // by provider
	policies  *policySource
	engine    *policy.Slot
}

// compile compiles plugins, mappers and policies, and reports every fault at
// once, as config.Faults. Compiled plugins are kept in the folder cache; ""
// keeps none.
func (o *Options) compile(ctx context.Context, replayKey []byte, cache string) (*rules, error) {
	r := &rules{plugins: map[string]*guard{}, pipelines: map[string]*mapper.Pipeline{}, policies: o.bench.source(o)}
	var err error
	r.runtime, err = plugin.NewRuntime(ctx, plugin.RuntimeConfig{
		CacheDir: cache, ReplayKey: replayKey, Bundled: o.bench.bundled(plugins.Bundled), BundledNames: plugins.Names(), Log: o.Log, Progress: o.pluginProgress, Offline: o.offline,
	})
	if err != nil {
		return nil, err
	}
	var errs []error
	errs = append(errs, o.openPlugins(ctx, r)...)
	for _, name := range o.Config.ProviderOrder {
		pipeline, err := o.pipeline(name, r, userInfoInUse(o.Config.Providers[name]))
		errs = append(errs, err)
		r.pipelines[name] = pipeline
	}
	engine, err := o.engine(ctx, r)
	errs = append(errs, err)
	if err := o.gather(errs); err != nil {
		return nil, errors.Join(err, r.runtime.Close(ctx))
	}
	for _, f := range o.unreached(engine) {
		o.Log.WarnContext(ctx, "a level that is required cannot be held", "fault", f.Error())
	}
	r.engine = policy.NewSlot(engine)
	return r, nil
}

// openPlugins opens as many plugins at once as there are processors: one from
// the cache keeps a single one busy.
func (o *Options) openPlugins(ctx context.Context, r *rules) (errs []error) {
	var group sync.WaitGroup
	var mu sync.Mutex
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for name := range o.Config.Plugins {
		if o.brokenPlugin(name) {
			continue
		}
		free <- struct{}{}
		group.Go(func() {
			defer func() { <-free }()
			g, err := o.guard(ctx, r.runtime, name)
			mu.Lock()
			defer mu.Unlock()
			r.plugins[name] = g
			errs = append(errs, o.pointAt(name, err))
		})
	}
	group.Wait()
	return errs
}

// cache is where compiled plugins are kept: beside the store.
func (o *Options) cache() string { return filepath.Join(filepath.Dir(o.Config.Store.Path), "cache") }

// gather is every fault of errs, sorted by place. An error without a place
// stands at the top of the file.
func (o *Options) gather(errs []error) error {
	var faults config.Faults
	for _, err := range errs {
		var list config.Faults
		if errors.As(err, &list) {
			faults = append(faults, list...)
		} else if err != nil {
			faults = append(faults, o.Config.FaultAt("", 0, "%v", err))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults.Sort()
}

// plugin is the declaration of the plugin called name.
func (o *Options) plugin(name string) plugin.Config {
	p := o.bench.plugin(name, o.Config.Plugins[name])
	return plugin.Config{
		Name: name, Module: p.Module, SHA256: p.SHA256, Sources: p.Sources, Config: []byte(p.Config), SkipOnError: p.OnError == "skip",
		Limits: plugin.Limits{
			Input: p.Limits.Input, Memory: p.Limits.Memory, Output: p.Limits.Output, Timeout: p.Limits.Timeout, Concurrent: p.Limits.Concurrent,
			Fuel: p.Limits.Fuel, FuelPerByte: p.Limits.FuelPerByte,
		},
	}
}

func (o *Options) pluginProgress(p plugin.Progress) {
	switch p.Stage {
	case plugin.StageCompiling:
		o.progress("compiling plugin " + p.Plugin)
	case plugin.StageReady:
		o.progress(fmt.Sprintf("plugin %s is ready (%.2f s)", p.Plugin, p.Took.Seconds()))
	}
}

// pointAt turns what was wrong with a plugin into faults of the file.
func (o *Options) pointAt(name string, err error) error {
	if err == nil {
		return nil
	}
	var faults config.Faults
	for _, e := range leaves(err) {
		var load *plugin.LoadError
		if errors.As(e, &load) {
			faults = append(faults, o.Config.FaultAt(cmp.Or(load.Key, "plugins."+name), 0, "%v", load.Err))
		} else {
			faults = append(faults, o.Config.FaultAt("plugins."+name, 0, "%v", e))
		}
	}
	return faults
}

// leaves are the errors that err joins.
func leaves(err error) (list []error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, leaves(e)...)
		}
		return list
	}
	return []error{err}
}

// brokenPlugin reports whether a fault is known without which the plugin
// cannot be loaded.
func (o *Options) brokenPlugin(name string) bool {
	for _, key := range []string{"module", "sha256", "sources", "config"} {
		if o.broken.Under("plugins." + name + "." + key) {
			return true
		}
	}
	return o.Config.Plugins[name].Module == ""
}

// reload compiles changed plugins and policies beside the present ones and
// swaps in those that load; the others stay as they are.
func (o *Options) reload(ctx context.Context, r *rules) error {
	var errs []error
	for name, g := range r.plugins {
		errs = append(errs, o.counters.reload("plugin", g.reload(ctx, o.plugin(name))))
	}
	_, err := r.policies.reload(ctx, r)
	return errors.Join(append(errs, err)...)
}
