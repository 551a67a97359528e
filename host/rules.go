package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/plugins"
)

// rules is what operators and authors wrote, compiled.
type rules struct {
	runtime   *plugin.Runtime
	plugins   map[string]*plugin.Slot
	pipelines map[string]*mapper.Pipeline // by provider
	engine    *policy.Slot
}

// compile compiles plugins, mappers and policies, and reports every fault at
// once, as config.Faults. Compiled plugins are kept in the folder cache; ""
// keeps none.
func (o *Options) compile(ctx context.Context, replayKey []byte, cache string) (*rules, error) {
	r := &rules{plugins: map[string]*plugin.Slot{}, pipelines: map[string]*mapper.Pipeline{}}
	var err error
	r.runtime, err = plugin.NewRuntime(ctx, plugin.RuntimeConfig{
		CacheDir: cache, ReplayKey: replayKey, Bundled: plugins.Bundled, Log: o.Log, Progress: o.pluginProgress,
	})
	if err != nil {
		return nil, err
	}
	var errs []error
	for name := range o.Config.Plugins {
		if o.brokenPlugin(name) {
			continue
		}
		slot, err := r.runtime.OpenSlot(ctx, o.plugin(name), nil)
		errs = append(errs, o.pointAt(name, err))
		r.plugins[name] = slot
	}
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
	r.engine = policy.NewSlot(engine)
	return r, nil
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
	p := o.Config.Plugins[name]
	return plugin.Config{
		Name: name, Module: p.Module, SHA256: p.SHA256, Sources: p.Sources, Config: []byte(p.Config), SkipOnError: p.OnError == "skip",
		Limits: plugin.Limits{
			Input: p.Limits.Input, Memory: p.Limits.Memory, Output: p.Limits.Output, Timeout: p.Limits.Timeout, Concurrent: p.Limits.Concurrent,
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

// pipeline compiles a provider's mappers; faults point into the file.
func (o *Options) pipeline(name string, r *rules, userInfo bool) (*mapper.Pipeline, error) {
	p := o.Config.Providers[name]
	c := mapper.Config{UserInfoInUse: userInfo, Protocol: p.Type}
	for i, m := range p.Mappers {
		switch {
		case o.broken.Under(mapperKey(name, i)):
			c.Rules = append(c.Rules, placeholder)
		case m.Direct != nil:
			c.Rules = append(c.Rules, mapper.Direct(*m.Direct))
		case m.Expression != nil:
			c.Rules = append(c.Rules, mapper.Expression(*m.Expression))
		default:
			c.Rules = append(c.Rules, o.pluginRule(m.Plugin, r.plugins[m.Plugin]))
		}
	}
	pipeline, err := mapper.New(c)
	if err == nil {
		return pipeline, nil
	}
	var faults config.Faults
	for _, e := range leaves(err) {
		var rule *mapper.RuleError
		if !errors.As(e, &rule) {
			return nil, e
		}
		faults = append(faults, o.mapperFault(name, rule))
	}
	return nil, faults
}

func mapperKey(provider string, index int) string {
	return fmt.Sprintf("providers.%s.mappers[%d]", provider, index)
}

// placeholder keeps the place of a mapper whose faults are known, so that the
// others keep theirs.
var placeholder = mapper.Direct{Attribute: "attributes.broken", Path: "sub"}

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

// pluginRule is the mapper that asks a plugin. A plugin that did not load has
// been reported; its rule stays so that the others keep their places.
func (o *Options) pluginRule(name string, slot *plugin.Slot) mapper.PluginRule {
	declared := o.Config.Plugins[name]
	rule := mapper.PluginRule{Name: name, Plugin: slot, SkipOnError: declared.OnError == "skip", Sources: declared.Sources}
	if slot != nil {
		meta := slot.Plugin().Info().Metadata
		rule.MayDeny = meta != nil && meta.Deny
	}
	return rule
}

// mapperFault points at the field that is wrong.
func (o *Options) mapperFault(provider string, e *mapper.RuleError) config.Fault {
	m := o.Config.Providers[provider].Mappers[e.Index]
	at := mapperKey(provider, e.Index)
	switch {
	case m.Direct != nil:
		at += ".direct." + e.Field
	case m.Expression != nil:
		at += ".expression." + e.Field
	}
	if e.Line > 0 {
		return o.Config.FaultInText(at, e.Line, e.Column, "%v", e.Err)
	}
	return o.Config.FaultAt(at, e.Column, "%v", e.Err)
}

// policies is what the engine is compiled from.
func (o *Options) policies(r *rules) (policy.Config, error) {
	c := policy.Config{
		Levels: map[string]policy.Level{}, DefaultPolicy: o.Config.Policies.Path == "",
		TokensInInput: o.Config.Policies.GrantTokens, Deadline: o.Config.Policies.Deadline,
		UserInfoAttributes: func(idp string) []string {
			return fromUserInfo(r.pipelines[idp])
		},
		OnFailure: func(err error) {
			o.counters.failures.Inc()
			o.Log.Error("a policy rule failed", "error", err)
		},
	}
	for path, l := range o.Config.Levels {
		c.Levels[path] = policy.Level(l)
	}
	for _, g := range o.Config.Grants {
		c.Grants = append(c.Grants, policy.Grant{Person: login.Person{IdP: g.IdP, Issuer: g.Issuer, Subject: g.Subject}, Levels: g.Levels})
	}
	if c.DefaultPolicy {
		return c, nil
	}
	var err error
	if c.Modules, err = policy.ReadDir(o.Config.Policies.Path); err != nil {
		return c, config.Faults{o.Config.FaultAt("policies.path", 0, "%v", err)}
	}
	if len(c.Modules) == 0 {
		return c, config.Faults{o.Config.FaultAt("policies.path", 0, "the folder holds no .rego file: put policies there, or remove the key to use the default policy")}
	}
	return c, nil
}

// fromUserInfo names the attributes that may rest on userInfo, as host/policy
// does: "" is any of them, as for the people of a provider that is gone.
func fromUserInfo(p *mapper.Pipeline) []string {
	if p == nil || slices.Contains(p.UserInfoAttributes(), "*") {
		return []string{""}
	}
	return append([]string{}, p.UserInfoAttributes()...)
}

func (o *Options) engine(ctx context.Context, r *rules) (*policy.Engine, error) {
	if o.broken.Under("policies") {
		return policy.New(ctx, policy.Config{})
	}
	c, err := o.policies(r)
	if err != nil {
		return nil, err
	}
	engine, err := policy.New(ctx, c)
	var wrong policy.Faults
	if !errors.As(err, &wrong) {
		return engine, err
	}
	var faults config.Faults
	for _, f := range wrong {
		if f.File == "" { // a level or a grant of the configuration
			if o.broken.Under("levels") || o.broken.Under("grants") {
				continue // said already
			}
			faults = append(faults, o.Config.FaultAt("levels", 0, "%s", f.Message))
			continue
		}
		faults = append(faults, config.Fault{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message})
	}
	if len(faults) == 0 {
		return policy.New(ctx, policy.Config{})
	}
	return nil, faults
}

// reload compiles changed plugins and policies beside the present ones and
// swaps in those that load; the others stay as they are.
func (o *Options) reload(ctx context.Context, r *rules) error {
	var errs []error
	for name, slot := range r.plugins {
		errs = append(errs, o.counters.reload("plugin", slot.Reload(ctx, o.plugin(name))))
	}
	c, err := o.policies(r)
	if err == nil {
		err = r.engine.Reload(ctx, c)
	}
	return errors.Join(append(errs, o.counters.reload("policy", err))...)
}

// userInfoInUse reports whether logins at p call a userinfo endpoint, as far
// as the configuration tells.
func userInfoInUse(p config.Provider) bool {
	switch p.UserInfo.Endpoint {
	case "off":
		return false
	case "auto":
		return !p.Explicit() || p.Endpoints.UserInfo != ""
	}
	return true
}
