// One report of the tests of several folders.

package policy

import "slices"

// Add appends the tests and the coverage of other, which come after r's own.
func (r *TestReport) Add(other TestReport) {
	r.Results = append(r.Results, other.Results...)
	r.Passed, r.Failed, r.Skipped = r.Passed+other.Passed, r.Failed+other.Failed, r.Skipped+other.Skipped
	switch {
	case other.Coverage == nil:
	case r.Coverage == nil:
		r.Coverage = other.Coverage
	default:
		files := slices.Concat(r.Coverage.Files, other.Coverage.Files)
		covered, all := 0, 0
		for _, f := range files {
			seen := count(f.Covered)
			covered, all = covered+seen, all+seen+count(f.Uncovered)
		}
		r.Coverage = &Coverage{Percent: percent(covered, all), Files: files}
	}
}

func count(list []Lines) (n int) {
	for _, l := range list {
		n += l.To - l.From + 1
	}
	return n
}
