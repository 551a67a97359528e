// Which of the known names was most likely meant.

package plugin

import (
	"cmp"
	"slices"
	"strings"
)

// nearestFirst sorts names by how much of each must be changed to have text,
// and by themselves.
func nearestFirst(text string, names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(edits(text, a), edits(text, b)), cmp.Compare(a, b))
	})
	return names
}

// edits is the Levenshtein distance in bytes of what two names begin with,
// regardless of case.
func edits(a, b string) int {
	const most = 64
	a, b = strings.ToLower(a[:min(len(a), most)]), strings.ToLower(b[:min(len(b), most)])
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
