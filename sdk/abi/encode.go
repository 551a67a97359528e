// The result of a call, written.

package abi

import "slices"

// AppendResult appends the result JSON of r to dst. Attributes are written in
// the order of their names, each value byte for byte; equal results give equal
// bytes.
func AppendResult(dst []byte, r Result) []byte {
	w := writer{dst: append(dst, '{')}
	w.set(r.Set)
	if len(r.Unset) > 0 {
		w.name("unset")
		w.texts(r.Unset)
	}
	if r.Deny != nil {
		w.name("deny")
		w.dst = append(w.dst, `{"reason":`...)
		w.dst = append(AppendString(w.dst, r.Deny.Reason), '}')
	}
	return append(w.dst, '}')
}

type writer struct{ dst []byte }

// name begins a member, after a comma unless it is its object's first.
func (w *writer) name(name string) {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(AppendString(w.dst, name), ':')
}

func (w *writer) texts(texts []string) {
	w.dst = append(w.dst, '[')
	for i, text := range texts {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = AppendString(w.dst, text)
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) set(set Set) {
	standard := []struct {
		name  string
		value *string
	}{{"id", set.ID}, {"userName", set.UserName}, {"firstName", set.FirstName}, {"lastName", set.LastName}, {"email", set.Email}}
	empty := set.Roles == nil && len(set.Attributes) == 0
	for _, s := range standard {
		empty = empty && s.value == nil
	}
	if empty {
		return
	}
	w.name("set")
	w.dst = append(w.dst, '{')
	for _, s := range standard {
		if s.value != nil {
			w.name(s.name)
			w.dst = AppendString(w.dst, *s.value)
		}
	}
	if set.Roles != nil {
		w.name("roles")
		w.texts(set.Roles)
	}
	w.attributes(set.Attributes)
	w.dst = append(w.dst, '}')
}

func (w *writer) attributes(attributes map[string]Raw) {
	if len(attributes) == 0 {
		return
	}
	names := make([]string, 0, len(attributes))
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	w.name("attributes")
	w.dst = append(w.dst, '{')
	for _, name := range names {
		w.name(name)
		w.dst = append(w.dst, attributes[name]...)
	}
	w.dst = append(w.dst, '}')
}
