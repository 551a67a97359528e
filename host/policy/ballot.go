// Collecting what was granted and withheld, before the tree is consulted.

package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/login"
)

// ballot gathers candidates for one decision.
type ballot struct {
	e          *Engine
	facts      login.Facts
	now        int64
	candidates []login.Level // a level may stand there more than once
	withheld   map[login.Withheld]bool
	missing    []missing
	retry      bool // time or size ran out: ask again soon
}

const (
	maxWithheld = 1000
	tenYears    = 10 * 366 * 24 * 60 * 60 // seconds
)

func newBallot(e *Engine, facts login.Facts) *ballot {
	b := &ballot{e: e, facts: facts, now: facts.Now.Unix(), candidates: make([]login.Level, 0, 8)}
	if facts.Document != nil {
		for _, source := range facts.Document.Missing {
			b.missing = append(b.missing, e.missing(facts.Document.Login.IdP, source))
		}
	}
	return b
}

// addBuiltin adds what the host alone decides: Authenticated, roles, zones.
func (b *ballot) addBuiltin() {
	for _, zone := range b.facts.Request.Zones {
		if oneSegment(zone) {
			b.add(login.Level{Path: zones + "/" + zone, By: login.ByHost})
		}
	}
	if b.facts.Document == nil {
		return
	}
	b.add(login.Level{Path: authenticated, By: login.ByHost})
	if b.facts.User == nil {
		return
	}
	for _, role := range b.facts.User.Roles {
		path := roles + "/" + role
		if reason, source := b.lacks(rolesNeed); reason != "" { // a role may be there because something was not said
			b.withhold(login.Withheld{Path: path, Reason: reason, Detail: "the roles rest on " + source + ", which could not be had"})
			continue
		}
		if !oneSegment(role) || len(path) > maxPath {
			b.withhold(login.Withheld{Path: path, Reason: login.ReasonRoleName, Detail: "a role's name is one segment of a path"})
			continue
		}
		b.addUntil(login.Level{Path: path, By: login.ByRole}, b.claimsEnd(rolesNeed))
	}
}

// rolesNeed is what the levels of roles read.
var rolesNeed = needs{attributes: []string{"roles"}}

// addGrants adds what the configuration gives to this person.
func (b *ballot) addGrants() {
	if b.facts.Document == nil {
		return
	}
	for _, path := range b.e.grants[b.facts.Document.Person] {
		b.add(login.Level{Path: path, By: login.ByGrant})
	}
}

// addOutcomes adds what every rule yielded, in their order.
func (b *ballot) addOutcomes(outcomes []outcome) (counts Counts) {
	for i, r := range b.e.rules {
		before := len(b.candidates)
		b.addOutcome(r, outcomes[i])
		switch {
		case len(b.candidates) > before:
			counts.Granted++
		case outcomes[i].reason != "":
			counts.Failed++
		case len(outcomes[i].members) == 0:
			counts.Undefined++
		default:
			counts.Withheld++
		}
	}
	return counts
}

// addOutcome adds what one rule yielded.
func (b *ballot) addOutcome(r *rule, o outcome) {
	if reason, source := b.lacks(r.needs); reason != "" {
		b.withhold(login.Withheld{Path: r.level, Reason: reason, Rule: r.where, Detail: "the rule rests on " + source + ", which could not be had"})
		return
	}
	if o.reason != "" {
		b.retry = b.retry || o.reason == login.ReasonBudget
		b.withhold(login.Withheld{Path: r.level, Reason: o.reason, Rule: r.where, Detail: o.detail})
		return
	}
	for _, member := range o.members {
		b.addMember(r, member)
	}
}

// addMember adds one member of grant: a path, or a path and its end.
func (b *ballot) addMember(r *rule, member *ast.Term) {
	w := login.Withheld{Path: r.level, Rule: r.where}
	path, until, wrong := readMember(member)
	if wrong != "" {
		w.Reason, w.Detail = login.ReasonBadGrant, wrong
		b.refuse(w)
		return
	}
	w.Path = path
	if w.Reason, w.Detail = b.judge(path, until); w.Reason != "" {
		b.refuse(w)
		return
	}
	level := login.Level{Path: path, By: login.ByRule, Rule: r.where, Title: r.title}
	if until != nil {
		level.Until, _ = wholeSeconds(until)
	}
	b.addUntil(level, b.claimsEnd(r.needs))
}

// refuse withholds what a rule gave, and reports what its writer has to mend.
func (b *ballot) refuse(w login.Withheld) {
	b.withhold(w)
	if kind, ok := problems[w.Reason]; ok {
		b.e.cfg.OnFailure(&Problem{Rule: w.Rule, Kind: kind, Detail: w.Detail})
	}
}

// judge says why a rule's grant of path until then does not count.
func (b *ballot) judge(path string, until *ast.Term) (login.Reason, string) {
	switch {
	case builtin(path):
		return login.ReasonBuiltin, "built-in levels cannot be ruled"
	case b.e.tree.refuse(path) != "":
		return login.ReasonUndeclared, "the level is not declared, or only groups"
	case until == nil:
		return "", ""
	}
	end, ok := wholeSeconds(until)
	switch {
	case !ok:
		return login.ReasonBadUntil, "until is no whole number of Unix seconds"
	case end > b.now+tenYears:
		return login.ReasonBadUntil, "until is more than ten years ahead: it looks like " + unitOf(end)
	case end <= b.now:
		return login.ReasonExpired, fmt.Sprintf("ended %d s ago", b.now-end)
	}
	return "", ""
}

func unitOf(end int64) string {
	switch {
	case end >= 1e17:
		return "nanoseconds; write seconds"
	case end >= 1e14:
		return "microseconds; write seconds"
	case end >= 1e11:
		return "milliseconds; write seconds"
	}
	return "no time of a login; leave until out for a level without an end"
}

func (b *ballot) add(level login.Level) { b.candidates = append(b.candidates, level) }

// settled lists the candidates by path, each with its latest end; no end beats a
// time, and of two alike the first stays.
func (b *ballot) settled() []login.Level {
	slices.SortStableFunc(b.candidates, func(x, y login.Level) int { return strings.Compare(x.Path, y.Path) })
	kept := b.candidates[:0]
	for _, level := range b.candidates {
		switch last := len(kept) - 1; {
		case last < 0 || kept[last].Path != level.Path:
			kept = append(kept, level)
		case outlasts(level.Until, kept[last].Until):
			kept[last] = level
		}
	}
	return kept
}

// outlasts compares two ends; zero is none.
func outlasts(a, b int64) bool { return b != 0 && (a == 0 || a > b) }

func (b *ballot) withhold(w login.Withheld) {
	w.Path = clipPath(w.Path)
	if b.withheld == nil {
		b.withheld = map[login.Withheld]bool{}
	}
	if len(b.withheld) < maxWithheld {
		b.withheld[w] = true
	}
}

func clipPath(path string) string { return path[:min(len(path), maxPath)] }
