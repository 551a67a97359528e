// Policies: which are in use, what they grant, who could ever hold a level, and
// whether the people of configured grants ever came.

package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/policy"
	"github.com/doorward/doorward/host/session"
)

const (
	shownText = 256 << 10 // bytes of all files that the page shows
	rulesFor  = 5 * time.Second
)

// policiesView is the content of the page.
type policiesView struct {
	Facts    []fact
	Refused  string
	Files    []fileRow
	Rules    []ruleRow
	Levels   []levelRow
	Grants   []grantedRow
	Warnings []string
}

type fileRow struct {
	Name, Size, Text string
	Test             bool
}

// ruleRow is a rule; its Level is empty when it computes it.
type ruleRow struct{ Place, Title, Level string }

// levelRow is one level of the tree.
type levelRow struct {
	Above, Name string // of its path
	Description string
	Marks       []string
	Reach       string
	Bad         bool // nobody can hold it
	Rules       int
}

type grantedRow struct {
	Person  login.Person
	Levels  []string
	Matched *moment
}

// policies shows the policies in use.
func (m mounted) policies(c *fiber.Ctx, _ *session.Record) error {
	if _, err := m.edge.Parameters(c.Request().URI().QueryString()); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), rulesFor)
	defer cancel()
	view := policiesViewOf(ctx, m.config.Policies(), m.config.Engine())
	return m.edge.Render(c, fiber.StatusOK, policiesTemplate, page.Head{Title: "Policies", Wide: true}, view)
}

func policiesViewOf(ctx context.Context, p Policies, e *policy.Engine) policiesView {
	v := policiesView{Facts: policyFacts(p, e), Refused: p.Refused, Rules: rulesOf(ctx, e)}
	room := shownText
	for _, name := range sortedKeys(p.Files) {
		f := fileRow{Name: name, Size: bytesText(int64(len(p.Files[name]))), Test: strings.HasSuffix(name, "_test.rego")}
		if room -= len(p.Files[name]); room >= 0 {
			f.Text = p.Files[name]
		}
		v.Files = append(v.Files, f)
	}
	v.Levels = levelRows(e, v.Rules)
	for _, g := range p.Grants {
		row := grantedRow{Person: g.Person, Levels: g.Levels}
		if !g.Matched.IsZero() {
			at := momentOf(g.Matched)
			row.Matched = &at
		}
		v.Grants = append(v.Grants, row)
	}
	for _, w := range e.Warnings() {
		v.Warnings = append(v.Warnings, w.String())
	}
	return v
}

func policyFacts(p Policies, e *policy.Engine) []fact {
	list := []fact{{Name: "Revision", Text: e.Revision(), Mono: true}}
	switch p.Source {
	case SourceDefault:
		list = append(list, fact{Name: "From", Text: "the default policy, which is part of this program: the configuration names no other"})
	case SourceFolder:
		list = append(list, fact{Name: "From the folder", Text: p.From, Mono: true})
	case SourceBundle:
		list = append(list, fact{Name: "From the bundle", Text: withoutQuery(p.From), Mono: true}, fact{Name: "Its revision", Text: cmp.Or(p.Bundle, "it names none"), Mono: true})
	}
	since := momentOf(p.Since)
	list = append(list, fact{Name: "In use since", Time: &since})
	tests := "not asked for: other policies come into use without any"
	if p.RequireTests {
		tests = "required: other policies come into use only when theirs pass"
	}
	if p.Source != SourceDefault {
		list = append(list, fact{Name: "Tests", Text: tests})
	}
	tokens := "digests stand in place of tokens"
	if p.GrantTokens {
		tokens = "token strings are granted to the policies"
	}
	return append(list, fact{Name: "Tokens", Text: tokens}, fact{Name: "A decision takes", Text: fmt.Sprintf("at most %d ms", p.Deadline.Milliseconds())})
}

// rulesOf lists the rules by place: each of them is asked about nobody, and an
// explanation names all that were.
func rulesOf(ctx context.Context, e *policy.Engine) (rows []ruleRow) {
	x, err := e.Explain(ctx, login.Facts{Now: time.Unix(0, 0)})
	if err != nil {
		return nil
	}
	type placed struct {
		ruleRow
		policy.RuleReport
	}
	var all []placed
	add := func(r policy.RuleReport) {
		if r.By == login.ByRule {
			all = append(all, placed{ruleRow{Place: fmt.Sprintf("%s:%d", r.File, r.Line), Title: r.Title, Level: r.Level}, r})
		}
	}
	for _, level := range x.Levels {
		for _, r := range level.Why {
			add(r)
		}
	}
	for _, r := range x.Computed {
		add(r)
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.RuleReport.Line, b.RuleReport.Line), cmp.Compare(a.Column, b.Column))
	})
	for i, p := range all {
		if i == 0 || p.ruleRow != all[i-1].ruleRow {
			rows = append(rows, p.ruleRow)
		}
	}
	return rows
}

// levelRows is the tree, the built-in levels above declared ones included.
func levelRows(e *policy.Engine, rules []ruleRow) (rows []levelRow) {
	declared := e.Levels()
	paths := map[string]bool{"Authenticated": true}
	for path := range declared {
		for ; path != ""; path = path[:max(0, strings.LastIndexByte(path, '/'))] {
			paths[path] = true
		}
	}
	for _, path := range sortedKeys(paths) {
		level, is := declared[path]
		last := strings.LastIndexByte(path, '/') + 1
		row := levelRow{Above: path[:last], Name: path[last:], Description: level.Description}
		row.Reach, row.Bad = reachText(e, path)
		switch {
		case !is || strings.HasPrefix(path, "SecurityZones/") || strings.HasPrefix(path, "Authenticated/Roles/"):
			row.Marks = append(row.Marks, "built in")
		case level.Group:
			row.Marks = append(row.Marks, "groups")
		}
		if level.StepUp {
			row.Marks = append(row.Marks, "step-up")
		}
		if len(level.ACRValues) > 0 {
			row.Marks = append(row.Marks, "acr "+strings.Join(level.ACRValues, ", "))
		}
		for _, r := range rules {
			if r.Level == path {
				row.Rules++
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// reachText says whether anybody could hold the level.
func reachText(e *policy.Engine, path string) (text string, bad bool) {
	reach, lacking := e.Reach(path)
	what := "it"
	if lacking != path {
		what = lacking + ", without which it is not held"
	}
	switch reach {
	case policy.Unreached:
		return "nobody can hold it: no rule and no grant gives " + what, true
	case policy.CannotTell:
		return "cannot tell: only a rule that computes its level could give " + what, false
	}
	return "can be held", false
}
