// From the tree to the types, by the table of keys.

package config

import (
	"cmp"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
	"github.com/doorward/doorward/host/near"
)

// section fills the struct out from n, which is nil when the file does not
// hold the section. path is its row in the table, at its own path in the file.
func (r *reader) section(n *yamltree.Node, path, at string, out reflect.Value) {
	given := r.pairs(n, path, at)
	for _, field := range reflect.VisibleFields(out.Type()) {
		name := field.Tag.Get("key")
		if name == "" || name == "-" {
			continue
		}
		member := out.FieldByIndex(field.Index)
		row := r.table.Find(join(path, name))
		if row.Kind == keys.Inline {
			r.secret(given, row, join(at, name), member)
			continue
		}
		r.key(n, given[name], row, join(at, name), member)
	}
	if row := r.table.Find(path); row != nil && row.One && n != nil && len(given) != 1 {
		r.fault(n, at, "has %d of %s; write exactly one", len(given), orList(names(r.table.Under(path))))
	}
}

// pairs sorts n's pairs by key, and reports those that do not belong there.
func (r *reader) pairs(n *yamltree.Node, path, at string) map[string]*yamltree.Node {
	given := map[string]*yamltree.Node{}
	if n == nil {
		return given
	}
	first := map[string]*yamltree.Node{}
	for _, p := range n.Pairs {
		name := p.Key.Text
		row := r.table.Find(join(path, name))
		if row == nil || row.Name() != name || strings.ContainsAny(name, ".[*") {
			r.unknown(p.Key, path, at)
			continue
		}
		if before := first[name]; before != nil {
			r.fault(p.Key, join(at, name), "is written twice, first in line %d; remove one", before.Line)
			continue
		}
		first[name] = p.Key
		r.places[join(at, name)] = place{p.Key, p.Value}
		given[name] = p.Value
	}
	return given
}

// plainKey is what a misspelt key looks like, and a generated secret does not.
var plainKey = regexp.MustCompile(`^[A-Za-z][A-Za-z_-]{0,39}$`)

// unknown names a key only when it looks like one: it may be a secret that
// slipped out of its place.
func (r *reader) unknown(key *yamltree.Node, path, at string) {
	known, what := names(r.table.Under(path)), "there is a key here that is not known"
	if plainKey.MatchString(key.Text) {
		what = "the key " + key.Text + " is not known"
	}
	if close := near.Name(key.Text, known); close != "" {
		r.fault(key, at, "%s; did you mean %s?", what, close)
		return
	}
	r.fault(key, at, "%s; write one of %s", what, orList(known))
}

// key fills out from the value n of one key of section, or from its default.
func (r *reader) key(section, n *yamltree.Node, row *keys.Key, at string, out reflect.Value) {
	switch {
	case n != nil:
		r.value(n, row, row.Path, at, out)
	case row.Required:
		if section != nil {
			r.missing(section, row, at)
		}
	case row.Default != "" || r.filled[row.Path] != "":
		r.unwritten(row, out)
	case row.Kind == keys.Section && out.Kind() == reflect.Struct:
		r.section(nil, row.Path, at, out)
	}
}

// missing stands at the key of the section that lacks the key called at.
func (r *reader) missing(section *yamltree.Node, row *keys.Key, at string) {
	line, column := section.Line, section.Column
	if p := r.places[parent(at)]; p.key != nil {
		line, column = p.key.Line, p.key.Column
	}
	r.faults = append(r.faults, Fault{r.file, line, column, at, "is missing; write " + row.Name() + ": " + row.Example})
}

// unwritten fills out with what the provider's preset says, or with row's
// default.
func (r *reader) unwritten(row *keys.Key, out reflect.Value) {
	tree, _ := yamltree.Parse([]byte("default: " + cmp.Or(r.filled[row.Path], row.Default) + "\n"))
	quiet := newReader(r.file, r.table, r.around)
	quiet.value(tree.Get("default"), row, row.Path, row.Path, out)
}

