// Rust's newer mangling: RFC 2603.

package author

import (
	"strconv"
	"strings"
)

// maxParts bounds what one name may unfold to: a reference back makes a part
// stand twice.
const maxParts = 200

// pathOf is a name of Rust's newer mangling as a path without generic
// arguments, and whether it is one.
func pathOf(name string) (string, bool) {
	text, ok := strings.CutPrefix(name, "_R")
	if !ok {
		return "", false
	}
	text, _, _ = strings.Cut(text, ".") // what a linker adds
	v := &v0{text: text, left: maxParts}
	path := v.path()
	return path, !v.bad && path != ""
}

// v0 reads one name. Once bad it reads no further.
type v0 struct {
	text string
	at   int
	left int
	bad  bool
}

func (v *v0) next() byte {
	if v.bad || v.at >= len(v.text) {
		v.bad = true
		return 0
	}
	v.at++
	return v.text[v.at-1]
}

func (v *v0) follows(c byte) bool {
	if v.bad || v.at >= len(v.text) || v.text[v.at] != c {
		return false
	}
	v.at++
	return true
}

// spend is false when the name unfolds to too much.
func (v *v0) spend() bool {
	v.left--
	v.bad = v.bad || v.left < 0
	return !v.bad
}

func (v *v0) path() string {
	if !v.spend() {
		return ""
	}
	switch v.next() {
	case 'C': // a crate
		return v.identifier()
	case 'M': // an impl of a type
		v.impl()
		return "<" + v.kind() + ">"
	case 'X': // an impl of a trait for a type
		v.impl()
		return v.as()
	case 'Y': // a trait's own
		return v.as()
	case 'N': // something in another
		special := v.next()
		outer, inner := v.path(), v.identifier()
		switch special {
		case 'C':
			inner = "{closure}"
		case 'S':
			inner = "{shim}"
		}
		return outer + "::" + inner
	case 'I': // with generic arguments
		path := v.path()
		for !v.follows('E') && v.spend() {
			v.argument()
		}
		return path
	case 'B':
		return v.back(v.path)
	}
	v.bad = true
	return ""
}

func (v *v0) as() string {
	kind := v.kind()
	return "<" + kind + " as " + v.path() + ">"
}

// impl is where an impl stands, which says nothing to its author.
func (v *v0) impl() {
	v.disambiguator()
	v.path()
}

func (v *v0) argument() {
	switch {
	case v.follows('L'):
		v.number()
	case v.follows('K'):
		v.constant()
	default:
		v.kind()
	}
}

// back reads a part that stood before; that makes every reference end.
func (v *v0) back(read func() string) string {
	from, to := v.at-1, v.number()
	if v.bad || to >= from {
		v.bad = true
		return ""
	}
	after := v.at
	v.at = to
	part := read()
	v.at = after
	return part
}

// number is base 62 with an end: "_" is 0, "0_" is 1.
func (v *v0) number() int {
	if v.follows('_') {
		return 0
	}
	n := 0
	for !v.follows('_') {
		digit := strings.IndexByte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", v.next())
		if v.bad || digit < 0 {
			v.bad = true
			return 0
		}
		n = min(n*62+digit, 1<<32) // what is more is a hash, and no place
	}
	return n + 1
}

func (v *v0) disambiguator() {
	if v.follows('s') {
		v.number()
	}
}

// identifier is a name with its length before it. One that is not ASCII stays
// as it is written.
func (v *v0) identifier() string {
	v.disambiguator()
	v.follows('u')
	from := v.at
	if !v.follows('0') {
		for v.at < len(v.text) && v.text[v.at] >= '0' && v.text[v.at] <= '9' {
			v.at++
		}
	}
	size, err := strconv.Atoi(v.text[from:v.at])
	v.follows('_')
	if v.bad || err != nil || size > len(v.text)-v.at {
		v.bad = true
		return ""
	}
	v.at += size
	return v.text[v.at-size : v.at]
}
