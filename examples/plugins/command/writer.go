// The result, written in the form that every language's example writes, so
// that they can be compared as bytes. A plugin of its own may as well use
// json.Marshal.

package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

type writer struct{ text []byte }

// member writes one member of set, after a comma unless it is the first.
func (w *writer) member(name string, value []byte) {
	if len(w.text) == 0 {
		w.text = append(w.text, `{"set":{`...)
	} else {
		w.text = append(w.text, ',')
	}
	w.text = append(append(append(w.text, quote(name)...), ':'), value...)
}

func (w *writer) string(name, value string) {
	if value != "" {
		w.member(name, quote(value))
	}
}

func (w *writer) person(claims, info object) {
	first := func(name string) string {
		if text := info.text(name); text != "" {
			return text
		}
		return claims.text(name)
	}
	w.string("userName", lower(claims.text("preferred_username")))
	w.string("firstName", first("given_name"))
	w.string("lastName", first("family_name"))
	w.string("email", email(claims))
}

func (w *writer) roles(roles []string) {
	quoted := make([]string, len(roles))
	for i, role := range roles {
		quoted[i] = string(quote(role))
	}
	w.member("roles", []byte("["+strings.Join(quoted, ",")+"]"))
}

func (w *writer) attributes(groups int, org json.RawMessage, info object) {
	all := `{"groupCount":` + strconv.Itoa(groups)
	if locale := info["locale"]; kind(locale) == '"' {
		all += `,"locale":` + string(quote(text(locale)))
	}
	if k := kind(org); k != 0 && k != 'n' {
		all += `,"org":` + string(org)
	}
	w.member("attributes", []byte(all+"}"))
}

// close ends set, and unsets the address that may not be set.
func (w *writer) close(claims object) {
	w.text = append(w.text, '}')
	if email(claims) == "" {
		w.text = append(w.text, `,"unset":["email"]`...)
	}
	w.text = append(w.text, '}')
}

// quote is s as a JSON string with as few escapes as there can be.
func quote(s string) []byte {
	out := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < 0x20 || c == 0x7f:
			out = fmt.Appendf(out, `\u%04x`, c)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// lower changes the letters of ASCII only, as every language can.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
