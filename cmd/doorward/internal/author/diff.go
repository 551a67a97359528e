// What differs between two texts, line by line.

package author

import "strings"

// maxCompared bounds the lines that are compared with each other.
const maxCompared = 2000

func splitLines(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }

// Diff lists the lines of before and after, as diff does.
func Diff(before, after string) []string { return diff(splitLines(before), splitLines(after)) }

// diff lists the lines of want and got: "- " only wanted, "+ " only got, "  "
// in both. Of equal lines it keeps three around each difference.
func diff(want, got []string) []string {
	if len(want) > maxCompared || len(got) > maxCompared {
		return []string{"- (too long to compare line by line)", "+ " + got[0]}
	}
	return near(aligned(want, got), 3)
}

// aligned walks a longest common subsequence.
func aligned(want, got []string) []string {
	common := commonLengths(want, got)
	var lines []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			lines = append(lines, "  "+want[i])
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, "- "+want[i])
			i++
		default:
			lines = append(lines, "+ "+got[j])
			j++
		}
	}
	return lines
}

// commonLengths has at [i][j] how many lines want[i:] and got[j:] share.
func commonLengths(want, got []string) [][]int32 {
	lengths := make([][]int32, len(want)+1)
	for i := range lengths {
		lengths[i] = make([]int32, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			} else {
				lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			}
		}
	}
	return lengths
}

// near leaves out equal lines that are farther than context from a difference.
func near(lines []string, context int) []string {
	keep := make([]bool, len(lines))
	for i, line := range lines {
		if line[0] != ' ' {
			for k := max(0, i-context); k <= min(len(lines)-1, i+context); k++ {
				keep[k] = true
			}
		}
	}
	var kept []string
	for i, line := range lines {
		switch {
		case keep[i]:
			kept = append(kept, line)
		case i > 0 && keep[i-1]:
			kept = append(kept, "  …")
		}
	}
	return kept
}
