package host

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/policy/bundle"
)

// policies is what the engine is compiled from: the files of s, or those of
// the bundle b of s. Tests that fail refuse them where they are required.
func (o *Options) policies(ctx context.Context, r *rules, s *policySource, b *bundle.Bundle) (policy.Config, error) {
	c := policy.Config{
		Levels:        map[string]policy.Level{},
		TokensInInput: o.Config.Policies.GrantTokens, Deadline: o.Config.Policies.Deadline,
		Mapped: func(idp, source string) []string {
			return mappedFrom(r.pipelines[idp], source)
		},
		OnFailure: func(err error) {
			o.counters.failed(err)
			o.Log.Error("a policy rule failed", "error", err)
		},
		OnRules: o.counters.ruled(),
	}
	for path, l := range o.Config.Levels {
		c.Levels[path] = policy.Level(l)
	}
	c.Providers = slices.AppendSeq([]string{}, maps.Keys(o.Config.Providers))
	c.Zones = slices.AppendSeq([]string{}, maps.Keys(o.Config.Zones))
	c.Applications = slices.AppendSeq([]string{}, maps.Keys(o.Config.Applications))
	for _, g := range o.Config.Grants {
		c.Grants = append(c.Grants, policy.Grant{Person: login.Person{IdP: g.IdP, Issuer: g.Issuer, Subject: g.Subject}, Levels: g.Levels})
	}
	var err error
	if c.Modules, err = s.modules(b); err != nil {
		return c, err
	}
	c.DefaultPolicy = c.Modules == nil
	return c, s.tested(ctx, c.Modules)
}

func (o *Options) engine(ctx context.Context, r *rules) (*policy.Engine, error) {
	if o.broken.Under("policies") {
		return policy.New(ctx, policy.Config{})
	}
	if r.policies == nil {
		var err error
		if r.policies, err = o.policySource(ctx); err != nil {
			return nil, err
		}
	}
	engine, err := o.compilePolicies(ctx, r)
	if err != nil && r.policies.fallBack(ctx, err) {
		engine, err = o.compilePolicies(ctx, r)
	}
	return engine, err
}

func (o *Options) compilePolicies(ctx context.Context, r *rules) (*policy.Engine, error) {
	var engine *policy.Engine
	c, err := o.policies(ctx, r, r.policies, r.policies.bundle())
	if err == nil {
		engine, err = policy.New(ctx, c)
	}
	if err == nil {
		r.policies.use(c.Modules)
	}
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
