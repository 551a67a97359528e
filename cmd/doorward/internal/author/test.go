// Testing: each golden case through the host's runtime.

package author

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/doorward/doorward/host/plugin"
)

// TestOptions say which cases are run and what becomes of the outcome.
type TestOptions struct {
	Only   *regexp.Regexp // nil is all cases
	Update bool           // what comes out becomes what must come out
	Module string         // tested instead of the project's own, which is then not built
	AsIs   bool           // the project's module is not built
	Cases  string         // the folder of cases; empty is the project's testdata
	Limits plugin.Limits
}

// Tested counts cases.
type Tested struct {
	Passed, Failed int
	Updated, New   int // outputs that were written, over another or as the first
	Differ         int // of those that failed: another outcome came out than was wanted
}

// Test builds the project when its sources are newer than its module, unless it
// is to be taken as it is, takes
// each case through it and writes a line for each to out; what differs follows
// the line of a case that fails.
func (p *Project) Test(ctx context.Context, h *Host, o TestOptions, out, said io.Writer) (Tested, error) {
	var sum Tested
	cases := o.Cases
	if cases == "" {
		cases = p.cases()
	}
	names, err := casesIn(cases)
	if err != nil {
		return sum, err
	}
	m, err := p.tested(ctx, h, o, said)
	if err != nil {
		return sum, err
	}
	for _, name := range names {
		if o.Only != nil && !o.Only.MatchString(name) {
			continue
		}
		if err := testOne(ctx, h, m, filepath.Join(cases, name), o, out, &sum); err != nil {
			return sum, err
		}
	}
	if sum == (Tested{}) {
		return sum, wrong("write another pattern; the cases are "+joined(names), "no case matches %q", o.Only)
	}
	if o.Update {
		fmt.Fprintf(out, "%d new, %d updated, %d same, %d failed\n", sum.New, sum.Updated, sum.Passed, sum.Failed)
	} else {
		fmt.Fprintf(out, "%d passed, %d failed\n", sum.Passed, sum.Failed)
	}
	return sum, nil
}

func (p *Project) tested(ctx context.Context, h *Host, o TestOptions, said io.Writer) (*Module, error) {
	if o.Module != "" {
		return h.named(o.Module)
	}
	return p.Current(ctx, h, o.AsIs, said)
}

// testOne runs one case and writes its line. Only a context that is done ends
// the others.
func testOne(ctx context.Context, h *Host, m *Module, dir string, o TestOptions, out io.Writer, sum *Tested) error {
	name := filepath.Base(dir)
	got, report, note, err := runCase(ctx, h, m, dir, o.Limits)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		sum.Failed++
		fmt.Fprintf(out, "FAIL  %s\n%s", name, indented(strings.Split(err.Error(), "\n")))
		return nil
	}
	if note != "" {
		defer func() { fmt.Fprint(out, indented([]string{note})) }()
	}
	golden := filepath.Join(dir, outputFile)
	want, err := readOutcome(golden)
	same := err == nil && got.equal(want)
	switch {
	case o.Update:
		return update(golden, same, got, out, sum)
	case same:
		sum.Passed++
		fmt.Fprintf(out, "ok    %-24s %s fuel, %s\n", name, grouped(report.Fuel), timeText(report.Took))
	case !exists(golden):
		sum.Failed++
		fmt.Fprintf(out, "FAIL  %s\n%s", name, indented(append([]string{"there is no " + golden + "; --update writes what came out:"}, got.laidOut()...)))
	case err != nil:
		sum.Failed++
		fmt.Fprintf(out, "FAIL  %s\n%s", name, indented([]string{err.Error()}))
	default:
		sum.Failed++
		sum.Differ++
		fmt.Fprintf(out, "FAIL  %s\n%s", name, indented(diff(want.laidOut(), got.laidOut())))
		if report.Reason != "" && report.Reason != got.Failure {
			fmt.Fprint(out, indented([]string{"reason  " + report.Reason}))
		}
		fmt.Fprint(out, indented(stackLines(m.stackOf(report))))
	}
	return nil
}

// update makes what came out what must come out, unless it is the same, and
// writes the case's line.
func update(golden string, same bool, got outcome, out io.Writer, sum *Tested) error {
	word, count := "same", &sum.Passed
	switch {
	case same:
	case exists(golden):
		word, count = "updated", &sum.Updated
	default:
		word, count = "new", &sum.New
	}
	if !same {
		if err := writeWhole(golden, got.text()); err != nil {
			return advise(err, "make the folder writable")
		}
	}
	*count++
	fmt.Fprintf(out, "%-8s %s\n", word, golden)
	return nil
}

// runCase is what comes out of a case. A failure of the guest is an outcome;
// the error is of what keeps it from running.
func runCase(ctx context.Context, h *Host, m *Module, dir string, limits plugin.Limits) (o outcome, r plugin.Report, note string, err error) {
	call, err := readCase(dir, m.Metadata)
	if err != nil {
		return o, r, "", err
	}
	call.grant.Limits = limits
	guest, note, err := h.guestFor(ctx, m, call)
	if err != nil {
		return o, r, "", err
	}
	r, err = guest.Run(ctx, call.job())
	return outcomeOf(r, err), r, note, nil
}

func indented(lines []string) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString("      " + line + "\n")
	}
	return out.String()
}

// CompilePattern reads the pattern of --run.
func CompilePattern(text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	pattern, err := regexp.Compile(text)
	return pattern, advise(err, "write a regular expression that matches names of cases")
}
