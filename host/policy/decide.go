// One decision: candidates from the host, the rules and the grants, then the
// tree's say.

package policy

import (
	"context"

	"github.com/doorward/doorward/host/login"
)

// Decide says which levels facts hold now, and implements login.Levels.
//
// Whatever fails withholds: when the input is too large or the time runs out,
// the levels that no rule decides (built in, granted to the person) are held
// and the rest is withheld with its reason, without an error; OnFailure and
// the trace hear of it, and the Decision is Volatile so that it is asked again.
// The error is not nil, and a *login.Fault, only when ctx is over before
// anything was decided.
func (e *Engine) Decide(ctx context.Context, facts login.Facts) (login.Decision, error) {
	step := login.Begin(ctx, "policy")
	if err := ctx.Err(); err != nil {
		return login.Decision{}, step.End(login.NewFault(login.CodePolicyFailed, "no time was left to decide: %w", err))
	}
	b := newBallot(e, facts)
	b.addBuiltin()
	outcomes := e.askAll(ctx, step, facts)
	if err := ctx.Err(); err != nil {
		return login.Decision{}, step.End(login.NewFault(login.CodePolicyFailed, "the request ended meanwhile: %w", err))
	}
	e.cfg.OnRules(b.addOutcomes(outcomes))
	b.addGrants()
	decision := b.decision()
	step.In("rules", len(e.rules))
	step.Out("revision", decision.Revision)
	return decision, step.End(nil)
}

// askAll returns an outcome for every rule, in their order.
func (e *Engine) askAll(ctx context.Context, step *login.Step, facts login.Facts) []outcome {
	if len(e.rules) == 0 {
		return nil
	}
	input, err := e.inputTerm(facts)
	if err != nil {
		step.Note("no rule was asked: " + err.Error())
		e.cfg.OnFailure(&Problem{Kind: ProblemInput, Detail: err.Error()})
		outcomes := make([]outcome, len(e.rules))
		for i := range outcomes {
			outcomes[i] = outcome{reason: login.ReasonBudget, detail: err.Error()}
		}
		return outcomes
	}
	outcomes, err := e.evaluate(ctx, input, facts.Now)
	if err != nil {
		step.Note("each rule was asked alone: " + safe(err))
	}
	return outcomes
}
