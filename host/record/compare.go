// The difference between two outcomes of one login.

package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/doorward/doorward/host/login"
)

// Difference is what another run made of a login. Two logins with equal ones
// belong together. It names levels and attributes and holds no value of either.
type Difference struct {
	Refused    login.Code        `json:"refused,omitempty"`   // it was admitted, and is refused now
	Admitted   login.Code        `json:"admitted,omitempty"`  // it was refused so, and is admitted now
	Otherwise  []login.Code      `json:"otherwise,omitempty"` // it was refused with the first code, and is refused with the second
	Gained     []string          `json:"gained,omitempty"`    // levels, by path, as the following
	Lost       []string          `json:"lost,omitempty"`
	Ends       []EndChange       `json:"ends,omitempty"`       // levels that are held by both
	Attributes []AttributeChange `json:"attributes,omitempty"` // of the user, by name
}

// EndChange is a level that ends at another time.
type EndChange struct {
	Level string `json:"level"`
	// Change is ends_now (it had no end), endless_now, or later or earlier by
	// Seconds.
	Change  string `json:"change"`
	Seconds int64  `json:"seconds,omitempty"`
}

// AttributeChange is a user attribute whose value is another.
type AttributeChange struct {
	Attribute string `json:"attribute"` // email, attributes.team
	Change    string `json:"change"`    // gained, lost or changed
}

// Compare says how now differs from what was recorded; nil when it does not.
// Levels of a login that is refused before anything is decided are lost.
func Compare(was, now Outcome) *Difference {
	var d Difference
	switch {
	case was.Refused == now.Refused:
	case was.Refused == "":
		d.Refused = now.Refused
	case now.Refused == "":
		d.Admitted = was.Refused
	default:
		d.Otherwise = []login.Code{was.Refused, now.Refused}
	}
	before, after := held(was), held(now)
	for _, path := range slices.Sorted(maps.Keys(before)) {
		until, still := after[path]
		switch {
		case !still:
			d.Lost = append(d.Lost, path)
		case until != before[path]:
			d.Ends = append(d.Ends, endChange(path, before[path], until))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if _, had := before[path]; !had {
			d.Gained = append(d.Gained, path)
		}
	}
	if was.User != nil && now.User != nil { // who is refused has no attributes to lose
		d.Attributes = changed(was.User, now.User)
	}
	if d.same() {
		return nil
	}
	return &d
}

func (d Difference) same() bool {
	return d.Refused == "" && d.Admitted == "" && d.Otherwise == nil && d.Gained == nil && d.Lost == nil && d.Ends == nil && d.Attributes == nil
}

func held(o Outcome) map[string]int64 {
	levels := map[string]int64{}
	if o.Decision != nil {
		for _, l := range o.Decision.Levels {
			levels[l.Path] = l.Until
		}
	}
	return levels
}

func endChange(path string, was, now int64) EndChange {
	switch {
	case was == 0:
		return EndChange{Level: path, Change: "ends_now"}
	case now == 0:
		return EndChange{Level: path, Change: "endless_now"}
	case now > was:
		return EndChange{Level: path, Change: "later", Seconds: now - was}
	}
	return EndChange{Level: path, Change: "earlier", Seconds: was - now}
}

// changed lists the attributes in which two users differ, by name.
func changed(was, now *login.User) (list []AttributeChange) {
	before, after := attributes(was), attributes(now)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a, had := before[name]
		b, has := after[name]
		change := ""
		switch {
		case !had:
			change = "gained"
		case !has:
			change = "lost"
		case !same(a, b):
			change = "changed"
		default:
			continue
		}
		list = append(list, AttributeChange{shownName(name), change})
	}
	return list
}

// attributes are those that u has, by name.
func attributes(u *login.User) map[string]any {
	list := map[string]any{}
	for name, text := range map[string]string{"id": u.ID, "userName": u.UserName, "firstName": u.FirstName, "lastName": u.LastName, "email": u.Email} {
		if text != "" {
			list[name] = text
		}
	}
	if len(u.Roles) > 0 {
		list["roles"] = u.Roles
	}
	for name, value := range u.Attributes {
		list["attributes."+name] = value
	}
	return list
}

// same reports whether two values have one JSON text, with members sorted.
func same(a, b any) bool {
	if a, ok := a.(string); ok {
		b, ok := b.(string)
		return ok && a == b
	}
	x, wrong := json.Marshal(a)
	y, bad := json.Marshal(b)
	return wrong == nil && bad == nil && bytes.Equal(x, y)
}

// shownName is a name of bounded length on one line: a plugin may make names
// of anything.
func shownName(name string) string {
	name = printable(name)
	if len(name) > 80 {
		name = strings.ToValidUTF8(name[:80], "") + "…"
	}
	return name
}

// printable is a name without what a terminal could take for a command: the
// names of roles come from providers.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// key is equal for equal differences.
func (d Difference) key() string {
	text, _ := json.Marshal(d) // strings and numbers marshal
	return string(text)
}

// Lines says what changed, a line for each change.
func (d Difference) Lines() (lines []string) {
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	switch {
	case d.Refused != "":
		say("is refused now: %s", d.Refused)
	case d.Admitted != "":
		say("is admitted now; it was refused: %s", d.Admitted)
	case len(d.Otherwise) == 2:
		say("is refused otherwise: %s, not %s", d.Otherwise[1], d.Otherwise[0])
	}
	for _, level := range d.Lost {
		say("loses %s", printable(level))
	}
	for _, level := range d.Gained {
		say("gains %s", printable(level))
	}
	for _, e := range d.Ends {
		say("%s", e.line())
	}
	for _, a := range d.Attributes {
		say("%s is %s", a.Attribute, a.Change)
	}
	return lines
}

func (e EndChange) line() string {
	by := (time.Duration(e.Seconds) * time.Second).String()
	level := printable(e.Level)
	switch e.Change {
	case "ends_now":
		return level + " ends; it had no end"
	case "endless_now":
		return level + " has no end any more"
	case "later":
		return level + " ends " + by + " later"
	}
	return level + " ends " + by + " earlier"
}
