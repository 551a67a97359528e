// Which attributes may rest on userInfo.

package mapper

import (
	"maps"
	"slices"
	"strings"
)

// tainted is the set of attributes that the mappers so far may have set from
// userInfo. "*" is every attribute.
type tainted struct{ names map[string]bool }

func (t *tainted) add(name string) { t.names[name] = true }

// has reports whether the attribute may rest on userInfo; "attributes" asks
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

func userInfoAttributes(mappers []mapper) []string {
	from := &tainted{names: map[string]bool{}}
	for _, m := range mappers {
		m.feeds(from)
	}
	return slices.Sorted(maps.Keys(from.names))
}
