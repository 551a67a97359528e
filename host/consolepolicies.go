// What the console is told of the policies in use, and of recorded logins.

package host

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"time"

	"github.com/doorward/doorward/host/console"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/mapper"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/record"
)

// policies are those in use, as the console shows them.
func (h *Host) policies() console.Policies {
	cfg, s := h.options.Config, h.rules.policies
	s.mu.Lock()
	p := console.Policies{
		Source: console.SourceFolder, From: cfg.Policies.Path, Since: s.since, Files: maps.Clone(s.files),
		RequireTests: cfg.Policies.RequireTests, GrantTokens: cfg.Policies.GrantTokens, Deadline: cfg.Policies.Deadline,
	}
	if s.refused != nil {
		p.Refused = readable(s.refused)
	}
	inUse := s.inUse
	s.mu.Unlock()
	switch {
	case cfg.Policies.Bundle != nil:
		p.Source, p.From = console.SourceBundle, cfg.Policies.Bundle.URL
		if inUse != nil {
			p.Bundle = inUse.Revision
		}
	case p.Files == nil:
		p.Source, p.From, p.Files = console.SourceDefault, "", shippedPolicy()
	}
	if p.Deadline == 0 {
		p.Deadline = 500 * time.Millisecond
	}
	for _, g := range cfg.Grants {
		at, _ := h.grants.matched(grantee(g))
		p.Grants = append(p.Grants, console.Grant{Person: grantee(g), Levels: g.Levels, Matched: at})
	}
	return p
}

// shippedPolicy is the default policy, by the names that decisions show.
func shippedPolicy() map[string]string {
	files := map[string]string{}
	names, _ := fs.Glob(policy.Shipped(), "default/*.rego") // the pattern is fine
	for _, name := range names {
		if text, err := fs.ReadFile(policy.Shipped(), name); err == nil {
			files["doorward:"+name] = string(text)
		}
	}
	return files
}

// recorded is the recorded login called id.
func (h *Host) recorded(ctx context.Context, id string) (record.Record, error) {
	if err := h.recorder.Flush(ctx); err != nil {
		return record.Record{}, err
	}
	read, err := h.recorder.Find(ctx, id)
	return read.Record, errors.Join(err, read.Err)
}

// replayFor runs what the console asks for.
func (h *Host) replayFor(ctx context.Context, r console.Replay) (record.Report, error) {
	report, err := h.Replay(ctx, ReplayRequest{RuleFiles: RuleFiles{Policies: r.Policies}, Since: r.Since, ForbidLoss: r.ForbidLoss})
	if ctx.Err() != nil {
		return report, context.Canceled
	}
	return report, err
}

// try decides about a login with a policy that was typed in. Whatever the
// configuration says, the policy sees digests in the place of token strings.
// Plugins are asked without their breakers: what somebody tries here decides
// about nobody's login.
func (h *Host) try(ctx context.Context, t console.Trial) (tried console.Tried, err error) {
	t.File.Sources = t.File.Sources.Redacted() // who pastes a document may have left its tokens in
	engine, err := h.typed(ctx, t)
	if err != nil {
		return tried, err
	}
	tried.Warnings = engine.Warnings()
	doc := t.File.Document()
	var user login.User
	if user, tried.Mapped, err = h.mapTyped(ctx, doc); err != nil {
		tried.Refused = err
		return tried, ctx.Err()
	}
	tried.User = user.Masked(doc.Sources.Secrets())
	tried.Explanation, err = engine.Explain(ctx, t.File.FactsOf(&doc, &user))
	if err != nil {
		return tried, errors.New("there was no time left to decide")
	}
	return tried, nil
}

// typed compiles the policies in use with the typed file among them.
func (h *Host) typed(ctx context.Context, t console.Trial) (*policy.Engine, error) {
	cfg := *h.options.Config
	cfg.Policies.GrantTokens, cfg.Policies.RequireTests = false, false
	o := h.options
	o.Config = &cfg
	_, files := h.policies().With(t.Name, t.Text)
	c, err := o.policies(ctx, h.rules, &policySource{options: &o, given: files}, nil)
	if err != nil {
		return nil, err
	}
	c.OnFailure = nil // it is nobody's decision: neither counted nor logged
	c.Deadline = min(c.Deadline, typedDeadline)
	if c.Deadline == 0 {
		c.Deadline = typedDeadline
	}
	engine, err := policy.New(ctx, c)
	var faults policy.Faults
	if err != nil && !errors.As(err, &faults) {
		return nil, errors.New("there was no time left to compile the policy")
	}
	return engine, err
}

const typedDeadline = 500 * time.Millisecond

// mapTyped makes the user of a document: by the mappers of its provider, or of
// the standard claims when no provider is called so.
func (h *Host) mapTyped(ctx context.Context, doc login.Document) (user login.User, mapped bool, err error) {
	pipeline := h.unguarded[doc.Login.IdP]
	mapped = pipeline != nil
	if !mapped {
		if pipeline, err = mapper.New(mapper.Config{Protocol: doc.Login.Protocol}); err != nil {
			return user, false, err
		}
	}
	user, err = pipeline.Map(ctx, doc)
	return user, mapped, err
}

// openUnguarded compiles the mappers of every provider again, with plugins that
// are asked directly, where there is a playground to ask them.
func (h *Host) openUnguarded() error {
	if c := h.options.Config.Console; c == nil || c.Playground == "" {
		return nil
	}
	h.unguarded = map[string]*mapper.Pipeline{}
	o := h.options
	o.bench = &bench{}
	for _, name := range o.Config.ProviderOrder {
		pipeline, err := o.pipeline(name, h.rules, userInfoInUse(o.Config.Providers[name]))
		if err != nil {
			return err
		}
		h.unguarded[name] = pipeline
	}
	return nil
}
