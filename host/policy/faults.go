// Everything that can be wrong with a policy at load, with its place.

package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/near"
)

// Fault is one thing wrong with a policy file, a declared level or a grant.
// File is empty when it lies in the configuration.
type Fault struct {
	File    string
	Line    int
	Column  int
	Message string // what is wrong, and what to write instead
}

func (f Fault) Error() string { return place(f.File, f.Line, f.Column) + f.Message }

// Faults is every fault of one load, by place. New returns it as its error.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.Error()
	}
	return strings.Join(lines, "\n")
}

// Warning is something a policy writer should know that refuses nothing.
type Warning struct {
	File    string
	Line    int
	Column  int
	Message string
}

func (w Warning) String() string { return place(w.File, w.Line, w.Column) + w.Message }

func place(file string, line, column int) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d: ", file, line, column)
}

func faultAt(loc *ast.Location, format string, args ...any) Fault {
	f := Fault{Message: fmt.Sprintf(format, args...)}
	if loc != nil {
		f.File, f.Line, f.Column = loc.File, loc.Row, loc.Col
	}
	return f
}

// sorted orders faults by place and drops those said twice, or said again with
// less.
func (f Faults) sorted() Faults {
	slices.SortFunc(f, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	kept := f[:0]
	for i, fault := range f {
		if i+1 < len(f) && samePlace(fault, f[i+1]) && strings.HasPrefix(f[i+1].Message, fault.Message) {
			continue
		}
		kept = append(kept, fault)
	}
	return kept
}

func samePlace(a, b Fault) bool {
	return a.File == b.File && a.Line == b.Line && a.Column == b.Column
}

// regoFaults turns what OPA says into faults, with a suggestion where a name
// is close to one that exists.
func regoFaults(err error) Faults {
	var many ast.Errors
	if !errors.As(err, &many) {
		return Faults{{Message: err.Error()}}
	}
	faults := make(Faults, 0, len(many))
	for _, e := range many {
		faults = append(faults, faultAt(e.Location, "%s", regoMessage(e)))
	}
	return faults.sorted()
}

func regoMessage(e *ast.Error) string {
	var invalid *ast.RefErrInvalidDetail
	if detail, ok := e.Details.(*ast.RefErrInvalidDetail); ok {
		invalid = detail
	}
	if invalid != nil && invalid.Pos < len(invalid.Ref) && !invalid.Ref[0].Equal(ast.DefaultRootDocument) {
		return unknownMember(invalid)
	}
	if name, ok := strings.CutPrefix(e.Message, "undefined function "); ok {
		if why, off := switchedOff[name]; off {
			return name + " is not available to policies: " + why
		}
	}
	if e.Message == "match error" && e.Details != nil {
		var sides []string
		for _, line := range e.Details.Lines() {
			sides = append(sides, strings.Join(strings.Fields(strings.Replace(line, ":", "is", 1)), " "))
		}
		return "the two sides can never be equal: " + strings.Join(sides, ", ")
	}
	return e.Message
}

// unknownMember says which member of the input does not exist.
func unknownMember(d *ast.RefErrInvalidDetail) string {
	parent := d.Ref[:d.Pos].String()
	member, isName := d.Ref[d.Pos].Value.(ast.String)
	if !isName {
		return fmt.Sprintf("%s has no such member", parent)
	}
	var known []string
	for _, v := range d.OneOf {
		if s, ok := v.(ast.String); ok {
			known = append(known, string(s))
		}
	}
	slices.Sort(known)
	message := fmt.Sprintf("%s has no member %q", parent, string(member))
	if close := near.Name(string(member), known); close != "" {
		return message + fmt.Sprintf(": did you mean %q?", close)
	}
	if len(known) > 0 {
		return message + "; it has " + strings.Join(known, ", ")
	}
	return message
}
