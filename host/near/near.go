// Package near finds the name that was meant by one that does not exist, for
// messages that say "did you mean". Bad names come from people: a text counts
// up to 128 bytes, upper and lower case are one, and so are - and _.
package near

import (
	"cmp"
	"slices"
	"strings"
)

const most = 128 // bytes that count

// Name is the one of names that text is most likely a misspelling of, or "".
// Of names that are equally near it is the first.
func Name(text string, names []string) string {
	best, limit := "", 1+max(1, len(flat(text))/4)
	for _, name := range names {
		if d := distance(text, name); d < limit {
			best, limit = name, d
		}
	}
	return best
}

// First is names with the nearest to text first, and equally near ones by
// name. It sorts names in place.
func First(text string, names []string) []string {
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(distance(text, a), distance(text, b)), cmp.Compare(a, b))
	})
	return names
}

// distance counts the insertions, deletions, replacements and swaps of bytes
// between a and b (the optimal string alignment distance).
func distance(a, b string) int {
	a, b = flat(a), flat(b)
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		older, old, row = old, row, older
		row[0] = i + 1
		for j := range len(b) {
			row[j+1] = 1 + min(old[j], old[j+1], row[j])
			if a[i] == b[j] {
				row[j+1] = old[j]
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

func flat(text string) string {
	return strings.ReplaceAll(strings.ToLower(text[:min(len(text), most)]), "-", "_")
}
