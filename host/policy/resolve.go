// The tree's say: a level needs the one above it, and never outlasts it.

package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/login"
)

// decision settles the ballot.
func (b *ballot) decision() login.Decision {
	d := login.Decision{Revision: b.e.revision, Levels: b.hang(b.climb())}
	for _, level := range d.Levels {
		if level.Until != 0 && (d.Until == 0 || level.Until < d.Until) {
			d.Until = level.Until
		}
	}
	for w := range b.withheld {
		if find(d.Levels, w.Path) == nil {
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

// find is the level at path in a list by path, or nil.
func find(levels []login.Level, path string) *login.Level {
	i, ok := slices.BinarySearchFunc(levels, path, func(l login.Level, path string) int { return strings.Compare(l.Path, path) })
	if !ok {
		return nil
	}
	return &levels[i]
}

// climb keeps the candidates whose parent is held, by path. A parent's path
// sorts before its children's, so it is settled first.
func (b *ballot) climb() []login.Level {
	candidates := b.settled()
	held := make([]login.Level, 0, len(candidates)+2)
	for _, level := range candidates {
		if above := b.e.tree.bearer(level.Path); above != "" {
			parent := find(held, above)
			if parent == nil {
				b.withhold(b.orphan(level, above))
				continue
			}
			if outlasts(level.Until, parent.Until) {
				level.Until = parent.Until
			}
		}
		held = append(held, level)
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
// ends, and keeps the order by path.
func (b *ballot) hang(held []login.Level) []login.Level {
	var groups map[string]int64
	for _, level := range held {
		for path := parentOf(level.Path); path != ""; path = parentOf(path) {
			if !b.e.tree.groups(path) {
				continue
			}
			if groups == nil {
				groups = map[string]int64{}
			}
			if before, ok := groups[path]; !ok || outlasts(level.Until, before) {
				groups[path] = level.Until
			}
		}
	}
	if groups == nil {
		return held
	}
	for path, until := range groups {
		held = append(held, login.Level{Path: path, Until: until, By: login.ByGroup})
	}
	slices.SortFunc(held, func(x, y login.Level) int { return strings.Compare(x.Path, y.Path) })
	return held
}
