// The tree's say: a level needs the one above it, and never outlasts it.

package policy

import (
	"cmp"
	"maps"
	"slices"

	"github.com/doorward/doorward/host/login"
)

// decision settles the ballot.
func (b *ballot) decision() login.Decision {
	held := b.climb()
	b.hang(held)
	d := login.Decision{Revision: b.e.revision, Levels: make([]login.Level, 0, len(held))}
	for _, path := range slices.Sorted(maps.Keys(held)) {
		level := held[path]
		d.Levels = append(d.Levels, level)
		if level.Until != 0 && (d.Until == 0 || level.Until < d.Until) {
			d.Until = level.Until
		}
	}
	for w := range b.withheld {
		if _, ok := held[w.Path]; !ok {
			d.Withheld = append(d.Withheld, w)
		}
	}
	slices.SortFunc(d.Withheld, byPathAndRule)
	d.Volatile = b.retry || b.e.needs.clock
	if b.facts.Document == nil {
		d.Volatile = b.retry || b.e.openTime
	}
	if doc := b.facts.Document; doc != nil && b.now < doc.Login.ReceivedAt-clockStep {
		d.Volatile = true // the evidence counts again once the clock has caught up
	}
	return d
}

func byPathAndRule(a, b login.Withheld) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
}

// climb keeps the candidates whose parent is held. A parent's path sorts
// before its children's, so it is settled first.
func (b *ballot) climb() map[string]login.Level {
	held := make(map[string]login.Level, len(b.candidates)+2)
	for _, path := range slices.Sorted(maps.Keys(b.candidates)) {
		level := b.candidates[path]
		if above := b.e.tree.bearer(path); above != "" {
			parent, ok := held[above]
			if !ok {
				b.withhold(b.orphan(level, above))
				continue
			}
			if outlasts(level.Until, parent.Until) {
				level.Until = parent.Until
			}
		}
		held[path] = level
	}
	return held
}

func (b *ballot) orphan(level login.Level, above string) login.Withheld {
	if b.facts.Document == nil && needsPerson(level.Path) {
		return login.Withheld{Path: level.Path, Reason: login.ReasonAnonymous, Rule: level.Rule, Detail: "nobody is signed in"}
	}
	return login.Withheld{Path: level.Path, Reason: login.ReasonParent, Rule: level.Rule, Detail: above + " is not held"}
}

// hang adds the grouping nodes above what is held, each until its last child
// ends.
func (b *ballot) hang(held map[string]login.Level) {
	for _, level := range slices.Collect(maps.Values(held)) {
		for path := parentOf(level.Path); path != ""; path = parentOf(path) {
			if !b.e.tree.groups(path) {
				continue
			}
			before, ok := held[path]
			if !ok || outlasts(level.Until, before.Until) {
				held[path] = login.Level{Path: path, Until: level.Until, By: login.ByGroup}
			}
		}
	}
}
