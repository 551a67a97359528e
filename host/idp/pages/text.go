package pages

// One text of a translation: placeholders in braces, and forms for numbers.

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// text is a sentence, or one for each form that the language has for numbers
// (CLDR: zero, one, two, few, many, other), chosen by the placeholder count.
type text struct {
	other string
	forms map[plural.Form]string
}

var formNames = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// UnmarshalJSON reads a string or an object of forms, of which other is
// needed.
func (t *text) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &t.other); err == nil {
		return nil
	}
	var named map[string]string
	if err := json.Unmarshal(data, &named); err != nil {
		return errors.New("write a text, or an object with a text for each form: one, other")
	}
	t.forms = map[plural.Form]string{}
	for name, s := range named {
		form, known := formNames[name]
		if !known {
			return fmt.Errorf("there is no form %q: use zero, one, two, few, many, other", name)
		}
		t.forms[form] = s
	}
	t.other = t.forms[plural.Other]
	if t.other == "" {
		return errors.New("the form other is missing")
	}
	return nil
}

// in is the form for count.
func (t text) in(tag language.Tag, count string) string {
	n, err := strconv.Atoi(count)
	if len(t.forms) == 0 || err != nil {
		return t.other
	}
	if s := t.forms[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]; s != "" {
		return s
	}
	return t.other
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// placeholders are the names in braces, of all forms.
func (t text) placeholders() []string {
	names := map[string]bool{}
	for _, s := range append(slices.Collect(maps.Values(t.forms)), t.other) {
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			names[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// pattern is the text of key in the form for count; the key itself when there
// is no such text.
func (t *translation) pattern(key, count string) string {
	found, ok := t.texts[key]
	if !ok {
		return key
	}
	return found.in(t.tag, count)
}

func fill(pattern string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(pattern, func(m string) string { return values[m[1:len(m)-1]] })
}

// plain is the text of key with its arguments, name, value pairs, filled in.
// It is not escaped.
func (t *translation) plain(key string, args ...string) string {
	values := pairs(args)
	return fill(t.pattern(key, values["count"]), values)
}

// html is plain, escaped, with each argument but count in a bdi element.
func (t *translation) html(key string, values map[string]string) template.HTML {
	pattern := template.HTMLEscapeString(t.pattern(key, values["count"]))
	escaped := make(map[string]string, len(values))
	for name, value := range values {
		escaped[name] = template.HTMLEscapeString(value)
		if name != "count" {
			escaped[name] = "<bdi>" + escaped[name] + "</bdi>"
		}
	}
	return template.HTML(fill(pattern, escaped)) //nolint:gosec // the pattern and its values are escaped
}
