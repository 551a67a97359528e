// What goes wrong while a policy decides, and what is counted of a decision.

package policy

import (
	"errors"
	"fmt"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/doorward/doorward/host/login"
)

// Problem is what OnFailure hears. It holds no claim value.
type Problem struct {
	Rule   string // file:line of the rule; empty when it is about all of them
	Kind   ProblemKind
	Detail string
}

// ProblemKind is what kind of Problem; the list is closed.
type ProblemKind string

// The kinds.
const (
	ProblemError    ProblemKind = "error"     // a builtin failed
	ProblemConflict ProblemKind = "conflict"  // two bodies of a helper gave different values
	ProblemDeadline ProblemKind = "deadline"  // a rule's time ran out
	ProblemSlow     ProblemKind = "slow"      // all rules together took more than half of the time; each is asked alone
	ProblemLimit    ProblemKind = "limit"     // a rule gave too many levels
	ProblemInput    ProblemKind = "input"     // the input was too large for any rule to be asked
	ProblemBadUntil ProblemKind = "bad_until" // a time that is none
	ProblemBadGrant ProblemKind = "bad_grant" // neither a path nor an object with level and until
)

// Error names the rule by its place.
func (p *Problem) Error() string {
	if p.Rule == "" {
		return p.Detail
	}
	return fmt.Sprintf("rule %s: %s", p.Rule, p.Detail)
}

// Counts says what became of the rules in one decision.
type Counts struct {
	Granted   int // gave at least one level that counts, unless a parent is missing
	Undefined int // gave nothing: a condition did not hold
	Failed    int // errors, conflicts, time and size
	Withheld  int // gave only what does not count, such as a level that has ended
}

// problemOf is what kind of failure err is.
func problemOf(err error) ProblemKind {
	var e *topdown.Error
	switch {
	case outOfTime(err):
		return ProblemDeadline
	case errors.As(err, &e) && e.Code == topdown.ConflictErr:
		return ProblemConflict
	}
	return ProblemError
}

// problems are the reasons that a policy's writer has to mend.
var problems = map[login.Reason]ProblemKind{
	login.ReasonBadUntil: ProblemBadUntil,
	login.ReasonBadGrant: ProblemBadGrant,
}
