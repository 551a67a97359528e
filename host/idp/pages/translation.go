package pages

// One translation: read from its file, over what it builds on.

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
)

// translation is all texts in one language.
type translation struct {
	tag   language.Tag
	dir   string // rtl, or empty
	texts map[string]text
}

// catalogue are the translations that were read.
type catalogue map[language.Tag]*translation

// add reads f over the translation of its language that is there, or of the
// language that it belongs to, or English.
func (c catalogue) add(f file, log *slog.Logger) error {
	data, err := f.read()
	if err != nil {
		return err
	}
	if len(data) > maxTranslation {
		return fmt.Errorf("it has more than %d bytes", maxTranslation)
	}
	var read map[string]json.RawMessage
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("it is not a JSON object with a text for each key: %w", err)
	}
	base := c.base(f.tag)
	t := &translation{tag: f.tag, dir: direction(f.tag), texts: map[string]text{}}
	if base != nil {
		maps.Copy(t.texts, base.texts)
	}
	var unknown []string
	for _, key := range slices.Sorted(maps.Keys(read)) {
		var one text
		if err := json.Unmarshal(read[key], &one); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if base != nil && !base.knows(key) {
			unknown = append(unknown, key)
			continue
		}
		if err := c.check(key, one); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		t.texts[key] = one
	}
	c[f.tag] = t
	report(log, f.name, "a translation has texts that no page shows: correct their keys, or remove them", unknown)
	if base != nil && base.tag == language.English && f.tag != language.English {
		report(log, f.name, "a translation lacks texts, which are shown in English", missing(base.texts, read))
	}
	return nil
}

// base is what a translation of tag builds on; nil for the built-in English.
func (c catalogue) base(tag language.Tag) *translation {
	for at := tag; at != language.Und; at = at.Parent() {
		if t := c[at]; t != nil {
			return t
		}
	}
	return c[language.English]
}

// knows reports whether a page may show the text of key. Any scope can have
// texts.
func (t *translation) knows(key string) bool {
	_, known := t.texts[key]
	return known || strings.HasPrefix(key, "scope.") && (strings.HasSuffix(key, ".title") || strings.HasSuffix(key, ".text"))
}

// check refuses placeholders that the English text has not: a page would show
// nothing in their place.
func (c catalogue) check(key string, one text) error {
	if one.other == "" {
		return fmt.Errorf("the text is empty: remove the key to have the English one")
	}
	english := c[language.English]
	if english == nil {
		return nil
	}
	filled := english.texts[key].placeholders()
	for _, name := range one.placeholders() {
		if !slices.Contains(filled, name) {
			return fmt.Errorf("nothing is filled in for {%s}: use only %s", name, braced(filled))
		}
	}
	return nil
}

func braced(names []string) string {
	if len(names) == 0 {
		return "text without braces"
	}
	return "{" + strings.Join(names, "}, {") + "}"
}

func missing(wanted map[string]text, read map[string]json.RawMessage) (keys []string) {
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if _, there := read[key]; !there {
			keys = append(keys, key)
		}
	}
	return keys
}

func report(log *slog.Logger, name, what string, keys []string) {
	if len(keys) > 0 {
		log.Warn(what, "file", name, "keys", strings.Join(keys, " "))
	}
}

// direction is how the language is written.
func direction(tag language.Tag) string {
	script, _ := tag.Script()
	if slices.Contains([]string{"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg"}, script.String()) {
		return "rtl"
	}
	return ""
}

// moment is t as the language writes a date and a time of day.
func (t *translation) moment(at time.Time) string {
	zone, _ := at.Zone()
	return t.plain("time", "day", strconv.Itoa(at.Day()), "month", t.plain("month."+strconv.Itoa(int(at.Month()))),
		"year", strconv.Itoa(at.Year()), "clock", at.Format("15:04"), "zone", zone)
}
