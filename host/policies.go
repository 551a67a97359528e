package host

import (
	"context"
	"errors"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
)

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
