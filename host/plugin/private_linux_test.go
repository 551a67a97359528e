package plugin

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// span is a range of addresses.
type span struct{ from, to uint64 }

// PrivateBytes is the bytes of written pages that are this process's alone: all
// of them, or those of mappings that begin in one of the spans.
func PrivateBytes(t testing.TB, in ...span) (sum int64) {
	t.Helper()
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	counts := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var at, end uint64
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &at, &end); n == 2 {
			counts = len(in) == 0 || slices.ContainsFunc(in, func(s span) bool { return s.from <= at && at < s.to })
		}
		if rest, ok := strings.CutPrefix(lines.Text(), "Private_Dirty:"); ok && counts {
			var kb int64
			if _, err := fmt.Sscan(rest, &kb); err != nil {
				t.Fatal(err)
			}
			sum += kb << 10
		}
	}
	return sum
}
