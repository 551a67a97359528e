// Did you mean?

package config

import "strings"

// nearest is the one of known that text is most likely a misspelling of, or "".
func nearest(text string, known []string) string {
	text = flat(text)
	best, distance := "", len(text)/3+2
	for _, k := range known {
		if d := edits(text, flat(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

func flat(s string) string {
	if len(s) > 128 {
		s = s[:128]
	}
	return strings.ReplaceAll(strings.ToLower(s), "-", "_")
}

// edits is the Levenshtein distance in bytes.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
