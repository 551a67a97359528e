// Where policies come from: the default ones, a folder, or a signed bundle;
// and how another version of them comes into use.

package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/policy/bundle"
	"github.com/doorward/doorward/host/token"
)

// policySource is what the policies in use were read from. It is safe for
// concurrent use.
type policySource struct {
	options *Options
	bundles *bundle.Source    // nil without a bundle
	given   map[string]string // of a workbench: these and no others

	reloading sync.Mutex // one at a time

	mu      sync.Mutex
	inUse   *bundle.Bundle    // nil without a bundle
	files   map[string]string // in use, tests included; nil for the default policy
	kept    *bundle.Bundle    // of an earlier run, until the start is over
	refused error             // the last attempt to bring in other policies
	since   time.Time         // of the policies in use
	before  stamps            // of the folder, at the last look
	changed bool              // the folder had changed at the last look
}

// policySource opens where policies come from. Of a bundle it takes the
// server's, or else the one that an earlier run kept.
func (o *Options) policySource(ctx context.Context) (*policySource, error) {
	s := &policySource{options: o, since: o.Now()}
	b := o.Config.Policies.Bundle
	if b == nil || o.broken.Under("policies.bundle") {
		s.before = stampsOf(o.Config.Policies.Path)
		return s, nil
	}
	var err error
	s.bundles, err = bundle.New(bundle.Config{
		URL: b.URL, JWKS: b.JWKS, Scope: b.Scope, Token: token.Secret(b.Token.Reveal()),
		Keep: filepath.Join(filepath.Dir(o.Config.Store.Path), "policies.tar.gz"), Transport: o.Transport,
	})
	if err != nil {
		return nil, config.Faults{o.Config.FaultAt("policies.bundle.jwks_file", 0, "%v", err)}
	}
	return s, s.first(ctx)
}

// first finds the bundle to start with.
func (s *policySource) first(ctx context.Context) error {
	kept, err := s.bundles.Kept()
	if err != nil {
		s.options.Log.WarnContext(ctx, "policies: the kept bundle does not count", "error", err)
	}
	s.inUse = kept
	if s.options.offline {
		if kept == nil {
			return config.Faults{s.options.Config.FaultAt("policies.bundle.url", 0, "no bundle is kept from an earlier run, so offline there is none to look at")}
		}
		return nil
	}
	s.options.progress("fetching the policies' bundle")
	fetched, err := s.bundles.Fetch(ctx)
	switch {
	case err != nil && kept == nil:
		return config.Faults{s.options.Config.FaultAt("policies.bundle.url", 0, "%v", err)}
	case err != nil:
		s.refused = err
		s.options.Log.WarnContext(ctx, "policies: the bundle of an earlier run is used", "revision", kept.Revision, "error", err)
	case fetched != nil:
		s.inUse, s.kept = fetched, kept
	}
	return nil
}

// fallBack goes back to the bundle of an earlier run, when the server's does
// not load because of err and there is one.
func (s *policySource) fallBack(ctx context.Context, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return false
	}
	s.options.Log.WarnContext(ctx, "policies: the bundle is refused, and that of an earlier run is used", "revision", s.kept.Revision, "error", err)
	s.bundles.Refuse(s.inUse)
	s.inUse, s.kept, s.refused = s.kept, nil, err
	return true
}

// started notes that the policies that were found first are in use. A bundle
// is kept from then on.
func (s *policySource) started(ctx context.Context) {
	if s.bundles != nil {
		s.accept(ctx, s.inUse)
	}
}

func (s *policySource) accept(ctx context.Context, b *bundle.Bundle) {
	if err := s.bundles.Accept(b); err != nil {
		s.options.Log.WarnContext(ctx, "policies: the bundle cannot be kept for the next start", "error", err)
	}
}

