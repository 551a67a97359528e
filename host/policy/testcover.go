// Which lines of policies their tests evaluate.

package policy

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
)

// Coverage is which lines of the policies the tests evaluated. Test files and
// the library are not counted.
type Coverage struct {
	Percent float64        `json:"percent"` // of the lines that can be evaluated
	Files   []FileCoverage `json:"files"`   // by name
}

// FileCoverage is the coverage of one file.
type FileCoverage struct {
	File      string  `json:"file"`
	Percent   float64 `json:"percent"`
	Covered   []Lines `json:"covered"`
	Uncovered []Lines `json:"uncovered"`
}

// Lines are those from From to To, both included.
type Lines struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// coverage leaves out of what was traced all but the policies of texts.
func coverage(traced *cover.Cover, modules map[string]*ast.Module, texts map[string]string) *Coverage {
	policies := map[string]*ast.Module{}
	for name, module := range modules {
		if _, own := texts[name]; own && !strings.HasSuffix(name, testSuffix) {
			policies[name] = module
		}
	}
	report := traced.Report(policies)
	c := &Coverage{Files: []FileCoverage{}}
	covered, all := 0, 0
	for _, name := range slices.Sorted(maps.Keys(policies)) {
		f := FileCoverage{File: name, Covered: []Lines{}, Uncovered: []Lines{}}
		if r := report.Files[name]; r != nil {
			seen, unseen := rows(r.Covered), rows(r.NotCovered)
			for row := range seen {
				delete(unseen, row)
			}
			f.Covered, f.Uncovered = ranges(seen), ranges(unseen)
			f.Percent = percent(len(seen), len(seen)+len(unseen))
			covered, all = covered+len(seen), all+len(seen)+len(unseen)
		}
		c.Files = append(c.Files, f)
	}
	c.Percent = percent(covered, all)
	return c
}

func percent(part, all int) float64 {
	if all == 0 {
		return 100
	}
	return 100 * float64(part) / float64(all)
}

func rows(list []cover.Range) map[int]bool {
	found := map[int]bool{}
	for _, r := range list {
		for row := r.Start.Row; row <= r.End.Row; row++ {
			found[row] = true
		}
	}
	return found
}

// ranges joins lines that follow each other.
func ranges(rows map[int]bool) []Lines {
	list := []Lines{}
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		if n := len(list); n > 0 && list[n-1].To == row-1 {
			list[n-1].To = row
			continue
		}
		list = append(list, Lines{row, row})
	}
	return list
}

// write prints the files and the lines of them that no test evaluates; nothing
// when coverage was not asked for.
func (c *Coverage) write(w io.Writer) error {
	if c == nil {
		return nil
	}
	for _, f := range c.Files {
		text := fmt.Sprintf("%s: %.1f %% covered", f.File, f.Percent)
		if len(f.Uncovered) > 0 {
			var lines []string
			for _, l := range f.Uncovered {
				lines = append(lines, l.String())
			}
			text += "; not evaluated: " + strings.Join(lines, ", ")
		}
		if _, err := fmt.Fprintln(w, text); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%.1f %% covered\n", c.Percent)
	return err
}

func (l Lines) String() string {
	if l.From == l.To {
		return fmt.Sprint(l.From)
	}
	return fmt.Sprintf("%d-%d", l.From, l.To)
}
