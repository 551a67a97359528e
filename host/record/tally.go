// Counting: from logins, one after the other, to a report.

package record

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Tally makes a Report of what it is told of each login, in order. It is not
// safe for concurrent use.
type Tally struct {
	report    Report
	versions  map[string]int
	skipped   map[[2]string]*Skipped
	levels    map[string]*LevelCount
	groups    map[string]*Group
	forbidden []Forbidden
}

// NewTally begins a report; nobody may lose a level of forbid.
func NewTally(since time.Time, policy string, forbid []string) *Tally {
	t := &Tally{
		report:   Report{Format: ReportFormat, Since: since.UTC(), Policy: policy},
		versions: map[string]int{}, skipped: map[[2]string]*Skipped{}, levels: map[string]*LevelCount{}, groups: map[string]*Group{},
	}
	for _, level := range forbid {
		t.forbidden = append(t.forbidden, Forbidden{Level: level, Examples: []string{}})
	}
	return t
}

// Leave counts a login that cannot be replayed.
func (t *Tally) Leave(r Record, why Reason, detail string) {
	t.seen(r)
	key := [2]string{string(why), detail}
	s := t.skipped[key]
	if s == nil {
		s = &Skipped{Reason: why, Detail: detail}
		t.skipped[key] = s
	}
	s.Logins++
	s.Examples = example(s.Examples, r.ID)
	had := held(r.Outcome)
	for i := range t.forbidden {
		if _, ok := had[t.forbidden[i].Level]; ok {
			t.forbidden[i].leave(r.ID, why)
		}
	}
}

// Add counts a login that was replayed, and came out as now under the rules
// that revisions names.
func (t *Tally) Add(r Record, now Outcome, revisions Revisions) {
	t.seen(r)
	t.report.Replayed++
	if r.Revisions.equal(revisions) {
		t.report.SameRules++
	}
	t.guard(r, now)
	d := Compare(r.Outcome, now)
	if d == nil {
		return
	}
	t.report.Different++
	t.count(d)
	key := d.key()
	g := t.groups[key]
	if g == nil && len(t.groups) >= maxGroups {
		t.report.Ungrouped++
		return
	}
	if g == nil {
		g = &Group{Difference: *d}
		t.groups[key] = g
	}
	g.Logins++
	g.Examples = example(g.Examples, r.ID)
}

func (t *Tally) seen(r Record) {
	t.report.Logins++
	if r.At != 0 {
		at := r.Time()
		if t.report.First.IsZero() || at.Before(t.report.First) {
			t.report.First = at
		}
		if at.After(t.report.Last) {
			t.report.Last = at
		}
		if _, known := t.versions[r.Revisions.Policy]; known || len(t.versions) < maxVersions {
			t.versions[r.Revisions.Policy]++
		}
	}
}

func (t *Tally) guard(r Record, now Outcome) {
	if len(t.forbidden) == 0 {
		return
	}
	had, has := held(r.Outcome), held(now)
	for i := range t.forbidden {
		f := &t.forbidden[i]
		if _, ok := had[f.Level]; !ok {
			continue
		}
		f.Held++
		if _, ok := has[f.Level]; !ok {
			f.Lost++
			f.Examples = example(f.Examples, r.ID)
		}
	}
}

func (t *Tally) count(d *Difference) {
	level := func(path string) *LevelCount {
		c := t.levels[path]
		if c == nil {
			c = &LevelCount{Level: path}
			if len(t.levels) < maxGroups {
				t.levels[path] = c
			}
		}
		return c
	}
	for _, path := range d.Gained {
		level(path).Gained++
	}
	for _, path := range d.Lost {
		level(path).Lost++
	}
	for _, e := range d.Ends {
		if e.Change == "ends_now" || e.Change == "earlier" {
			level(e.Level).Earlier++
		} else {
			level(e.Level).Later++
		}
	}
}

// Report is what was counted so far.
func (t *Tally) Report() Report {
	r := t.report
	r.RecordedUnder, r.NotReplayable, r.Levels, r.Groups = []Version{}, []Skipped{}, []LevelCount{}, []Group{}
	for policy, n := range t.versions {
		r.RecordedUnder = append(r.RecordedUnder, Version{policy, n})
	}
	slices.SortFunc(r.RecordedUnder, func(a, b Version) int {
		return cmp.Or(cmp.Compare(b.Logins, a.Logins), cmp.Compare(a.Policy, b.Policy))
	})
	for _, s := range t.skipped {
		r.NotReplayable = append(r.NotReplayable, *s)
	}
	slices.SortFunc(r.NotReplayable, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(b.Logins, a.Logins), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Detail, b.Detail))
	})
	for _, path := range slices.Sorted(maps.Keys(t.levels)) {
		r.Levels = append(r.Levels, *t.levels[path])
	}
	for _, g := range t.groups {
		r.Groups = append(r.Groups, *g)
	}
	slices.SortFunc(r.Groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Logins, a.Logins), cmp.Compare(a.key(), b.key()))
	})
	r.Forbidden = slices.Clone(t.forbidden)
	return r
}

func example(list []string, id string) []string {
	if len(list) < maxExamples {
		list = append(list, id)
	}
	return list
}

// equal reports whether two records were judged by the same rules; of plugins,
// those that were asked for the first.
func (r Revisions) equal(by Revisions) bool {
	for name, digest := range r.Plugins {
		if by.Plugins[name] != digest {
			return false
		}
	}
	return (r.Policy == "" || r.Policy == by.Policy) && r.Mappers == by.Mappers && r.Levels == by.Levels &&
		r.Zones == by.Zones && r.Grants == by.Grants && r.Randomness == by.Randomness
}
