// An explanation as a tree for the terminal.

package policy

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Write prints x as a tree that a person can read; color adds ANSI colours.
// Whatever came from a provider is escaped.
func (x Explanation) Write(w io.Writer, color bool) error {
	p := &treePrinter{color: color, now: x.Now}
	for i, level := range x.Levels {
		if i > 0 {
			p.line("")
		}
		p.level(level)
	}
	if len(x.Computed) > 0 {
		p.line("")
		p.line("rules that compute the level they grant")
		p.rules(x.Computed)
	}
	for _, note := range x.Notes {
		p.line("")
		p.line("note: " + printable(note))
	}
	_, err := io.WriteString(w, p.out.String())
	return err
}

type treePrinter struct {
	out    strings.Builder
	indent string
	color  bool
	now    int64
}

const (
	green, red, yellow, dim = "32", "31", "33", "2"
)

func (p *treePrinter) paint(code, text string) string {
	if !p.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p *treePrinter) line(text string) {
	p.out.WriteString(strings.TrimRight(p.indent+text, " ") + "\n")
}

// branch prints one line and what is below it.
func (p *treePrinter) branch(last bool, text string, below func()) {
	before := p.indent
	tee, bar := "├─ ", "│  "
	if last {
		tee, bar = "└─ ", "   "
	}
	p.indent = before + tee
	p.line(text)
	p.indent = before + bar
	below()
	p.indent = before
}

func (p *treePrinter) level(l Explained) {
	head := p.paint(red, "not held")
	if l.Held {
		head = p.paint(green, "held") + p.until(l.Until)
	}
	p.line(printable(l.Path) + ": " + head)
	var remarks []string
	if l.Missing != "" {
		remarks = append(remarks, "the level above, "+printable(l.Missing)+", is not held")
	}
	switch {
	case l.Reach == Unreached.String():
		remarks = append(remarks, "nobody can hold it: no rule and no grant names "+printable(l.Lacking))
	case l.Reach == CannotTell.String():
		remarks = append(remarks, "no rule and no grant names "+printable(l.Lacking)+": only a rule that computes its level could grant it")
	}
	for i, remark := range remarks {
		p.branch(i == len(remarks)-1 && len(l.Why) == 0, p.paint(yellow, remark), func() {})
	}
	p.rules(l.Why)
}

func (p *treePrinter) rules(reports []RuleReport) {
	for i, r := range reports {
		p.branch(i == len(reports)-1, p.ruleLine(r), func() { p.ruleBody(r) })
	}
}

func (p *treePrinter) ruleLine(r RuleReport) string {
	var who string
	switch r.By {
	case login.ByRule:
		who = fmt.Sprintf("%s:%d", printable(r.File), r.Line)
		if r.Title != "" {
			who += " " + printable(r.Title)
		}
	case login.ByGrant:
		who = "configured grant"
		if r.Person != nil {
			who += fmt.Sprintf(" to %s %s %s", quoted(r.Person.IdP), quoted(r.Person.Issuer), quoted(r.Person.Subject))
		}
	case login.ByGroup:
		return printable(r.Detail)
	default:
		return "built in: " + printable(r.Detail)
	}
	switch r.Verdict {
	case Granted:
		return who + ": " + p.paint(green, "granted") + p.until(r.Until)
	case NotGranted:
		return who + ": " + p.paint(yellow, "withheld, "+string(r.Reason)) + detail(r.Detail)
	}
	return who + ": " + p.paint(red, "did not hold")
}

func detail(text string) string {
	if text == "" {
		return ""
	}
	return ": " + printable(text)
}

func (p *treePrinter) ruleBody(r RuleReport) {
	more := len(r.Failed) > 0 || r.Cut != ""
	p.values(r.Values, more)
	for i, f := range r.Failed {
		p.failure(f, i == len(r.Failed)-1 && r.Cut == "")
	}
	if r.Cut != "" {
		p.branch(true, p.paint(yellow, printable(r.Cut)), func() {})
	}
}

func (p *treePrinter) values(values []Value, more bool) {
	for i, v := range values {
		text := printable(v.Name) + " = " + v.Value
		switch {
		case v.Missing && strings.HasPrefix(v.Name, "input"), strings.HasPrefix(v.Name, "{"):
			text = printable(v.Name) + " is not there"
		case v.Missing:
			text = printable(v.Name) + " has no value"
		case len(v.Also) > 0:
			text += ", " + strings.Join(v.Also, ", ")
		}
		p.branch(i == len(values)-1 && !more, p.paint(dim, text), func() {})
	}
}

// kindText is what stands before an expression.
var kindText = map[FailureKind]string{
	IsFalse: "failed", IsUndefined: "failed", IsError: "error", Held: "but this holds",
	NoMatch: "does not fit", Unfinished: "still",
}

func (p *treePrinter) failure(f Failure, last bool) {
	text := fmt.Sprintf("%s at %s:%d:%d: %s", kindText[f.Kind], printable(f.File), f.Line, f.Column, oneLine(f.Text))
	if f.In != "" {
		text += ", in " + oneLine(f.In)
	}
	if f.Tries > 1 {
		text += fmt.Sprintf(" (%d times)", f.Tries)
	}
	p.branch(last, text, func() {
		if f.Message != "" {
			p.branch(len(f.worthSaying())+len(f.Because) == 0, printable(f.Message), func() {})
		}
		p.values(f.worthSaying(), len(f.Because) > 0)
		for i, inner := range f.Because {
			p.failure(inner, i == len(f.Because)-1)
		}
	})
}

// worthSaying leaves out that the expression itself has no value.
func (f Failure) worthSaying() []Value {
	return slices.DeleteFunc(slices.Clone(f.Values), func(v Value) bool { return v.Missing && v.Name == f.Text && len(f.Because) > 0 })
}

// oneLine folds a text of several lines.
func oneLine(text string) string { return printable(strings.Join(strings.Fields(text), " ")) }

// until says when, and how long that is from the decision.
func (p *treePrinter) until(t int64) string {
	if t == 0 {
		return ""
	}
	left := time.Duration(t-p.now) * time.Second
	return fmt.Sprintf(" until %s (%s)", time.Unix(t, 0).UTC().Format(time.RFC3339), left)
}