// modules is the policy files, tests included; nil for the default policy.
// Its errors are config.Faults.
func (s *policySource) modules(b *bundle.Bundle) (map[string]string, error) {
	o := s.options
	switch {
	case s.given != nil:
		return s.given, nil
	case b != nil:
		return b.Modules, nil
	case o.Config.Policies.Path == "":
		return nil, nil
	}
	modules, err := policy.ReadDir(o.Config.Policies.Path)
	if err != nil {
		return nil, config.Faults{o.Config.FaultAt("policies.path", 0, "%v", err)}
	}
	if len(modules) == 0 {
		return nil, config.Faults{o.Config.FaultAt("policies.path", 0, "the folder holds no .rego file: put policies there, or remove the key to use the default policy")}
	}
	return modules, nil
}

// tested refuses policies without passing tests, where the configuration asks
// for them.
func (s *policySource) tested(ctx context.Context, modules map[string]string) error {
	o := s.options
	if !o.Config.Policies.RequireTests || modules == nil {
		return nil
	}
	report, err := policy.TestModules(ctx, modules)
	if err != nil {
		return err
	}
	if report.OK() {
		return nil
	}
	if report.Failed == 0 {
		return config.Faults{o.Config.FaultAt("policies.require_tests", 0, "the policies have no tests: write rules called test_… in files whose names end in _test.rego, or remove the key")}
	}
	var faults config.Faults
	for _, r := range report.Results {
		if r.Failure != "" {
			faults = append(faults, config.Fault{File: r.File, Line: r.Line, Column: 1, Message: "the test " + r.Name + " failed, and policies.require_tests refuses policies whose tests fail"})
		}
	}
	return faults
}

// reload brings other policies into use: the folder as it is now, or the
// server's bundle when it is another one. It reports whether it did. What is
// refused leaves those in use.
func (s *policySource) reload(ctx context.Context, r *rules) (swapped bool, err error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	next := s.bundle()
	if s.bundles != nil {
		if next, err = s.bundles.Fetch(ctx); err != nil {
			return false, s.note(fmt.Errorf("policies.bundle: %w", err))
		}
		if next == nil {
			s.settle()
			return false, nil
		}
	}
	if err := s.swap(ctx, r, next); err != nil {
		if next != nil {
			s.bundles.Refuse(next)
		}
		return false, s.note(err)
	}
	if next != nil {
		s.accept(ctx, next)
	}
	s.mu.Lock()
	s.inUse, s.since = next, s.options.Now()
	s.mu.Unlock()
	return true, s.note(nil)
}

// settle forgets a refusal when the server has the bundle in use, again or
// still; what it has that was refused stays refused.
func (s *policySource) settle() {
	if s.bundles.Refusing() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = nil
}

func (s *policySource) swap(ctx context.Context, r *rules, b *bundle.Bundle) error {
	c, err := s.options.policies(ctx, r, s, b)
	if err != nil {
		return err
	}
	if err := r.engine.Reload(ctx, c); err != nil {
		return err
	}
	s.use(c.Modules)
	return nil
}

// use notes the files that the engine in use was compiled from.
func (s *policySource) use(files map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
}

func (s *policySource) bundle() *bundle.Bundle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inUse
}

// note counts and remembers how an attempt went, and returns err.
func (s *policySource) note(err error) error {
	s.mu.Lock()
	s.refused = err
	s.mu.Unlock()
	return s.options.counters.reload("policy", err)
}

// settled reports whether the folder changed and then stayed as it is for one
// look. It is for one goroutine.
func (s *policySource) settled() bool {
	if s.bundles != nil || s.options.Config.Policies.Path == "" {
		return false
	}
	now := stampsOf(s.options.Config.Policies.Path)
	same := now.same(s.before)
	s.before = now
	settled := s.changed && same
	s.changed = !same
	return settled
}

// readable is err in one line, for /readyz and the console.
func readable(err error) string {
	var faults config.Faults
	text := err.Error()
	if errors.As(err, &faults) && len(faults) > 0 {
		text = faults[0].Error()
	}
	first, rest, more := strings.Cut(text, "\n")
	if more {
		return fmt.Sprintf("%s (and %d more)", first, 1+strings.Count(rest, "\n"))
	}
	return first
}
