// Numbers for people.

package author

import (
	"fmt"
	"strconv"
	"time"
)

// bytesText is a size with a unit, exact below 10 KiB.
func bytesText(n int64) string {
	switch {
	case n < 10<<10:
		return grouped(n) + " bytes"
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// grouped writes an integer with a comma between groups of three digits.
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// timeText is a time with three digits that count.
func timeText(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return d.String()
	case d < 10*time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}

// share is used as a percentage of most.
func share(used, most int64) float64 {
	if most <= 0 {
		return 0
	}
	return 100 * float64(used) / float64(most)
}

// of is "used of most (share)".
func of(used, most string, percent float64) string {
	return fmt.Sprintf("%s of %s (%.1f %%)", used, most, percent)
}
