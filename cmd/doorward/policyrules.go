// The rules that policy check, eval, explain and bench ask.

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/policy"
)

// policyRules is what decides: a configuration's mappers and policies, or
// policies alone.
type policyRules struct {
	cfg   *config.Config
	bench *host.Workbench // nil without a configuration
	alone *policy.Engine  // nil with one
}

// open compiles the rules that the flags name. Without a configuration it says
// on standard error what that means.
func (f *policyFlags) open(c *cobra.Command, without string) (*policyRules, error) {
	cfg, err := f.load(c)
	if err != nil {
		return nil, err
	}
	if cfg == nil {
		engine, err := f.engine(c.Context())
		if err != nil {
			return nil, policyFaults(c, err)
		}
		fmt.Fprintf(c.ErrOrStderr(), "there is no %s: %s looked at alone, %s\n", f.config, policiesIn(f.policies), without)
		return &policyRules{alone: engine}, nil
	}
	if f.policies != "" {
		if _, err := readPolicies(f.policies); err != nil {
			return nil, err
		}
	}
	bench, err := host.OpenWorkbench(c.Context(), host.Options{Config: cfg}, host.WorkbenchOverrides{Policies: f.policies})
	if err != nil {
		return nil, faults(c, err)
	}
	return &policyRules{cfg: cfg, bench: bench}, nil
}

// engine compiles the policies alone.
func (f *policyFlags) engine(ctx context.Context) (*policy.Engine, error) {
	pc := policy.Config{DeclareGranted: true, DefaultPolicy: f.policies == ""}
	if f.policies != "" {
		var err error
		if pc.Modules, err = readPolicies(f.policies); err != nil {
			return nil, err
		}
	}
	return policy.New(ctx, pc)
}

// readPolicies reads the policy files of a folder, of which there is one at
// least.
func readPolicies(folder string) (map[string]string, error) {
	modules, err := policy.ReadDir(folder)
	if err != nil {
		return nil, noFolder(err)
	}
	if len(modules) == 0 {
		return nil, fmt.Errorf("%s holds no .rego file; make one with doorward policy new NAME --dir %s", folder, folder)
	}
	return modules, nil
}

// noFolder says what to do when err is that a folder is not there.
func noFolder(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s; write the one that holds the policies, or make it with doorward policy new NAME --dir %s", path.Path, path.Path)
	}
	return err
}

// policyFaults prints each fault of policies on a line of its own. Those of no
// file, such as an unknown level, are the error.
func policyFaults(c *cobra.Command, err error) error {
	var list policy.Faults
	if !errors.As(err, &list) {
		return err
	}
	var all config.Faults
	var plain []error
	for _, f := range list {
		if f.File == "" {
			plain = append(plain, errors.New(f.Message))
			continue
		}
		all = append(all, config.Fault{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message})
	}
	if len(all) == 0 {
		return errors.Join(plain...)
	}
	return errors.Join(append(plain, faults(c, all))...)
}

func (r *policyRules) engine() *policy.Engine {
	if r.bench != nil {
		return r.bench.Engine()
	}
	return r.alone
}

func (r *policyRules) close(ctx context.Context) error {
	if r.bench == nil {
		return nil
	}
	return r.bench.Close(ctx)
}

// user maps g's login, as a login does.
func (r *policyRules) user(ctx context.Context, g given) (user login.User, err error) {
	if r.bench != nil {
		user, err = r.bench.Map(ctx, g.doc)
	} else {
		var standard *mapper.Pipeline
		if standard, err = mapper.New(mapper.Config{Protocol: g.doc.Login.Protocol}); err == nil {
			user, err = standard.Map(ctx, g.doc)
		}
	}
	var fault *login.Fault
	switch {
	case errors.As(err, &fault) && fault.Code == login.CodeProviderUnknown:
		return user, fmt.Errorf("no provider is called %.64q, which the login file's login.idp names; write the name of a configured one there", g.doc.Login.IdP)
	case err != nil:
		return user, fmt.Errorf("the host refuses this login before it asks a policy: %w", err)
	}
	return user, nil
}

// withLogin opens the rules and the login that the flags name, and hands the
// facts of a decision to do.
func withLogin(c *cobra.Command, rules *policyFlags, of *loginFlags, do func(r *policyRules, g given, facts login.Facts) error) (err error) {
	if err := of.valid(); err != nil {
		return err
	}
	r, err := rules.open(c, "every level that a rule names counts as declared, and users have their standard attributes")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close(c.Context())) }()
	g, err := of.read(c, r.cfg)
	if err != nil {
		return err
	}
	user, err := r.user(c.Context(), g)
	if err != nil {
		return err
	}
	return do(r, g, g.file.FactsOf(&g.doc, &user))
}
