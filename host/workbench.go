// The workbench: a configuration's rules without a store or a provider, for
// logins that are over.

package host

import (
	"context"
	"crypto/sha256"
	"os"
	"sync/atomic"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/record"
)

// WorkbenchOverrides names other files than the configured ones: a folder of
// policies in place of the configured policies, and a folder of modules (see
// ReadRuleFiles) in place of the plugins' own. Empty is as configured.
type WorkbenchOverrides struct{ Policies, Plugins string }

// Workbench is a configuration's mappers, plugins and policies, compiled as a
// host compiles them. It is safe for concurrent use.
type Workbench struct {
	options Options
	rules   *rules
	judged  map[string]record.Revisions // what a run of each provider's logins rests on
}

// OpenWorkbench compiles the rules of options.Config. It needs neither the
// store nor the host's key: plugins draw their randomness from a fixed key, so
// that a login file always gives the same. Its errors are New's.
func OpenWorkbench(ctx context.Context, options Options, overrides WorkbenchOverrides) (*Workbench, error) {
	files, err := ReadRuleFiles(options.Config, overrides.Policies, overrides.Plugins)
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte("doorward workbench"))
	return openWorkbench(ctx, options, files, key[:])
}

// openWorkbench is OpenWorkbench with the key that seeds plugins.
func openWorkbench(ctx context.Context, options Options, files RuleFiles, replayKey []byte) (*Workbench, error) {
	o := options.withDefaults()
	o.bench = &bench{policies: files.Policies, plugins: files.Plugins}
	cache := o.cache()
	if _, err := os.Stat(cache); err != nil {
		cache = "" // trying leaves nothing behind
	}
	w := &Workbench{options: o}
	var err error
	if w.rules, err = w.options.compile(ctx, replayKey, cache); err != nil {
		return nil, err
	}
	w.judged = w.revisions(replayKey)
	return w, nil
}

// Run maps the login of f and decides about it, by the very path of a login.
// The trace that ctx carries shows the steps. It returns the user as far as it
// was mapped; an error is or wraps a *login.Fault: provider_unknown, or one of
// mapper.Pipeline.Map and policy.Engine.Decide.
func (w *Workbench) Run(ctx context.Context, f login.File) (login.User, login.Decision, error) {
	doc := f.Document()
	return w.run(ctx, doc, func(user *login.User) login.Facts { return f.FactsOf(&doc, user) })
}

// Map maps the login of doc, and decides nothing. Its errors are those of Run.
func (w *Workbench) Map(ctx context.Context, doc login.Document) (login.User, error) {
	pipeline := w.rules.pipelines[doc.Login.IdP]
	if pipeline == nil {
		return login.User{}, login.NewFault(login.CodeProviderUnknown, "no provider is called %.64q; it is the login file's login.idp", doc.Login.IdP)
	}
	return pipeline.Map(ctx, doc)
}

func (w *Workbench) run(ctx context.Context, doc login.Document, facts func(*login.User) login.Facts) (login.User, login.Decision, error) {
	user, err := w.Map(ctx, doc)
	if err != nil {
		return login.User{}, login.Decision{}, err
	}
	decision, err := w.rules.engine.Decide(ctx, facts(&user))
	return user, decision, err
}

// Engine is the compiled policies.
func (w *Workbench) Engine() *policy.Engine { return w.rules.engine.Engine() }

// Close ends the plugins.
func (w *Workbench) Close(ctx context.Context) error { return w.rules.runtime.Close(ctx) }

// replay runs a recorded login again. skip says why it cannot be, and is empty
// otherwise.
func (w *Workbench) replay(ctx context.Context, r record.Record) (now record.Outcome, skip record.Reason, err error) {
	pipeline := w.rules.pipelines[r.File.Login.IdP]
	switch {
	case r.NotReplayable != "":
		return now, r.NotReplayable, nil
	case pipeline == nil:
		return now, record.ReasonNoProvider, nil
	case pipeline.ReadsTokens():
		return now, record.ReasonMapperTokens, nil
	case w.Engine().ReadsTokens():
		return now, record.ReasonPolicyTokens, nil
	}
	for range 2 { // once more when time or load took a hand in it
		var chance bool
		now, chance, err = w.once(ctx, r)
		if err != nil || !chance {
			return now, "", err
		}
	}
	return now, record.ReasonInterrupted, nil
}

func (w *Workbench) once(ctx context.Context, r record.Record) (now record.Outcome, chance bool, err error) {
	var interrupted atomic.Bool
	doc := r.Document()
	user, decision, err := w.run(context.WithValue(ctx, interruptedKey{}, &interrupted), doc, func(u *login.User) login.Facts { return r.Facts(&doc, u) })
	if ctx.Err() != nil {
		return now, false, ctx.Err()
	}
	chance = interrupted.Load()
	if err != nil {
		return record.OutcomeOf(&doc, nil, nil, err), chance, nil
	}
	if !r.Reached(decision) {
		err = login.NewFault(login.CodeLevelNotReached, "")
	}
	return record.OutcomeOf(&doc, &user, &decision, err), chance || record.OutOfTime(&decision), nil
}

// revisions are those of a run, by provider.
func (w *Workbench) revisions(replayKey []byte) map[string]record.Revisions {
	r := w.options.revisions(replayKey)
	r.Policy, r.Plugins = w.Engine().Revision(), map[string]string{}
	for name, g := range w.rules.plugins {
		r.Plugins[name] = g.slot.Plugin().Info().SHA256
	}
	all := map[string]record.Revisions{}
	for idp := range w.rules.pipelines {
		r.Mappers = w.options.mappersRevision(idp)
		all[idp] = r
	}
	return all
}
