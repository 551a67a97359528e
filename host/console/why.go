// Why: an explanation as a tree of levels, rules and the expressions that
// decided.

package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/policy"
)

const (
	explainWithin = 3 * time.Second
	whyLevels     = 500  // that a page shows
	whyParts      = 3000 // rules and expressions of them
)

// whyView is what a page shows of an explanation. Claim values are in it.
type whyView struct {
	Revision string
	Levels   []whyLevel
	Computed []whyRule // rules that compute their level and gave none
	Notes    []string
	Error    string // why there is none
}

// whyLevel is one level. Short is the reason in a line.
type whyLevel struct {
	Path, Description string
	Held              bool
	Until             *moment
	Short             string
	Remarks           []string
	Rules             []whyRule
}

// whyRule is what one rule, the host or a grant did for a level.
type whyRule struct {
	Who, Place, Title string
	Verdict, Detail   string
	Class             string // of the verdict: good, bad or quiet
	Until             *moment
	Values            []string
	Failures          []whyFailure
	Cut               string
}

// whyFailure is one expression that decided, and those inside it.
type whyFailure struct {
	Lead, Place, Text, In, Message string
	Tries                          int
	Values                         []string
	Because                        []whyFailure
}

// explained says why about facts, under the policies in use. It takes a place
// of the gate, and says so when there is none.
func (m mounted) explained(ctx context.Context, console string, facts login.Facts) whyView {
	leave, err := m.gate.enter(ctx, console)
	if err != nil {
		return whyView{Error: err.Error()}
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, explainWithin)
	defer cancel()
	x, err := m.config.Engine().Explain(ctx, facts)
	if err != nil {
		return whyView{Error: "the host had no time to explain it: load the page again"}
	}
	return whyOf(x)
}

// whyOf puts an explanation into words.
func whyOf(x policy.Explanation) whyView {
	w := whyMaker{left: whyParts}
	v := whyView{Revision: x.Revision}
	for _, l := range x.Levels[:min(len(x.Levels), whyLevels)] {
		v.Levels = append(v.Levels, w.level(l))
	}
	for _, r := range x.Computed {
		if w.left > 0 {
			v.Computed = append(v.Computed, w.rule(r))
		}
	}
	v.Notes = append(v.Notes, x.Notes...)
	if len(x.Levels) > whyLevels {
		v.Notes = append(v.Notes, fmt.Sprintf("%d further levels are not shown", len(x.Levels)-whyLevels))
	}
	if w.left <= 0 {
		v.Notes = append(v.Notes, "there is more than a page can show: doorward policy explain --level shows one level")
	}
	return v
}

// whyMaker counts what is left of a page.
type whyMaker struct{ left int }

func (w *whyMaker) level(l policy.Explained) whyLevel {
	out := whyLevel{Path: l.Path, Description: l.Description, Held: l.Held, Until: endOf(l.Until)}
	if l.Missing != "" {
		out.Remarks = append(out.Remarks, "The level above, "+l.Missing+", is not held.")
	}
	switch l.Reach {
	case policy.Unreached.String():
		out.Remarks = append(out.Remarks, "Nobody can hold it: no rule and no grant gives "+l.Lacking+".")
	case policy.CannotTell.String():
		out.Remarks = append(out.Remarks, "No rule and no grant names "+l.Lacking+": only a rule that computes its level could give it.")
	}
	for _, r := range l.Why {
		if w.left > 0 {
			out.Rules = append(out.Rules, w.rule(r))
		}
	}
	out.Short = short(l)
	return out
}

// short is why a level is held or not, in one line.
func short(l policy.Explained) string {
	if l.Held {
		if l.By == login.ByRule {
			return cmp.Or(l.Title, l.Rule)
		}
		return grantors[l.By]
	}
	for _, r := range l.Why {
		switch {
		case r.Reason != "":
			return cmp.Or(reasons[r.Reason], string(r.Reason))
		case len(r.Failed) > 0:
			f := r.Failed[0]
			for len(f.Because) > 0 {
				f = f.Because[0]
			}
			return strings.TrimSpace(kindWords[f.Kind] + " " + oneLine(f.Text))
		case r.By != login.ByRule && r.Detail != "":
			return r.Detail
		}
	}
	switch {
	case l.Missing != "":
		return l.Missing + " is not held"
	case len(l.Why) == 0:
		return "no rule and no grant names it"
	}
	return "no rule granted it"
}

// kindWords stand before an expression.
var kindWords = map[policy.FailureKind]string{
	policy.IsFalse: "false:", policy.IsUndefined: "undefined:", policy.IsError: "failed:", policy.Held: "holds, and must not:",
	policy.NoMatch: "does not fit:", policy.Unfinished: "unfinished:",
}

func (w *whyMaker) rule(r policy.RuleReport) whyRule {
	w.left--
	out := whyRule{Who: grantors[r.By], Title: r.Title, Detail: r.Detail, Until: endOf(r.Until), Values: values(r.Values), Cut: r.Cut}
	if r.File != "" {
		out.Place = fmt.Sprintf("%s:%d", r.File, r.Line)
		out.Who = ""
	}
	if r.Person != nil {
		out.Who = "A grant of the configuration to " + r.Person.Subject + " of " + r.Person.Issuer + " at " + r.Person.IdP
		out.Detail = ""
	}
	switch r.Verdict {
	case policy.Granted:
		out.Verdict, out.Class = "granted", "good"
	case policy.NotGranted:
		out.Verdict, out.Class = "withheld", "bad"
		if said := reasons[r.Reason]; said != "" {
			out.Detail = strings.TrimSuffix(said+": "+out.Detail, ": ")
		}
	default:
		out.Verdict, out.Class = "did not hold", "bad"
	}
	if r.By == login.ByHost || r.By == login.ByRole || r.By == login.ByGroup {
		out.Who, out.Detail = out.Detail, ""
		if out.Verdict == "did not hold" {
			out.Verdict = "not held"
		}
	}
	out.Failures = w.failures(r.Failed)
	return out
}

func (w *whyMaker) failures(list []policy.Failure) (out []whyFailure) {
	for _, f := range list {
		if w.left--; w.left < 0 {
			return out
		}
		shown := slices.DeleteFunc(slices.Clone(f.Values), func(v policy.Value) bool { return v.Missing && v.Name == f.Text && len(f.Because) > 0 })
		out = append(out, whyFailure{
			Lead: kindWords[f.Kind], Place: fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column), Text: oneLine(f.Text), In: oneLine(f.In),
			Message: f.Message, Tries: f.Tries, Values: values(shown), Because: w.failures(f.Because),
		})
	}
	return out
}

func values(list []policy.Value) (lines []string) {
	for _, v := range list {
		switch {
		case v.Missing && (strings.HasPrefix(v.Name, "input") || strings.HasPrefix(v.Name, "{")):
			lines = append(lines, oneLine(v.Name)+" is not there")
		case v.Missing:
			lines = append(lines, oneLine(v.Name)+" has no value")
		default:
			lines = append(lines, oneLine(v.Name)+" = "+strings.Join(append([]string{v.Value}, v.Also...), ", "))
		}
	}
	return lines
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func endOf(seconds int64) *moment {
	if seconds == 0 {
		return nil
	}
	return secondOf(seconds)
}
