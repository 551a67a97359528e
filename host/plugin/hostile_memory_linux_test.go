package plugin_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

// privatePages is the bytes of pages that are this process's alone.
func privatePages(t testing.TB) (bytes int64) {
	t.Helper()
	file, err := os.Open("/proc/self/smaps_rollup")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "Private_Dirty:"); ok {
			if _, err := fmt.Sscan(rest, &bytes); err != nil {
				t.Fatal(err)
			}
		}
	}
	return bytes << 10
}
