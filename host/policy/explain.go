// Saying why: each level, what granted it, what tried, and where the rest
// failed.

package policy

import (
	"context"
	"fmt"
	"time"

	"github.com/doorward/doorward/host/login"
)

// ExplainFormat is the format member of an Explanation.
const ExplainFormat = "doorward.explain/v1"

const (
	explainFor     = 5 * time.Second // all rules together
	explainRuleFor = time.Second     // one rule
)

// Explanation says for each level whether it is held, and why. Its JSON is
// stable; docs/explain.md lists the members.
type Explanation struct {
	Format   string         `json:"format"`
	Revision string         `json:"revision"` // of the policies
	Now      int64          `json:"now"`      // Unix seconds of the decision
	SignedIn bool           `json:"signedIn"`
	Levels   []Explained    `json:"levels"`             // by path
	Computed []RuleReport   `json:"computed,omitempty"` // rules that compute their level and gave none, or none with a path
	Notes    []string       `json:"notes,omitempty"`
	Decision login.Decision `json:"decision"`
}

// Explained is one level.
type Explained struct {
	Path        string       `json:"path"`
	Description string       `json:"description,omitempty"`
	Held        bool         `json:"held"`
	Until       int64        `json:"until,omitempty"` // Unix seconds; zero for no end
	By          login.By     `json:"by,omitempty"`    // what granted it
	Rule        string       `json:"rule,omitempty"`  // file:line of the granting rule
	Title       string       `json:"title,omitempty"`
	Missing     string       `json:"missing,omitempty"` // the level above that is not held
	Reach       string       `json:"reach"`             // "reached", "cannot tell" or "unreached": whether anybody could ever hold it
	Lacking     string       `json:"lacking,omitempty"` // the level that nothing names, when it is not "reached"
	Why         []RuleReport `json:"why"`
}

// Verdict is what became of one rule, grant or role.
type Verdict string

// The verdicts.
const (
	Granted    Verdict = "granted"
	NotGranted Verdict = "withheld" // it tried, or its result does not count
	DidNotHold Verdict = "did_not_hold"
)

// RuleReport says what one rule, or the host, or a configured grant, did for a
// level.
type RuleReport struct {
	By      login.By      `json:"by"`
	Verdict Verdict       `json:"verdict"`
	Level   string        `json:"level,omitempty"` // empty for a rule that computes it
	File    string        `json:"file,omitempty"`
	Line    int           `json:"line,omitempty"`
	Column  int           `json:"column,omitempty"`
	Title   string        `json:"title,omitempty"`
	Until   int64         `json:"until,omitempty"` // what this rule gave, before its parent shortens it
	Reason  login.Reason  `json:"reason,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Person  *login.Person `json:"person,omitempty"` // of a configured grant
	Values  []Value       `json:"values,omitempty"`
	Failed  []Failure     `json:"failed,omitempty"` // the expression that failed in it
	Cut     string        `json:"cut,omitempty"`    // why the search for it ended early
}

// Failure is one expression that decided, and why.
type Failure struct {
	Kind    FailureKind `json:"kind"`
	File    string      `json:"file"`
	Line    int         `json:"line"`
	Column  int         `json:"column"`
	Text    string      `json:"text"`              // as written, at most 300 bytes
	In      string      `json:"in,omitempty"`      // the statement that it is a part of
	Message string      `json:"message,omitempty"` // of an error
	Values  []Value     `json:"values,omitempty"`
	Tries   int         `json:"tries,omitempty"`   // how many values it failed for, when several
	Because []Failure   `json:"because,omitempty"` // inside the helpers it calls; one for each of their bodies
}

// FailureKind says how an expression decided.
type FailureKind string

// The kinds.
const (
	IsFalse     FailureKind = "false"      // it did not hold
	IsUndefined FailureKind = "undefined"  // something it reads is not there
	IsError     FailureKind = "error"      // a builtin or a conflict
	Held        FailureKind = "held"       // it held, below a "not" or a conflict
	NoMatch     FailureKind = "no_match"   // the arguments do not fit the rule's head
	Unfinished  FailureKind = "unfinished" // it was being evaluated when time or steps ran out
)

// Value is what a reference, a variable or a call stood for. Value is Rego
// text of at most 200 bytes; Also holds others that were tried.
type Value struct {
	Name    string   `json:"name"`
	Value   string   `json:"value,omitempty"`
	Missing bool     `json:"missing,omitempty"` // Name is not there
	Also    []string `json:"also,omitempty"`
}

// Explain says why each of levels is held or not for facts; without levels, it
// says so for every declared level and every level that something granted. The
// level above one that is missing comes with it.
//
// It decides as Decide does, then asks each rule that granted nothing again,
// alone, and watches where it fails. That takes a hundred times longer than a
// decision: never call it for a login. The rules are watched with digests in
// the place of token strings, even when they are granted token strings. Claim
// values show, each at most 200 bytes. Time, steps and size are bounded; what
// was cut says so.
//
// The error is Faults when a level is not known, or a *login.Fault as of
// Decide. Explain is safe for concurrent use.
func (e *Engine) Explain(ctx context.Context, facts login.Facts, levels ...string) (Explanation, error) {
	if err := e.checkAsked(levels); err != nil {
		return Explanation{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, explainFor+e.cfg.Deadline)
	defer cancel()
	quiet := *e
	quiet.cfg.OnFailure, quiet.cfg.OnRules = func(error) {}, func(Counts) {} // it is no decision, and not counted
	b, outcomes, err := quiet.vote(ctx, facts)
	if err != nil {
		return Explanation{}, err
	}
	x := newExplainer(&quiet, facts, b.decision(), outcomes)
	return x.explain(ctx, levels), nil
}

func (e *Engine) checkAsked(levels []string) error {
	var faults Faults
	for _, path := range levels {
		switch {
		case e.tree.known(path):
		case builtin(path):
			faults = append(faults, Fault{Message: fmt.Sprintf("%q is no level: the name of a role or of a zone is one segment", path)})
		default:
			faults = append(faults, Fault{Message: e.tree.refuse(path)})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// vote decides as Decide does, without a trace.
func (e *Engine) vote(ctx context.Context, facts login.Facts) (*ballot, []outcome, error) {
	b := newBallot(e, facts)
	b.addBuiltin()
	outcomes := e.askAll(ctx, &login.Step{}, facts)
	if err := ctx.Err(); err != nil {
		return nil, nil, login.NewFault(login.CodePolicyFailed, "no time was left to explain: %w", err)
	}
	b.addOutcomes(outcomes)
	b.addGrants()
	return b, outcomes, nil
}
