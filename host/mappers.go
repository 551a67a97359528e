package host

import (
	"errors"
	"fmt"
	"slices"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/mapper"
)

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

// pluginRule is the mapper that asks a plugin. A plugin that did not load has
// been reported; its rule stays so that the others keep their places.
func (o *Options) pluginRule(name string, g *guard) mapper.PluginRule {
	declared := o.Config.Plugins[name]
	rule := mapper.PluginRule{Name: name, Plugin: o.bench.guest(g), SkipOnError: declared.OnError == "skip", Sources: declared.Sources}
	if g != nil {
		meta := g.slot.Plugin().Info().Metadata
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

// mappedFrom names the attributes that may rest on source, as host/policy does:
// "" is any of them, as for the people of a provider that is gone.
func mappedFrom(p *mapper.Pipeline, source string) []string {
	if p == nil {
		return []string{""}
	}
	names := p.AttributesFrom(source)
	if slices.Contains(names, "*") {
		return []string{""}
	}
	return names
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
