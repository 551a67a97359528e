// Which attributes may rest on a source.

package mapper

import (
	"maps"
	"slices"
	"strings"
)

// tainted is the set of attributes that the mappers so far may have set from
// source. "*" is every attribute.
type tainted struct {
	source string
	names  map[string]bool
}

func (t *tainted) add(name string) { t.names[name] = true }

// has reports whether the attribute may rest on the source; "attributes" asks
// for any of its members.
func (t *tainted) has(name string) bool {
	if name != "attributes" {
		return t.names[name]
	}
	for other := range t.names {
		if strings.HasPrefix(other, attributePrefix) {
			return true
		}
	}
	return false
}

// AttributesFrom lists the user attributes whose value may rest on source, as
// far as can be told without running anything: email, roles, attributes.NAME. A
// "*" stands for any attribute: a plugin sees the source. A policy rule that
// reads one of them depends on the source.
func (p *Pipeline) AttributesFrom(source string) []string {
	from := &tainted{source: source, names: map[string]bool{}}
	for _, m := range p.mappers {
		m.feeds(from)
	}
	return slices.Sorted(maps.Keys(from.names))
}