// value fills out from n. path is row's path, or that of an item of it.
func (r *reader) value(n *yamltree.Node, row *keys.Key, path, at string, out reflect.Value) {
	if n.Kind == yamltree.Null {
		r.fault(n, at, "has no value; write one, such as %s, or remove the key", r.table.Sample(row))
		n = nil
	}
	switch row.Kind {
	case keys.Section:
		if out.Kind() == reflect.Pointer {
			out.Set(reflect.New(out.Type().Elem()))
			out = out.Elem()
		}
		r.section(r.shaped(n, yamltree.Mapping, row, at), path, at, out)
	case keys.Names:
		r.names(r.shaped(n, yamltree.Mapping, row, at), row, at, out)
	case keys.List:
		r.list(r.shaped(n, yamltree.Sequence, row, at), row, at, out)
	case keys.Any:
		r.any(n, row, at, out)
	default:
		if n != nil {
			r.scalar(n, row, row.Kind, at, out)
		}
	}
}

// shaped is n when it is a list or mapping as wanted; otherwise nil, with a
// fault.
func (r *reader) shaped(n *yamltree.Node, want yamltree.Kind, row *keys.Key, at string) *yamltree.Node {
	if n == nil || n.Kind == want {
		return n
	}
	r.fault(n, at, "is %s; write %s, such as %s", n.Kind, want, r.table.Sample(row))
	return nil
}

func (r *reader) names(n *yamltree.Node, row *keys.Key, at string, out reflect.Value) {
	out.Set(reflect.MakeMap(out.Type()))
	if n == nil {
		return
	}
	r.count(n, row, at, len(n.Pairs))
	for _, p := range n.Pairs {
		name, inner := p.Key.Text, join(at, p.Key.Text)
		switch {
		case p.Key.Kind == yamltree.Null || !r.matches(row.Pattern, name):
			r.fault(p.Key, at, "there is a key here that is not %s; write one that matches %s", row.What, row.Pattern)
			continue
		case r.has(inner):
			r.fault(p.Key, inner, "is written twice, first in line %d; remove one", r.places[inner].key.Line)
			continue
		}
		r.places[inner] = place{p.Key, p.Value}
		entry := reflect.New(out.Type().Elem()).Elem()
		if row.Path == "providers" {
			r.fill(p.Value)
		}
		item := r.table.Find(row.Path + ".*")
		r.value(p.Value, item, item.Path, inner, entry)
		out.SetMapIndex(reflect.ValueOf(name), entry)
	}
}

func (r *reader) list(n *yamltree.Node, row *keys.Key, at string, out reflect.Value) {
	if n == nil {
		return
	}
	r.count(n, row, at, len(n.Items))
	out.Set(reflect.MakeSlice(out.Type(), len(n.Items), len(n.Items)))
	seen := map[string]bool{}
	for i, item := range n.Items {
		inner := at + "[" + strconv.Itoa(i) + "]"
		r.places[inner] = place{nil, item}
		switch {
		case row.Item == keys.Section:
			entry := r.table.Find(row.Path + "[]")
			r.value(item, entry, entry.Path, inner, out.Index(i))
		case item.Kind != yamltree.Null && seen[item.Text]:
			r.fault(item, inner, "stands in the list twice; remove one")
		default:
			seen[item.Text] = true
			r.scalar(item, row, row.Item, inner, out.Index(i))
		}
	}
}

// count holds n to the number of entries that row allows.
func (r *reader) count(n *yamltree.Node, row *keys.Key, at string, have int) {
	switch {
	case have == 0 && row.Path == keys.RequirePath:
		r.fault(n, at, "is empty; write [Public] for an application that is open to everybody, or the levels that it needs")
	case int64(have) < row.Min:
		r.fault(n, at, "is empty; write at least %d, such as %s", row.Min, row.Example)
	case row.Max > 0 && int64(have) > row.Max:
		r.fault(n, at, "has %d entries; write at most %d", have, row.Max)
	}
}

// join is the path of the key called name under at. A name with other
// characters than letters, digits, - and _ is bracketed.
func join(at, name string) string {
	if !simple.MatchString(name) {
		return at + "[" + strconv.Quote(name) + "]"
	}
	if at == "" {
		return name
	}
	return at + "." + name
}

var simple = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func names(rows []*keys.Key) []string {
	var out []string
	for _, row := range rows {
		out = append(out, row.Name())
	}
	return out
}
