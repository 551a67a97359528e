// Single values: text to Go values, and what to write instead.

package config

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// scalar fills out with n read as kind, or reports why it cannot.
func (r *reader) scalar(n *yamltree.Node, row *keys.Key, kind keys.Kind, at string, out reflect.Value) {
	want := yamltree.String
	switch kind {
	case keys.Flag:
		want = yamltree.Bool
	case keys.Count:
		want = yamltree.Int
	}
	if n.Kind != want {
		r.fault(n, at, "is %s; write %s", n.Kind, wanted(row, kind))
		return
	}
	value, wrong := r.parseScalar(n.Text, row, kind)
	if wrong != "" {
		r.fault(n, at, "%s", wrong)
		return
	}
	if out.Type() == reflect.TypeFor[Secret]() {
		value = Secret{n.Text}
	}
	if out.Kind() == reflect.Pointer {
		out.Set(reflect.New(out.Type().Elem()))
		out = out.Elem()
	}
	out.Set(reflect.ValueOf(value).Convert(out.Type()))
}

// parseScalar is text as a value of kind. wrong says what is wrong with it and
// what to write instead.
func (r *reader) parseScalar(text string, row *keys.Key, kind keys.Kind) (value any, wrong string) {
	switch kind {
	case keys.Flag:
		return text == "true", ""
	case keys.Count:
		return count(text, row)
	case keys.Duration:
		return duration(text, row)
	case keys.Size:
		return size(text, row)
	case keys.Network:
		return network(text)
	case keys.Choice:
		return text, choice(text, row)
	case keys.Match:
		return text, r.match(text, row)
	case keys.Level:
		return text, level(text)
	case keys.URL:
		if slices.Contains(row.Values, text) {
			return text, ""
		}
		return text, webURL(text, row)
	case keys.Redirect:
		return text, redirectURI(text, row)
	case keys.Origin:
		return origin(text)
	case keys.Route:
		return text, route(text)
	case keys.Address:
		return text, address(text)
	case keys.File:
		return r.resolve(text), plainText(text, 4096)
	}
	limit := row.Max
	if limit == 0 || row.Kind == keys.List { // of a list it is how many items
		limit = 2048
	}
	return text, plainText(text, int(limit))
}

// wanted is how a fault says what to write for kind.
func wanted(row *keys.Key, kind keys.Kind) string {
	switch kind {
	case keys.Flag:
		return "true or false"
	case keys.Count:
		return fmt.Sprintf("a whole number from %d to %d", row.Min, row.Max)
	case keys.Duration:
		return "a number and a unit, such as 90s, 5m or 12h"
	case keys.Size:
		return "a number and a unit, such as 64KiB or 32MiB"
	case keys.Choice:
		return orList(row.Values)
	case keys.Network:
		return "an address or a network, such as 10.0.0.5 or 10.0.0.0/8"
	case keys.Address:
		return "host:port, such as 127.0.0.1:8080"
	case keys.Origin, keys.URL, keys.Redirect:
		return "a URL in text, such as https://login.example.com"
	}
	return "text, in quotes when it could be read as something else"
}

var wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})$`)

func count(text string, row *keys.Key) (any, string) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !wholeNumber.MatchString(text) || n < row.Min || n > row.Max {
		return nil, fmt.Sprintf("%s is out of range; write %s", quoted(text), wanted(row, keys.Count))
	}
	return n, ""
}

var durationText = regexp.MustCompile(keys.DurationPattern)

func duration(text string, row *keys.Key) (any, string) {
	d, err := time.ParseDuration(text)
	if err != nil || !durationText.MatchString(text) {
		return nil, fmt.Sprintf("%s is not a duration; write %s", quoted(text), wanted(row, keys.Duration))
	}
	if int64(d) < row.Min || row.Max > 0 && int64(d) > row.Max {
		return nil, fmt.Sprintf("%s is out of range; write a duration from %s to %s", quoted(text), short(row.Min), short(row.Max))
	}
	return d, ""
}

// short writes a duration the way it is written in the file.
func short(n int64) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n >= int64(u.unit) && n%int64(u.unit) == 0 {
			return strconv.FormatInt(n/int64(u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(n/int64(time.Millisecond), 10) + "ms"
}

var sizeText = regexp.MustCompile(`^([0-9]{1,12})(B|KiB|MiB|GiB)$`)

func size(text string, row *keys.Key) (any, string) {
	parts := sizeText.FindStringSubmatch(text)
	if parts == nil {
		return nil, fmt.Sprintf("%s is not a size; write %s", quoted(text), wanted(row, keys.Size))
	}
	shift := map[string]uint{"B": 0, "KiB": 10, "MiB": 20, "GiB": 30}[parts[2]]
	n, _ := strconv.ParseInt(parts[1], 10, 64) // at most twelve digits
	if n > math.MaxInt64>>shift || n<<shift < row.Min || n<<shift > row.Max {
		return nil, fmt.Sprintf("%s is out of range; write a size from %s to %s", quoted(text), inBytes(row.Min), inBytes(row.Max))
	}
	return n << shift, ""
}

// inBytes writes a size the way it is written in the file.
func inBytes(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + "MiB"
	}
	return strconv.FormatInt(n>>10, 10) + "KiB"
}

func network(text string) (any, string) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), ""
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return nil, quoted(text) + " is neither an address nor a network; write 10.0.0.5 or 10.0.0.0/8"
	}
	if p.Masked() != p {
		return nil, fmt.Sprintf("%s has bits beyond its network; write %s", quoted(text), p.Masked())
	}
	return p, ""
}

func choice(text string, row *keys.Key) string {
	if slices.Contains(row.Values, text) {
		return ""
	}
	if row.Path == keys.TokensPath && text == "refresh_token" {
		return "a refresh token is handed to nobody, as it outlives the session; write access_token or id_token"
	}
	for _, v := range row.Values {
		if strings.EqualFold(v, text) {
			return fmt.Sprintf("%s is not known; did you mean %s?", quoted(text), v)
		}
	}
	return fmt.Sprintf("%s is not known; write %s", quoted(text), orList(row.Values))
}

func (r *reader) match(text string, row *keys.Key) string {
	if r.matches(row.Pattern, text) {
		return ""
	}
	return fmt.Sprintf("this is not %s; write text such as %s", row.What, row.Example)
}

var levelText = regexp.MustCompile(keys.LevelPattern)

func level(text string) string {
	if levelText.MatchString(text) {
		return ""
	}
	return quoted(text) + " is not a level's path; write names with / between them, such as Authenticated/Fresh"
}

// plainText holds text to at most limit bytes without control characters.
func plainText(text string, limit int) string {
	switch {
	case text == "":
		return "is empty; write a text or remove the key"
	case len(text) > limit:
		return fmt.Sprintf("has %d bytes; write at most %d", len(text), limit)
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return "has a control character; remove it"
	}
	return ""
}

// quoted is text for a fault, cut to what is worth reading.
func quoted(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// orList is "a, b or c".
func orList(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}
