// JSON values: what kind they are, and how large.

package mapper

import (
	"encoding/json"

	"github.com/doorward/doorward/host/attrs"
)

// kind names the type of a JSON value for people.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case json.Number:
		return "a number"
	case []any, []string:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "no JSON value"
}

// fits reports whether value, written as compact JSON without escapes, has at
// most limit bytes and no more levels than a source may have.
func fits(value any, limit int) bool {
	left := limit
	return measure(value, &left, attrs.MaxDepth)
}

func measure(value any, left *int, depth int) bool {
	switch value := value.(type) {
	case string:
		*left -= len(value) + 2
	case json.Number:
		*left -= len(value)
	case []any:
		*left -= len(value) + 1
		for _, item := range value {
			if depth == 0 || *left < 0 || !measure(item, left, depth-1) {
				return false
			}
		}
	case map[string]any:
		*left -= 2
		for name, member := range value {
			*left -= len(name) + 4
			if depth == 0 || *left < 0 || !measure(member, left, depth-1) {
				return false
			}
		}
	default: // null, true and false
		*left -= 4
	}
	return *left >= 0
}
