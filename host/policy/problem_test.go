package policy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// heard collects what a policy's failures are reported as: KIND RULE.
type heard struct {
	problems []string
	counts   Counts
}

func (h *heard) config(rules string) Config {
	return Config{Modules: levelsFile(rules), OnRules: func(c Counts) { h.counts = c }, OnFailure: func(err error) {
		var p *Problem
		if !errors.As(err, &p) || !strings.Contains(err.Error(), p.Detail) {
			panic(err)
		}
		h.problems = append(h.problems, fmt.Sprintf("%s %s", p.Kind, p.Rule))
	}}
}

// Whatever is wrong is not granted, takes nothing from the others, and is
// reported with the rule's place and counted.
func TestT44_WhatBadPoliciesGet(t *testing.T) {
	tests := []struct {
		name, rule string
		deadline   time.Duration
		reason     login.Reason
		problems   []string
	}{
		{"text where a time is due", `grant contains {"level": "Terminal", "until": "tomorrow"}`, 0, login.ReasonBadUntil, []string{"bad_until levels.rego:8"}},
		{"milliseconds", `grant contains {"level": "Terminal", "until": 1311281300000}`, 0, login.ReasonBadUntil, []string{"bad_until levels.rego:8"}},
		{"a number for a level", `grant contains input.now`, 0, login.ReasonBadGrant, []string{"bad_grant levels.rego:8"}},
		{"a builtin's error", `grant contains "Terminal" if to_number(input.user.userName) > 1`, 0, login.ReasonRuleError, []string{"error levels.rego:8"}},
		{"a conflict", "grant contains \"Terminal\" if rank == 1\n\nrank := 1 if input.user.id\n\nrank := 2 if input.user.userName", 0, login.ReasonRuleError, []string{"conflict levels.rego:8"}},
		{"too many", "grant contains {\"level\": \"Terminal\", \"until\": n} if some n in numbers.range(1, 300)", 0, login.ReasonBudget, []string{"limit levels.rego:8"}},
		{"millions of items", strings.Replace(runaway, "Authenticated/Engineer", "Terminal", 1), 200 * time.Millisecond, login.ReasonBudget, []string{"slow ", "deadline levels.rego:8"}},
		{"a past time", `grant contains {"level": "Terminal", "until": 5}`, 0, login.ReasonExpired, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var h heard
			cfg := h.config("grant contains \"Authenticated/Engineer\"\n\n" + test.rule + "\n\ngrant contains \"Authenticated/Fresh\" if input.user.id == \"bob\"\n")
			cfg.Deadline = test.deadline
			e := newEngine(t, cfg)
			start := time.Now()
			d := decide(t, e, whyFacts(t))
			if d.Holds("Terminal", afterwards) || !d.Holds("Authenticated/Engineer", afterwards) || time.Since(start) > 10*time.Second {
				t.Errorf("holds %v after %s", paths(d), time.Since(start))
			}
			if !slices.ContainsFunc(d.Withheld, func(w login.Withheld) bool { return w.Reason == test.reason && w.Rule == "levels.rego:8" }) {
				t.Errorf("withheld %+v", d.Withheld)
			}
			if !slices.Equal(h.problems, test.problems) {
				t.Errorf("heard %q, want %q", h.problems, test.problems)
			}
			want := Counts{Granted: 1, Undefined: 1, Failed: 1}
			if test.reason != login.ReasonRuleError && test.reason != login.ReasonBudget {
				want = Counts{Granted: 1, Undefined: 1, Withheld: 1}
			}
			if h.counts != want {
				t.Errorf("counted %+v, want %+v", h.counts, want)
			}
			out := asTree(t, explained(t, e, whyFacts(t)))
			if !strings.Contains(out, "levels.rego:8") || len(h.problems) != len(test.problems) {
				t.Errorf("explained as\n%s", out)
			}
		})
	}
}

// These never get as far as a login.
func TestT44_PoliciesThatAreRefusedAtLoad(t *testing.T) {
	for name, test := range map[string]struct{ rule, want string }{
		"a helper that calls itself": {"grant contains \"Terminal\" if a(1)\n\na(x) if a(x)", "levels.rego:8:1: rule data.doorward.levels.a is recursive"},
		"data that reads itself":     {"grant contains \"Terminal\" if a\n\na if b\n\nb if a", "levels.rego:8:1: "},
		"grant that reads grant":     {`grant contains "Terminal" if "Authenticated/Engineer" in grant`, "levels.rego:6:1: "},
		"a shadowed builtin":         {"grant contains \"Terminal\" if startswith(\"a\", \"b\")\n\nstartswith(x, y) if x != y", "levels.rego:8:1: startswith is a builtin"},
		"a shadowed one with a dot":  {"grant contains \"Terminal\" if object.get({}, \"a\", false)\n\nobject.get(_, _, _) := true", "levels.rego:8:1: object.get is a builtin"},
		"a shadowed one in brackets": {"grant contains \"Terminal\" if object.get({}, \"a\", false)\n\nobject[\"get\"](_, _, _) := true", "levels.rego:8:1: object.get is a builtin"},
		"a shadowed clock":           {"grant contains \"Terminal\" if time.now_ns == 7\n\ntime.now_ns := 7", "levels.rego:8:1: time.now_ns is a builtin"},
		"a shadowed input":           {"grant contains \"Terminal\" if {\n\tinput := {}\n\tinput.x\n}", "levels.rego:7:2: "},
		"a number for a time's unit": {`grant contains "Terminal" if reauth.until("5")`, "levels.rego:6:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(context.Background(), Config{Levels: standard(), Modules: levelsFile(test.rule)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// An import is another way to hide a builtin.
func TestT44_ImportsThatHideABuiltin(t *testing.T) {
	const other = "package other\n\nf(_) := 3\n\ncount(_) := 3\n\nget(_, _, _) := 3\n"
	for name, test := range map[string]struct{ imported, condition, want string }{
		"by its name":      {"data.elsewhere.startswith", `startswith("a", "b")`, "startswith"},
		"by an alias":      {"data.other.f as count", "count([]) == 3", "count"},
		"by its namespace": {"data.other as object", "object.get(1, 2, 3) == 3", "object.get"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(context.Background(), Config{Levels: standard(), Modules: map[string]string{
				"levels.rego": "package doorward.levels\n\nimport " + test.imported + "\n\ngrant contains \"Terminal\" if " + test.condition + "\n",
				"other.rego":  strings.ReplaceAll(other, "count", "size"), "elsewhere.rego": "package elsewhere\n\nf(_) := 1\n",
			}})
			if want := "levels.rego:3:1: " + test.want + " is a builtin, and the import hides it"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
	if _, err := New(context.Background(), Config{Levels: standard(), Modules: map[string]string{
		"levels.rego": "package doorward.levels\n\nimport data.time\nimport future.keywords.contains\n\ngrant contains \"Terminal\" if time.office\n",
		"time.rego":   "package time\n\noffice if input.now > 0\n",
	}}); err != nil {
		t.Errorf("a package with the name of a namespace, which hides nothing: %v", err)
	}
}

// The names of shipped files are not to be had: such a file would stand in the
// library's place, and be looked at less strictly.
func TestT44_AFileThatTakesAShippedFilesName(t *testing.T) {
	modules := levelsFile(`grant contains "Terminal" if not data.doorward.zones.highest`)
	modules[embeddedName+"doorward/zones.rego"] = "package elsewhere\n\nx := 1\n"
	_, err := New(context.Background(), Config{Levels: standard(), Modules: modules})
	if err == nil || !strings.Contains(err.Error(), "belong to the host") {
		t.Errorf("got %v", err)
	}
}
