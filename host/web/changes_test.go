package web

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// holds is a decision of these levels, of which those that end do at until.
func holds(revision string, until int64, paths ...string) login.Decision {
	d := login.Decision{Revision: revision}
	for _, path := range paths {
		d.Levels = append(d.Levels, login.Level{Path: path, Until: until})
	}
	return d
}

var noon = time.Unix(1_790_000_000, 0)

func after(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func TestChanges_WhatIsOne(t *testing.T) {
	here, there := login.Request{App: "wiki"}, login.Request{App: "shop", Zones: []string{"floor"}}
	type use struct {
		facts    login.Request
		version  uint64
		decision login.Decision
		after    int
		want     login.Cause
	}
	for name, uses := range map[string][]use{
		"nothing":            {{here, 1, holds("a", 0, "A"), 0, ""}, {here, 1, holds("a", 0, "A"), 60, ""}},
		"a level ended":      {{here, 1, holds("a", noon.Unix()+30, "A"), 0, ""}, {here, 1, holds("a", 0), 30, login.CauseEnded}, {here, 1, holds("a", 0), 60, ""}},
		"other policies":     {{here, 1, holds("a", 0, "A"), 0, ""}, {here, 1, holds("b", 0, "B"), 30, login.CausePolicies}},
		"the rules":          {{here, 1, holds("a", 0, "A"), 0, ""}, {here, 1, holds("a", 0, "B"), 30, login.CauseRules}},
		"elsewhere":          {{here, 1, holds("a", 0, "A"), 0, ""}, {there, 1, holds("a", 0, "B"), 30, login.CauseRequest}, {here, 1, holds("a", 0, "A"), 60, ""}, {there, 1, holds("a", 0, "B"), 90, ""}},
		"the same elsewhere": {{here, 1, holds("a", 0, "A"), 0, ""}, {there, 1, holds("a", 0, "A"), 30, ""}},
		"a zone alone":       {{here, 1, holds("a", 0, "A"), 0, ""}, {there, 1, holds("a", 0, "A", "SecurityZones", "SecurityZones/floor"), 30, ""}},
		"told once for both": {
			{here, 1, holds("a", noon.Unix()+30, "A"), 0, ""}, {there, 1, holds("a", noon.Unix()+30, "A"), 1, ""},
			{here, 1, holds("a", 0), 40, login.CauseEnded}, {there, 1, holds("a", 0), 60, ""},
		},
		"a sign-in":      {{here, 1, holds("a", 0, "A"), 0, ""}, {here, 2, holds("a", 0, "B"), 30, ""}, {here, 2, holds("a", 0, "A"), 60, login.CauseRules}},
		"decided before": {{here, 1, holds("a", 0, "A"), 30, ""}, {here, 1, holds("a", 0, "B"), 29, ""}, {here, 1, holds("a", 0, "A"), 31, ""}},
		"too soon after another": {
			{here, 1, holds("a", 0, "A"), 0, ""}, {here, 1, holds("a", 0, "B"), 1, login.CauseRules}, {here, 1, holds("a", 0, "C"), 2, ""},
			{here, 1, holds("a", 0, "C"), 12, login.CauseRules},
		},
		"and back before it is told": {
			{here, 1, holds("a", 0, "A"), 0, ""}, {here, 1, holds("a", 0, "B"), 1, login.CauseRules}, {here, 1, holds("a", 0, "A"), 2, ""},
			{here, 1, holds("a", 0, "B"), 12, ""},
		},
	} {
		all := newChanges()
		for i, u := range uses {
			told, _ := all.note("s", u.version, u.facts, u.decision, after(u.after))
			if told.cause != u.want || told.cause != "" && slices.Equal(told.before, told.after) {
				t.Errorf("%s: use %d is told as %+v, want %q", name, i, told, u.want)
			}
		}
	}
}

// What a sign-in said is what the first use is compared with.
func TestChanges_AfterASignIn(t *testing.T) {
	all := newChanges()
	all.signIn("s", login.Request{}, holds("a", noon.Unix()+30, "A"), noon)
	if told, _ := all.note("s", 7, login.Request{}, holds("a", 0), after(40)); told.cause != login.CauseEnded {
		t.Errorf("told %+v", told)
	}
	if told, _ := all.note("s", 8, login.Request{}, holds("a", 0, "B"), after(80)); told.cause != "" {
		t.Errorf("the next sign-in is told as %+v", told)
	}
}

func TestChanges_AreBounded(t *testing.T) {
	all := newChanges()
	for i := range maxKnown + 100 {
		all.note(fmt.Sprint(i), 1, login.Request{}, holds("a", 0, "A"), noon)
	}
	if len(all.of) != maxKnown {
		t.Errorf("%d sessions are known", len(all.of))
	}
	all = newChanges()
	for i := range 10 * maxSights {
		all.note("s", 1, login.Request{UserAgent: fmt.Sprint(i)}, holds("a", 0, "A"), noon)
		all.refused("s", "wiki", fmt.Sprint(i), noon)
	}
	if h := all.of["s"]; len(h.sights) != maxSights || len(h.missed) > maxSights {
		t.Errorf("%d sights, %d refusals", len(h.sights), len(h.missed))
	}
	all.forget("s")
	if len(all.of) != 0 || all.refused("s", "wiki", "A", noon) {
		t.Error("a session that has ended is known")
	}
}
