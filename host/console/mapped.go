// The mapped user: which mapper set what, and what it took the place of.

package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
)

// attribute is one attribute of the user, with its history.
type attribute struct {
	Name   string
	Value  string // "" when it is absent
	Set    bool
	By     string   // which mapper set or removed it last
	From   string   // source and path, or the expression
	Remark string   // such as: nothing was found
	Before []before // what was overwritten, the oldest first
}

// before is a value that a later mapper overwrote.
type before struct{ Value, By string }

// standard attributes come first, in this order.
var standard = []string{"id", "userName", "firstName", "lastName", "email", "roles"}

// mapped follows the mappers through the trace. The values of a mapping that
// ended well are those of the user that came out of it.
func mapped(list []step, y login.Yield, secrets attrs.Secrets) ([]attribute, []string) {
	s := find(list, "map")
	if s == nil {
		return nil, nil
	}
	history := &history{known: map[string]*attribute{}}
	entries, _ := s.out["mappers"].([]any)
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			history.add(entry)
		}
	}
	if y.User != nil {
		history.settle(y.User.Masked(secrets))
	}
	return history.sorted(), history.remarks
}

type history struct {
	known   map[string]*attribute
	remarks []string
}

// add takes in what one mapper did.
func (h *history) add(entry map[string]any) {
	by, from := mapperOf(entry)
	name := word(entry, "attribute")
	switch {
	case entry["denied"] == true:
		h.remarks = append(h.remarks, by+" denied the login: "+word(entry, "reason"))
	case entry["skipped"] == true:
		h.remarks = append(h.remarks, by+" failed and was skipped: it changed nothing. "+word(entry, "error"))
	case entry["nothing"] == true:
		a := h.of(name)
		a.Remark = by + " found nothing"
		if from != "" {
			a.Remark += " at " + from
		}
	case name != "":
		h.set(name, entry["set"], by, from)
	default:
		h.plugin(entry, by)
	}
}

// plugin takes in a plugin's answer: unset first, then set, as it was applied.
func (h *history) plugin(entry map[string]any, by string) {
	unset, _ := entry["unset"].([]any)
	for _, name := range unset {
		if name, ok := name.(string); ok {
			h.unset(name, by)
		}
	}
	set, _ := entry["set"].(map[string]any)
	for _, name := range sortedKeys(set) {
		if name != "attributes" {
			h.set(name, set[name], by, "")
			continue
		}
		inner, _ := set[name].(map[string]any)
		for _, name := range sortedKeys(inner) {
			h.set("attributes."+name, inner[name], by, "")
		}
	}
}

func (h *history) of(name string) *attribute {
	a, ok := h.known[name]
	if !ok {
		a = &attribute{Name: name}
		h.known[name] = a
	}
	return a
}

func (h *history) set(name string, value any, by, from string) {
	a := h.of(name)
	a.push()
	a.Value, a.Set, a.By, a.From, a.Remark = valueOf(value), true, by, from, ""
}

func (h *history) unset(name, by string) {
	a := h.of(name)
	a.push()
	a.Value, a.Set, a.By, a.From, a.Remark = "", false, by, "", by+" removed it"
}

// push moves the present value to those that were overwritten.
func (a *attribute) push() {
	if a.Set {
		a.Before = append(a.Before, before{a.Value, a.By})
	}
}

// settle takes the values of the user that came out: an empty text, for one,
// leaves the attribute absent.
func (h *history) settle(user login.User) {
	out := map[string]any{}
	for name, value := range map[string]string{
		"id": user.ID, "userName": user.UserName, "firstName": user.FirstName, "lastName": user.LastName, "email": user.Email,
	} {
		if value != "" {
			out[name] = value
		}
	}
	if user.Roles != nil {
		out["roles"] = user.Roles
	}
	for name, value := range user.Attributes {
		out["attributes."+name] = value
	}
	for name, value := range out {
		a := h.of(name)
		a.Value, a.Set = valueOf(value), true
	}
	for name, a := range h.known {
		if _, there := out[name]; !there && a.Set {
			a.Value, a.Set, a.Remark = "", false, a.By+" set it to an empty text, which leaves it absent"
		}
	}
}

func (h *history) sorted() (list []attribute) {
	for _, name := range standard {
		a, ok := h.known[name]
		if !ok {
			a = &attribute{Name: name, Remark: "nothing sets it"}
		}
		list = append(list, *a)
	}
	for _, name := range sortedKeys(h.known) {
		if !slices.Contains(standard, name) {
			list = append(list, *h.known[name])
		}
	}
	return list
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, cmp.Compare[string])
	return keys
}

// mapperOf names the mapper of an entry, and where its value came from.
func mapperOf(entry map[string]any) (by, from string) {
	kind := word(entry, "mapper")
	switch kind {
	case "default":
		by = "the default"
	case "plugin":
		by = "plugin " + word(entry, "plugin")
	default:
		by = kind
	}
	if position := word(entry, "position"); position != "" {
		by = fmt.Sprintf("mapper %s, %s", position, by)
	}
	switch {
	case entry["expression"] != nil:
		from = word(entry, "expression")
	case entry["source"] != nil:
		from = word(entry, "source") + ": " + word(entry, "path")
	}
	return by, from
}

// valueOf is a value for people: text as it is, a list of texts in lines,
// anything else as JSON.
func valueOf(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case json.Number:
		return value.String()
	case []string:
		return strings.Join(value, "\n")
	case []any:
		lines := make([]string, len(value))
		for i, item := range value {
			line, ok := item.(string)
			if !ok {
				return text(value)
			}
			lines[i] = line
		}
		return strings.Join(lines, "\n")
	}
	return text(value)
}
