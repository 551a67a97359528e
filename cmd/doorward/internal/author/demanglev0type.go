// Types in names of Rust's newer mangling.

package author

import "strings"

// basicTypes are the types of one letter.
var basicTypes = map[byte]string{
	'a': "i8", 'b': "bool", 'c': "char", 'd': "f64", 'e': "str", 'f': "f32", 'h': "u8", 'i': "isize", 'j': "usize",
	'l': "i32", 'm': "u32", 'n': "i128", 'o': "u128", 's': "i16", 't': "u16", 'u': "()", 'v': "...", 'x': "i64", 'y': "u64", 'z': "!", 'p': "_",
}

func (v *v0) kind() string {
	if !v.spend() {
		return ""
	}
	c := v.next()
	switch c {
	case 'R', 'Q': // references
		if v.follows('L') {
			v.number()
		}
		if c == 'Q' {
			return "&mut " + v.kind()
		}
		return "&" + v.kind()
	case 'P':
		return "*const " + v.kind()
	case 'O':
		return "*mut " + v.kind()
	case 'S':
		return "[" + v.kind() + "]"
	case 'A':
		of := v.kind()
		v.constant()
		return "[" + of + "; _]"
	case 'T':
		return "(" + strings.Join(v.kinds(), ", ") + ")"
	case 'F':
		return v.function()
	case 'D':
		return v.object()
	case 'B':
		return v.back(v.kind)
	}
	if name, ok := basicTypes[c]; ok {
		return name
	}
	v.at--
	return v.path()
}

// kinds are types up to an E.
func (v *v0) kinds() []string {
	var all []string
	for !v.follows('E') && v.spend() {
		all = append(all, v.kind())
	}
	return all
}

func (v *v0) function() string {
	if v.follows('G') {
		v.number()
	}
	v.follows('U')
	if v.follows('K') && !v.follows('C') {
		v.identifier()
	}
	parameters := "fn(" + strings.Join(v.kinds(), ", ") + ")"
	if v.follows('u') {
		return parameters
	}
	return parameters + " -> " + v.kind()
}

// object is dyn with its traits; the types that they bind are left out.
func (v *v0) object() string {
	if v.follows('G') {
		v.number()
	}
	var traits []string
	for !v.follows('E') && v.spend() {
		traits = append(traits, v.path())
		for v.follows('p') {
			v.identifier()
			v.kind()
		}
	}
	if v.follows('L') {
		v.number()
	}
	return "dyn " + strings.Join(traits, " + ")
}

// constant reads a value, which is not shown.
func (v *v0) constant() {
	if v.follows('p') {
		return
	}
	if v.follows('B') {
		v.back(func() string { v.constant(); return "" })
		return
	}
	v.kind()
	for !v.follows('_') && !v.bad {
		v.next()
	}
}
