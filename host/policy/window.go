// Time windows and time zones that stand in a policy's text, read as
// data.doorward.hours reads them.

package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // where the machine has no time zones

	"github.com/open-policy-agent/opa/v1/ast"
)

var (
	weekdays     = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	windowHours  = regexp.MustCompile(`^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$`)
	timeZoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}$`)
)

func wrongWindow(v ast.Value) string {
	const example = `write one such as "08:00-18:00", "Mon-Fri 08:00-18:00" or "Fri,Sat 22:00-06:00"`
	text, ok := v.(ast.String)
	if !ok {
		return "not a time window: " + example
	}
	days, hours, several := strings.Cut(string(text), " ")
	if !several {
		days, hours = "", string(text)
	}
	if !windowHours.MatchString(hours) {
		return "not a time window, with two digits for hours and minutes: " + example
	}
	if from, to, _ := strings.Cut(hours, "-"); from == to {
		return "the window begins and ends at the same time: write 00:00-24:00 for the whole day"
	}
	if several {
		return wrongDays(days)
	}
	return ""
}

func wrongDays(days string) string {
	for span := range strings.SplitSeq(days, ",") {
		ends := strings.Split(span, "-")
		if len(ends) > 2 {
			return `a range of days has two ends: write one such as "Mon-Fri" or "Mon,Wed,Fri"`
		}
		for _, day := range ends {
			if !slices.Contains(weekdays, day) {
				return fmt.Sprintf("%q is no weekday: write %s, joined by - or , and one space before the time", day, strings.Join(weekdays, ", "))
			}
		}
	}
	return ""
}

// wrongTimeZone refuses Local and "" too: they are other zones on other machines.
func wrongTimeZone(v ast.Value) string {
	const example = `write a name of the IANA database, such as "Europe/Zurich" or "UTC"`
	text, ok := v.(ast.String)
	switch {
	case text == "Local":
		return "Local is another time zone on another machine: " + example
	case !ok || !timeZoneName.MatchString(string(text)):
		return "not a time zone: " + example
	}
	if _, err := time.LoadLocation(string(text)); err != nil {
		return "no such time zone: " + example
	}
	return ""
}
