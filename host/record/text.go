// The report as a person reads it.

package record

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const shownGroups = 50 // of the text; JSON has all

var reasons = map[Reason]string{
	ReasonMapperTokens: "a mapper or plugin reads token strings, which are not kept",
	ReasonPolicyTokens: "a policy rule reads token strings, which are not kept",
	ReasonTokenCopied:  "a claim or the user held a token",
	ReasonInterrupted:  "time or load decided a step: a timeout, a plugin that was left alone",
	ReasonNoProvider:   "the provider is not configured any more",
	ReasonUnreadable:   "the record is damaged",
	ReasonSealed:       "the record was sealed with a host key that is gone",
	ReasonVersion:      "the record is of another version",
}

// Write writes the report as text.
func (r Report) Write(w io.Writer) error {
	out := &strings.Builder{}
	r.head(out)
	r.skipped(out)
	r.levelTable(out)
	r.groupList(out)
	r.verdict(out)
	_, err := io.WriteString(w, out.String())
	return err
}

func (r Report) head(out *strings.Builder) {
	since := ""
	if !r.Since.IsZero() {
		since = " since " + moment(r.Since)
	}
	fmt.Fprintf(out, "%s%s: %d replayed, %d different\n", count(r.Logins, "recorded login"), since, r.Replayed, r.Different)
	if r.Logins > 0 {
		fmt.Fprintf(out, "from %s to %s, %d of those replayed were recorded under these rules\n", moment(r.First), moment(r.Last), r.SameRules)
	}
	fmt.Fprintf(out, "policy %s\n", short(r.Policy))
}

func (r Report) skipped(out *strings.Builder) {
	if len(r.NotReplayable) == 0 {
		return
	}
	fmt.Fprintf(out, "\nNOT REPLAYED\n")
	for _, s := range r.NotReplayable {
		why := reasons[s.Reason]
		if s.Detail != "" {
			why += ": " + s.Detail
		}
		fmt.Fprintf(out, "%7d  %s (such as %s)\n", s.Logins, why, strings.Join(s.Examples, ", "))
	}
}

func (r Report) levelTable(out *strings.Builder) {
	if len(r.Levels) == 0 {
		return
	}
	fmt.Fprintf(out, "\n %6s  %6s  %7s  %6s  %s\n", "GAINED", "LOST", "EARLIER", "LATER", "LEVEL")
	for _, l := range r.Levels {
		fmt.Fprintf(out, " %6d  %6d  %7d  %6d  %s\n", l.Gained, l.Lost, l.Earlier, l.Later, printable(l.Level))
	}
}

func (r Report) groupList(out *strings.Builder) {
	if len(r.Groups) > 0 {
		fmt.Fprintf(out, "\nLOGINS  DIFFERENCE\n")
	}
	for i, g := range r.Groups {
		if i == shownGroups {
			fmt.Fprintf(out, "        and %d other differences, which --json lists\n", len(r.Groups)-i)
			break
		}
		lines := g.Lines()
		fmt.Fprintf(out, "%6d  %s\n", g.Logins, lines[0])
		for _, line := range lines[1:] {
			fmt.Fprintf(out, "        %s\n", line)
		}
		fmt.Fprintf(out, "        such as %s\n", strings.Join(g.Examples, ", "))
	}
	if r.Ungrouped > 0 {
		fmt.Fprintf(out, "%6d  in still other ways\n", r.Ungrouped)
	}
}

func (r Report) verdict(out *strings.Builder) {
	if len(r.Forbidden) > 0 {
		out.WriteByte('\n')
	}
	for _, f := range r.Forbidden {
		switch {
		case f.Lost > 0:
			fmt.Fprintf(out, "forbidden: %d of %s lose %s, such as %s\n", f.Lost, count(f.Held, "login"), f.Level, strings.Join(f.Examples, ", "))
		case r.Replayed == 0, f.unproved():
			fmt.Fprintf(out, "forbidden: no login was replayed, so nothing says that nobody loses %s\n", f.Level)
		default:
			fmt.Fprintf(out, "kept: %s of %s\n", f.Level, count(f.Held, "login"))
		}
		if f.Unchecked > 0 {
			fmt.Fprintf(out, "         %s with it could not be replayed\n", count(f.Unchecked, "login"))
		}
	}
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func short(revision string) string {
	if len(revision) > 12 {
		return revision[:12]
	}
	return revision
}
