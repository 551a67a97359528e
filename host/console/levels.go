// The levels: what granted each one that is held, and why the others are not.

package console

import (
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
)

// heldLevel is a level that is held, and what granted it.
type heldLevel struct {
	Path, Description string
	Until             *moment // nil when it has no end
	By                string  // in words
	Rule, Title       string  // of the granting rule
}

// withheldLevel is a level that is not held, or a rule that did not count for
// one that is.
type withheldLevel struct {
	Path   string
	Reason login.Reason
	Why    string // the reason in words
	Rule   string
	Detail string
	Held   bool // by something else
}

// reasonNotGranted is the reason of a declared level that nothing tried to grant. It
// is the console's own word: a decision does not list such levels.
const reasonNotGranted login.Reason = "not_granted"

// reasons says what each reason means. The list is closed.
var reasons = map[login.Reason]string{
	reasonNotGranted:           "no rule granted it",
	login.ReasonUserInfoFailed: "the rule rests on userinfo, which was due and failed",
	login.ReasonSourceFailed:   "the rule rests on claim sources, which were due and failed",
	login.ReasonClaimsEnded:    "the rule rests on the provider's claims, which could not be refreshed in time",
	login.ReasonExpired:        "its time was past already",
	login.ReasonBadUntil:       "the rule gave an end that is no plausible time in Unix seconds",
	login.ReasonRuleError:      "the rule failed",
	login.ReasonBadGrant:       "the rule gave neither a path nor an object with level and until",
	login.ReasonUndeclared:     "the rule granted a path that levels: does not declare, or that only groups",
	login.ReasonBuiltin:        "the rule granted a built-in level, which only the host grants",
	login.ReasonParent:         "the level above it is not held",
	login.ReasonAnonymous:      "it lies inside Authenticated, and nobody is signed in",
	login.ReasonRoleName:       "a role whose name has a slash in it, or is too long, is no level",
	login.ReasonBudget:         "time or size ran out before the rule had an answer",
}

var grantors = map[login.By]string{
	login.ByHost:  "the host: it is built in",
	login.ByRole:  "a mapped role",
	login.ByGroup: "a level below it is held",
	login.ByRule:  "a rule",
	login.ByGrant: "a grant of the configuration to this person",
}

func (k *Console) levels(d login.Decision, now time.Time) (held []heldLevel, withheld []withheldLevel) {
	for _, l := range d.Levels {
		h := heldLevel{Path: l.Path, Description: k.config.Tree[l.Path].Description, By: grantors[l.By], Rule: l.Rule, Title: l.Title}
		if l.Until != 0 {
			h.Until = secondOf(l.Until)
		}
		held = append(held, h)
	}
	tried := map[string]bool{}
	for _, w := range d.Withheld {
		tried[w.Path] = true
		withheld = append(withheld, withheldLevel{
			Path: w.Path, Reason: w.Reason, Why: reasons[w.Reason], Rule: w.Rule, Detail: w.Detail, Held: d.Holds(w.Path, now),
		})
	}
	for _, path := range sortedKeys(k.config.Tree) {
		if !tried[path] && !d.Holds(path, now) {
			withheld = append(withheld, k.notGranted(path))
		}
	}
	slices.SortStableFunc(withheld, func(a, b withheldLevel) int { return strings.Compare(a.Path, b.Path) })
	return held, withheld
}

func (k *Console) notGranted(path string) withheldLevel {
	w := withheldLevel{Path: path, Reason: reasonNotGranted, Why: reasons[reasonNotGranted]}
	switch {
	case k.config.Tree[path].Group:
		w.Why = "no level below it is held"
	case strings.HasPrefix(path, "Authenticated/Roles/"):
		w.Why = "no mapped role has this name"
	case strings.HasPrefix(path, "SecurityZones/"):
		w.Why = "the request did not come from this zone"
	}
	return w
}
