// What a call used, beside what it may use.

package author

import (
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// limitsFor is what a call with an input of so many bytes may use.
func limitsFor(l plugin.Limits, input int) Used {
	d := plugin.DefaultLimits
	return Used{
		Input:  or(l.Input, d.Input),
		Output: or(l.Output, d.Output),
		Fuel:   or(l.Fuel, d.Fuel) + or(l.FuelPerByte, d.FuelPerByte)*int64(input),
		Memory: or(l.Memory, d.Memory),
		Time:   int64(or(l.Timeout, d.Timeout)),
	}
}

func or[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// usedRow is one limit and what is used of it, for people.
type usedRow struct {
	name, used, most string
	percent          float64
}

func (u Used) against(most Used) []usedRow {
	return []usedRow{
		{"fuel", grouped(u.Fuel), grouped(most.Fuel), share(u.Fuel, most.Fuel)},
		{"time", timeText(time.Duration(u.Time)), timeText(time.Duration(most.Time)), share(u.Time, most.Time)},
		{"memory", bytesText(u.Memory), bytesText(most.Memory), share(u.Memory, most.Memory)},
		{"input", bytesText(u.Input), bytesText(most.Input), share(u.Input, most.Input)},
		{"output", bytesText(u.Output), bytesText(most.Output), share(u.Output, most.Output)},
	}
}
