// What --limits says.

package author

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

var sizeText = regexp.MustCompile(`^([0-9]{1,12})(B|KiB|MiB|GiB)?$`)

// ParseLimits reads limits as they are in a configuration, NAME=VALUE each:
// sizes as 64KiB, times as 250ms, fuel as a number. The runtime checks their
// ranges.
func ParseLimits(settings []string) (plugin.Limits, error) {
	var l plugin.Limits
	sizes := map[string]*int64{"input": &l.Input, "memory": &l.Memory, "output": &l.Output}
	counts := map[string]*int64{"fuel": &l.Fuel, "fuel_per_byte": &l.FuelPerByte}
	for _, setting := range settings {
		name, text, _ := strings.Cut(setting, "=")
		var ok bool
		want := "a number of instructions, such as 50000000"
		switch {
		case sizes[name] != nil:
			*sizes[name], ok = parseSize(text)
			want = "a size, such as 64KiB"
		case counts[name] != nil:
			n, err := strconv.ParseInt(text, 10, 64)
			*counts[name], ok = n, err == nil && n > 0
		case name == "timeout":
			d, err := time.ParseDuration(text)
			l.Timeout, ok = d, err == nil && d > 0
			want = "a time, such as 250ms"
		default:
			return l, wrong("write "+strings.Join(limitNames(), ", ")+" and a value, as fuel=50000000", "there is no limit %q", name)
		}
		if !ok {
			return l, wrong("write "+want, "the limit %s is %q", name, text)
		}
	}
	return l, nil
}

func limitNames() []string {
	return []string{"input", "memory", "output", "fuel", "fuel_per_byte", "timeout"}
}

func parseSize(text string) (int64, bool) {
	parts := sizeText.FindStringSubmatch(text)
	if parts == nil {
		return 0, false
	}
	shift := map[string]uint{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30}[parts[2]]
	n, _ := strconv.ParseInt(parts[1], 10, 64) // at most twelve digits
	return n << shift, n > 0 && n <= math.MaxInt64>>shift
}
