// JSON values as Go values, and a user as JSON, without reflection.

package plugin

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/sdk/abi"
)

// valueOf is a value that was checked before: nil, a bool, a string, a
// json.Number, an []any or a map[string]any.
func valueOf(text []byte) any {
	r := values{index{text: text}, 0}
	r.at = r.space(0)
	return r.value()
}

// values reads JSON that is known to be valid.
type values struct {
	index
	at int
}

func (r *values) value() any {
	switch r.peek(r.at) {
	case '{':
		return r.object()
	case '[':
		return r.array()
	case '"':
		return r.text()
	case 't':
		r.at += len("true")
		return true
	case 'f':
		r.at += len("false")
		return false
	case 'n':
		r.at += len("null")
		return nil
	}
	start := r.at
	r.at, _ = r.pass(start)
	return json.Number(r.index.text[start:r.at])
}

func (r *values) text() string {
	start := r.at
	r.at, _ = r.passString(start)
	text, _ := abi.Raw(r.index.text[start:r.at]).Text()
	return text
}

func (r *values) object() map[string]any {
	object := map[string]any{}
	for r.another('}') {
		name := r.text()
		r.at = r.space(r.space(r.at) + 1) // the colon
		object[name] = r.value()
	}
	return object
}

func (r *values) array() []any {
	array := []any{}
	for r.another(']') {
		array = append(array, r.value())
	}
	return array
}

// another moves behind the bracket or comma and reports whether something
// follows; it moves behind the end when nothing does.
func (r *values) another(end byte) bool {
	r.at = r.space(r.at)
	if c := r.peek(r.at); c != end {
		if c == 0 {
			return false
		}
		if r.at = r.space(r.at + 1); r.peek(r.at) != end { // behind [ or {, or a comma
			return true
		}
	}
	r.at++
	return false
}

// appendUser appends the input's member user.
func appendUser(dst []byte, u login.User) ([]byte, error) {
	dst = append(dst, '{')
	text := func(name, value string) {
		if value != "" {
			dst = abi.AppendString(appendName(dst, name), value)
		}
	}
	text("id", u.ID)
	text("userName", u.UserName)
	text("firstName", u.FirstName)
	text("lastName", u.LastName)
	text("email", u.Email)
	if len(u.Roles) > 0 {
		dst = append(appendName(dst, "roles"), '[')
		for i, role := range u.Roles {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = abi.AppendString(dst, role)
		}
		dst = append(dst, ']')
	}
	if len(u.Attributes) > 0 {
		var err error
		if dst, err = appendValue(appendName(dst, "attributes"), u.Attributes); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// appendName begins a member, after a comma unless it is its object's first.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(abi.AppendString(dst, name), ':')
}

// appendValue appends a JSON value. What decoding does not make goes through
// encoding/json.
func appendValue(dst []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		return abi.AppendString(dst, v), nil
	case json.Number:
		if _, ok := abi.Raw(v).Number(); ok {
			return append(dst, v...), nil
		}
	case bool:
		if v {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case []any:
		return appendArray(dst, v)
	case map[string]any:
		return appendObject(dst, v)
	}
	text, err := json.Marshal(value)
	return append(dst, text...), err
}

func appendArray(dst []byte, array []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, element := range array {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendValue(dst, element); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}

func appendObject(dst []byte, object map[string]any) (_ []byte, err error) {
	dst = append(dst, '{')
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if dst, err = appendValue(appendName(dst, name), object[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}
