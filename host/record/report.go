// The report of a replay: who would gain or lose what.

package record

import (
	"slices"
	"time"
)

// ReportFormat names the format of a Report, and its version.
const ReportFormat = "doorward.replay/v1"

const (
	maxExamples = 3
	maxGroups   = 1000 // different differences that are told apart
	maxVersions = 100
)

// Report says what other rules make of recorded logins. It names levels, user
// attributes and logins, and holds no claim. Its JSON is stable; docs/replay.md
// lists the members.
type Report struct {
	Format        string       `json:"format"`
	Since         time.Time    `json:"since,omitzero"` // as asked; absent for all that are kept
	First         time.Time    `json:"first,omitzero"` // of the logins
	Last          time.Time    `json:"last,omitzero"`
	Logins        int          `json:"logins"` // that were looked at
	Replayed      int          `json:"replayed"`
	Different     int          `json:"different"`
	SameRules     int          `json:"sameRules"`     // of those replayed: recorded under these very rules
	Policy        string       `json:"policy"`        // revision that replayed
	RecordedUnder []Version    `json:"recordedUnder"` // revisions that were in force, the most frequent first
	NotReplayable []Skipped    `json:"notReplayable"`
	Levels        []LevelCount `json:"levels"`              // that somebody gains or loses, by path
	Groups        []Group      `json:"groups"`              // the largest first
	Ungrouped     int          `json:"ungrouped,omitempty"` // different logins beyond a thousand groups
	Forbidden     []Forbidden  `json:"forbidden,omitempty"` // of --forbid-loss, in the order asked
	Took          float64      `json:"tookSeconds"`
}

// Version counts the logins that were decided under one revision.
type Version struct {
	Policy string `json:"policy"` // empty: refused before a policy was asked
	Logins int    `json:"logins"`
}

// Skipped counts the logins that could not be replayed for one reason.
type Skipped struct {
	Reason   Reason   `json:"reason"`
	Detail   string   `json:"detail,omitempty"` // a version
	Logins   int      `json:"logins"`
	Examples []string `json:"examples"` // ids of logins, as the following
}

// LevelCount counts the logins that gain or lose one level.
type LevelCount struct {
	Level   string `json:"level"`
	Gained  int    `json:"gained"`
	Lost    int    `json:"lost"`
	Earlier int    `json:"earlier"` // it ends earlier, or ends at all
	Later   int    `json:"later"`
}

// Group is the logins with one difference.
type Group struct {
	Difference
	Logins   int      `json:"logins"`
	Examples []string `json:"examples"`
}

// Forbidden is a level that nobody may lose.
type Forbidden struct {
	Level     string   `json:"level"`
	Held      int      `json:"held"`      // logins that were recorded with it and replayed, or whose provider is gone
	Lost      int      `json:"lost"`      // of those
	Unchecked int      `json:"unchecked"` // logins that were recorded with it and cannot be replayed
	Examples  []string `json:"examples"`
}

// Violated reports whether somebody loses a level that nobody may lose, or
// nothing was proved of one: no login was replayed, or none of those that held
// it.
func (r Report) Violated() bool {
	return len(r.Forbidden) > 0 && r.Replayed == 0 ||
		slices.ContainsFunc(r.Forbidden, func(f Forbidden) bool { return f.Lost > 0 || f.unproved() })
}

// leave counts a login with the level that cannot be replayed. Nobody signs in
// any more at a provider that is gone: they lose it.
func (f *Forbidden) leave(id string, why Reason) {
	if why != ReasonNoProvider {
		f.Unchecked++
		return
	}
	f.Held++
	f.Lost++
	f.Examples = example(f.Examples, id)
}

// unproved reports whether logins held the level, and not one was replayed.
func (f Forbidden) unproved() bool { return f.Held == 0 && f.Unchecked > 0 }
