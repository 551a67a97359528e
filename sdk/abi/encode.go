// The result of a call, written.

package abi

import "slices"

// AppendResult appends the result JSON of r to dst. Attributes are written in
// the order of their names, each value byte for byte; equal results give equal
// bytes.
func AppendResult(dst []byte, r Result) []byte {
	w := writer{dst: append(dst, '{')}
	w.set(&r.Set)
	if len(r.Unset) > 0 {
		w.comma()
		w.dst = append(w.dst, `"unset":`...)
		w.texts(r.Unset)
	}
	if r.Deny != nil {
		w.comma()
		w.dst = append(w.dst, `"deny":{"reason":`...)
		w.dst = append(AppendString(w.dst, r.Deny.Reason), '}')
	}
	return append(w.dst, '}')
}

type writer struct{ dst []byte }

// name begins a member, after a comma unless it is its object's first.
func (w *writer) name(name string) {
	w.comma()
	w.dst = append(AppendString(w.dst, name), ':')
}

// comma separates a member from the one before it.
func (w *writer) comma() {
	if w.dst[len(w.dst)-1] != '{' {
		w.dst = append(w.dst, ',')
	}
}

func (w *writer) text(member string, value *string) {
	if value != nil {
		w.comma()
		w.dst = AppendString(append(w.dst, member...), *value)
	}
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

func (w *writer) set(set *Set) {
	start := len(w.dst)
	w.dst = append(w.dst, `"set":{`...)
	empty := len(w.dst)
	w.text(`"id":`, set.ID)
	w.text(`"userName":`, set.UserName)
	w.text(`"firstName":`, set.FirstName)
	w.text(`"lastName":`, set.LastName)
	w.text(`"email":`, set.Email)
	if set.Roles != nil {
		w.comma()
		w.dst = append(w.dst, `"roles":`...)
		w.texts(set.Roles)
	}
	w.attributes(set.Attributes)
	if len(w.dst) == empty {
		w.dst = w.dst[:start]
		return
	}
	w.dst = append(w.dst, '}')
}

func (w *writer) attributes(attributes map[string]Raw) {
	if len(attributes) == 0 {
		return
	}
	var few [16]string
	names := few[:0]
	for name := range attributes {
		names = append(names, name)
	}
	slices.Sort(names)
	w.comma()
	w.dst = append(w.dst, `"attributes":{`...)
	for _, name := range names {
		w.name(name)
		w.dst = append(w.dst, attributes[name]...)
	}
	w.dst = append(w.dst, '}')
}
