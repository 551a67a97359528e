package record

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

func admitted(user login.User, levels ...login.Level) Outcome {
	return Outcome{User: &user, Decision: &login.Decision{Levels: levels}}
}

func TestCompare(t *testing.T) {
	at := func(path string, until int64) login.Level { return login.Level{Path: path, Until: until} }
	ada := login.User{ID: "ada", Roles: []string{"a"}, Attributes: map[string]any{"n": json.Number("1.50"), "o": map[string]any{"x": 1, "y": nil}}}
	for name, c := range map[string]struct {
		was, now Outcome
		want     []string
	}{
		"nothing": {admitted(ada, at("A", 5)), admitted(ada, at("A", 5)), nil},
		"another rule grants it": {
			admitted(ada, login.Level{Path: "A", By: login.ByRule, Rule: "x:1"}), admitted(ada, login.Level{Path: "A", By: login.ByGrant}), nil,
		},
		"levels":          {admitted(ada, at("A", 0), at("B", 0)), admitted(ada, at("B", 0), at("C", 0)), []string{"loses A", "gains C"}},
		"ends earlier":    {admitted(ada, at("A", 100)), admitted(ada, at("A", 40)), []string{"A ends 1m0s earlier"}},
		"ends later":      {admitted(ada, at("A", 100)), admitted(ada, at("A", 101)), []string{"A ends 1s later"}},
		"ends at all":     {admitted(ada, at("A", 0)), admitted(ada, at("A", 40)), []string{"A ends; it had no end"}},
		"ends no more":    {admitted(ada, at("A", 40)), admitted(ada, at("A", 0)), []string{"A has no end any more"}},
		"refused":         {admitted(ada, at("A", 0)), Outcome{Refused: login.CodeLoginDenied}, []string{"is refused now: login_denied", "loses A"}},
		"admitted":        {Outcome{Refused: login.CodeLoginDenied}, admitted(ada, at("A", 0)), []string{"is admitted now; it was refused: login_denied", "gains A"}},
		"still refused":   {Outcome{Refused: login.CodeLoginDenied}, Outcome{Refused: login.CodeLoginDenied}, nil},
		"refused so":      {Outcome{Refused: login.CodeLoginDenied}, Outcome{Refused: login.CodeMappingFailed}, []string{"is refused otherwise: mapping_failed, not login_denied"}},
		"no roles is nil": {admitted(login.User{Roles: []string{}}), admitted(login.User{}), nil},
		"attributes": {
			admitted(login.User{ID: "a", Email: "secret", Attributes: map[string]any{"gone": 1, "n": json.Number("1.5"), "s": "secret"}}),
			admitted(login.User{ID: "b", UserName: "secret", Roles: []string{"r"}, Attributes: map[string]any{"n": json.Number("1.50"), "s": "secret"}}),
			[]string{"attributes.gone is lost", "attributes.n is changed", "email is lost", "id is changed", "roles is gained", "userName is gained"},
		},
		"a role that is a terminal's command": {
			admitted(ada), admitted(ada, at("Authenticated/Roles/\x1b[2J\u009b1m\u202ex\n", 0)), []string{"gains Authenticated/Roles/?[2J?1m?x?"},
		},
		"an attribute's name is bounded": {
			admitted(login.User{}), admitted(login.User{Attributes: map[string]any{strings.Repeat("x", 500) + "\n": 1}}), []string{"attributes." + strings.Repeat("x", 69) + "… is gained"},
		},
	} {
		d := Compare(c.was, c.now)
		var got []string
		if d != nil {
			got = d.Lines()
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if back := Compare(c.now, c.was); (back == nil) != (d == nil) {
			t.Errorf("%s: the way back differs: %v", name, back)
		}
	}
}

func TestTally_GroupsCountsAndShowsThreeExamples(t *testing.T) {
	tally := NewTally(time.Unix(noon, 0), "rev", []string{"A"})
	r := Record{At: noon * 1e9, Revisions: Revisions{Policy: "old"}, Outcome: admitted(login.User{}, login.Level{Path: "A"})}
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		r.ID = id
		tally.Add(r, Outcome{Refused: login.CodeLoginDenied}, Revisions{Policy: "rev"})
	}
	r.ID, r.Revisions.Policy = "6", "rev"
	tally.Add(r, r.Outcome, Revisions{Policy: "rev"})
	tally.Leave(Record{ID: "7"}, ReasonVersion, "the record has the format 9")
	tally.Leave(r, ReasonInterrupted, "")
	report := tally.Report()
	if report.Logins != 8 || report.Replayed != 6 || report.Different != 5 || report.SameRules != 1 || len(report.Groups) != 1 || report.Groups[0].Logins != 5 || !slices.Equal(report.Groups[0].Examples, []string{"1", "2", "3"}) {
		t.Errorf("%+v", report)
	}
	if f := report.Forbidden[0]; f.Held != 6 || f.Lost != 5 || f.Unchecked != 1 || !report.Violated() {
		t.Errorf("%+v", f)
	}
	if u := report.RecordedUnder; len(u) != 2 || u[0] != (Version{"old", 5}) || u[1] != (Version{"rev", 2}) {
		t.Errorf("%+v", u)
	}
	var out strings.Builder
	if err := report.Write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"8 recorded logins since", "6 replayed, 5 different", "another version: the record has the format 9", "forbidden: 5 of 6 logins lose A, such as 1, 2, 3", "1 login with it could not be replayed"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, out.String())
		}
	}
}

func TestTally_TellsAThousandDifferencesApart(t *testing.T) {
	tally := NewTally(time.Time{}, "rev", nil)
	for i := range maxGroups + 5 {
		tally.Add(Record{ID: "x"}, Outcome{Decision: &login.Decision{Levels: []login.Level{{Path: strings.Repeat("x", i+1)}}}}, Revisions{})
	}
	if report := tally.Report(); len(report.Groups) != maxGroups || report.Ungrouped != 5 || report.Different != maxGroups+5 || len(report.Levels) != maxGroups {
		t.Errorf("%d groups, %d beyond, %d levels", len(report.Groups), report.Ungrouped, len(report.Levels))
	}
}

// A gate is not passed because the logins that it is about cannot be replayed.
func TestTally_AForbiddenLossThatNothingDisproves(t *testing.T) {
	held := Record{ID: "1", Outcome: admitted(login.User{}, login.Level{Path: "A"})}
	other := Record{ID: "2", Outcome: admitted(login.User{})}
	tally := NewTally(time.Time{}, "rev", []string{"A"})
	tally.Add(other, other.Outcome, Revisions{})
	if report := tally.Report(); report.Violated() {
		t.Error("nobody held the level, and it counts as lost")
	}
	tally.Leave(held, ReasonInterrupted, "")
	report := tally.Report()
	var out strings.Builder
	if err := report.Write(&out); err != nil || !report.Violated() || strings.Contains(out.String(), "kept: A") || !strings.Contains(out.String(), "nothing says that nobody loses A") {
		t.Errorf("%v, violated %t\n%s", err, report.Violated(), out.String())
	}
	tally.Add(held, held.Outcome, Revisions{})
	if report := tally.Report(); report.Violated() || report.Forbidden[0].Unchecked != 1 {
		t.Errorf("one was replayed and keeps it: %+v", report.Forbidden)
	}
	tally.Leave(Record{ID: "3", Outcome: held.Outcome}, ReasonNoProvider, "")
	if report := tally.Report(); !report.Violated() || report.Forbidden[0].Lost != 1 {
		t.Errorf("nobody signs in at a provider that is gone: %+v", report.Forbidden)
	}
}
