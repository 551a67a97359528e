// One level explained: what the host, the grants and the rules said of it.

package policy

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// explainer makes one Explanation.
type explainer struct {
	e        *Engine
	facts    login.Facts
	decision login.Decision
	held     map[string]login.Level
	votes    map[*rule]vote
	about    map[string][]*rule   // the rules that have to do with a level, in their order
	failed   map[*rule]RuleReport // of the rules that were watched
	notes    []string
}

// vote is what one rule asked for, before the tree's say.
type vote struct {
	outcome  outcome
	levels   map[string]login.Level
	withheld []login.Withheld
}

func newExplainer(e *Engine, facts login.Facts, decision login.Decision, outcomes []outcome) *explainer {
	x := &explainer{
		e: e, facts: facts, decision: decision, held: map[string]login.Level{},
		votes: map[*rule]vote{}, failed: map[*rule]RuleReport{}, about: map[string][]*rule{},
	}
	for _, level := range decision.Levels {
		x.held[level.Path] = level
	}
	for i, r := range e.rules {
		b := newBallot(e, facts)
		b.addOutcome(r, outcomes[i])
		levels := map[string]login.Level{}
		for _, level := range b.settled() {
			levels[level.Path] = level
		}
		x.votes[r] = vote{outcomes[i], levels, slices.Collect(maps.Keys(b.withheld))}
		x.file(r)
	}
	return x
}

// file notes which levels r has to do with: the one it names, and those that it
// granted or tried to.
func (x *explainer) file(r *rule) {
	paths := slices.Collect(maps.Keys(x.votes[r].levels))
	for _, w := range x.votes[r].withheld {
		paths = append(paths, w.Path)
	}
	paths = append(paths, r.level)
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		x.about[path] = append(x.about[path], r)
	}
}

// explain builds the answer, level by level.
func (x *explainer) explain(ctx context.Context, asked []string) Explanation {
	out := Explanation{
		Format: ExplainFormat, Revision: x.decision.Revision, Now: x.facts.Now.Unix(),
		SignedIn: x.facts.Document != nil, Decision: x.decision, Levels: []Explained{},
	}
	paths := x.paths(asked)
	watched := x.rulesFor(paths)
	x.watch(ctx, watched)
	for _, path := range paths {
		out.Levels = append(out.Levels, x.level(path))
	}
	for _, r := range watched {
		report, failed := x.failed[r]
		if gave, ok := x.byRule(r, ""); ok && r.level == "" && gave.Verdict == NotGranted {
			report, failed = gave, true // it granted what has no path
		}
		if failed && r.level == "" {
			out.Computed = append(out.Computed, report)
		}
	}
	out.Notes = x.notes
	return out
}

// paths lists what to explain: what was asked for, and the level above each
// that is missing.
func (x *explainer) paths(asked []string) []string {
	set := map[string]bool{}
	for _, path := range asked {
		set[path] = true
	}
	if len(asked) == 0 {
		for path := range x.e.tree.declared {
			set[path] = true
		}
		for path := range x.held {
			set[path] = true
		}
		for _, w := range x.decision.Withheld {
			set[w.Path] = true
		}
	}
	for _, path := range slices.Collect(maps.Keys(set)) {
		for above := x.missing(path); above != ""; above = x.missing(above) {
			set[above] = true
		}
	}
	delete(set, "")
	return slices.Sorted(maps.Keys(set))
}

// missing is the level above path that is not held, or "".
func (x *explainer) missing(path string) string {
	above := x.e.tree.bearer(path)
	if _, ok := x.held[above]; ok || above == "" {
		return ""
	}
	return above
}

// rulesFor lists the rules that name one of paths, and, when it may matter,
// those that compute their level.
func (x *explainer) rulesFor(paths []string) (found []*rule) {
	computed := slices.ContainsFunc(paths, func(path string) bool { return x.e.reach.direct(path) == CannotTell && !builtin(path) })
	for _, r := range x.e.rules {
		if _, named := slices.BinarySearch(paths, r.level); named || r.level == "" && (computed || len(x.votes[r].withheld) > 0) {
			found = append(found, r)
		}
	}
	return found
}

func (x *explainer) level(path string) Explained {
	held, ok := x.held[path]
	reach, lacking := x.e.Reach(path)
	out := Explained{
		Path: path, Held: ok, Until: held.Until, By: held.By, Rule: held.Rule, Title: held.Title,
		Description: x.e.tree.declared[path].Description, Missing: x.missing(path),
		Reach: reach.String(), Lacking: lacking, Why: []RuleReport{},
	}
	out.Why = append(out.Why, x.byHost(path)...)
	out.Why = append(out.Why, x.byGrant(path)...)
	for _, r := range x.about[path] {
		if report, ok := x.byRule(r, path); ok {
			out.Why = append(out.Why, report)
		}
	}
	return out
}

// byRule is what r did for path; ok is false when it has nothing to do with it.
func (x *explainer) byRule(r *rule, path string) (report RuleReport, ok bool) {
	vote, loc := x.votes[r], r.source.Loc()
	report = RuleReport{By: login.ByRule, Level: r.level, File: loc.File, Line: loc.Row, Column: loc.Col, Title: r.title}
	if level, ok := vote.levels[path]; ok {
		report.Until = level.Until
		return x.settle(report, path, r.where), true
	}
	for _, w := range vote.withheld {
		if w.Path == path {
			failed := x.failed[r]
			report.Failed, report.Cut = failed.Failed, failed.Cut
			report.Verdict, report.Reason, report.Detail = NotGranted, w.Reason, w.Detail
			report.Values = x.whatItGave(r, path, w)
			return report, true
		}
	}
	failed, watched := x.failed[r]
	return failed, watched && r.level == path
}

// settle says what the tree made of a grant of path.
func (x *explainer) settle(report RuleReport, path, where string) RuleReport {
	report.Verdict = Granted
	if _, ok := x.held[path]; ok {
		return report
	}
	report.Verdict = NotGranted
	for _, w := range x.decision.Withheld {
		if w.Path == path && (w.Rule == where || report.Reason == "") {
			report.Reason, report.Detail = w.Reason, w.Detail
		}
	}
	return report
}

// whatItGave shows the member of grant that did not count, and for a rule that
// rests on claims that failed or ended what it reads of them.
func (x *explainer) whatItGave(r *rule, path string, w login.Withheld) (values []Value) {
	if w.Reason == login.ReasonClaimsEnded {
		return endedClaims(r.needs)
	}
	if source := failedSource(w.Reason); source != "" {
		return x.restsOn(r, source)
	}
	if x.e.cfg.TokensInInput && r.needs.reads(attrs.TokenEndpointResponse) {
		return nil // what it gave may hold a token string
	}
	for _, member := range x.votes[r].outcome.members {
		if name, until, _ := readMember(member); len(values) < maxValues && clipPath(name) == path {
			gave := Value{Name: "the member of grant", Value: shown(member.Value)}
			if until != nil {
				gave = Value{Name: "until", Value: shown(until.Value)}
			}
			values = append(values, gave)
		}
	}
	return values
}

func (x *explainer) restsOn(r *rule, source string) (values []Value) {
	if r.needs.reads(source) {
		values = append(values, Value{Name: "input.sources." + source, Missing: true})
	}
	for _, name := range r.needs.attributes {
		values = append(values, Value{Name: trimDot("input.user." + name), Value: "mapped from " + inWords(source) + ", or it cannot be told"})
	}
	return values[:min(len(values), maxValues)]
}

func trimDot(name string) string { return strings.TrimSuffix(name, ".") }

func byPlace(a, b Failure) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
