// Walking a value that is known to be JSON: no allocation, no second look at
// what is inside the parts.

package abi

import "unicode/utf8"

// Texts is the list of strings; a single string is not one.
func (r Raw) Texts() ([]string, bool) {
	at := skipSpace(r, 0)
	if at == len(r) || r[at] != '[' {
		return nil, false
	}
	at = skipSpace(r, at+1)
	if at < len(r) && r[at] == ']' {
		return []string{}, true
	}
	whole := share(r) // what the strings are pieces of, unless they hold escapes
	texts := make([]string, 0, 4+len(r)/16)
	for at < len(r) && r[at] == '"' {
		end, plain := stringEnd(r, at)
		if end < 0 {
			return nil, false
		}
		if plain {
			texts = append(texts, whole[at+1:end-1])
		} else {
			text, ok := r[at:end].Text()
			if !ok {
				return nil, false
			}
			texts = append(texts, text)
		}
		at = skipSpace(r, end)
		if at < len(r) && r[at] == ']' {
			return texts, true
		}
		if at == len(r) || r[at] != ',' {
			return nil, false
		}
		at = skipSpace(r, at+1)
	}
	return nil, false
}

// Elements calls each for the elements of an array until it returns false. It
// reports whether r was an array, as far as it was read.
func (r Raw) Elements(each func(index int, element Raw) bool) bool {
	at := skipSpace(r, 0)
	if at == len(r) || r[at] != '[' {
		return false
	}
	at = skipSpace(r, at+1)
	if at < len(r) && r[at] == ']' {
		return true
	}
	for i := 0; ; i++ {
		end := pass(r, at)
		if end < 0 {
			return false
		}
		if !each(i, r[at:end]) {
			return true
		}
		at = skipSpace(r, end)
		if at == len(r) || r[at] != ',' {
			return at < len(r) && r[at] == ']'
		}
		at = skipSpace(r, at+1)
	}
}

// Members calls each for the members of an object, in their order, until it
// returns false. It reports whether r was an object, as far as it was read.
func (r Raw) Members(each func(name string, value Raw) bool) bool {
	at := skipSpace(r, 0)
	if at == len(r) || r[at] != '{' {
		return false
	}
	at = skipSpace(r, at+1)
	if at < len(r) && r[at] == '}' {
		return true
	}
	for {
		end := passName(r, at)
		if end < 0 {
			return false
		}
		name, ok := r[at:end].Text()
		colon := skipSpace(r, end)
		if !ok || colon == len(r) || r[colon] != ':' {
			return false
		}
		at = skipSpace(r, colon+1)
		if end = pass(r, at); end < 0 {
			return false
		}
		if !each(name, r[at:end]) {
			return true
		}
		at = skipSpace(r, end)
		if at == len(r) || r[at] != ',' {
			return at < len(r) && r[at] == '}'
		}
		at = skipSpace(r, at+1)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// skipSpace is the offset of the next byte from at that is not white space.
func skipSpace(text []byte, at int) int {
	for at < len(text) && text[at] <= ' ' && isSpace(text[at]) {
		at++
	}
	return at
}

// pass is the offset behind the value that begins at at, or -1. It looks for
// the value's end alone.
func pass(text []byte, at int) int {
	if at >= len(text) {
		return -1
	}
	switch text[at] {
	case '"':
		return passString(text, at)
	case '{', '[':
		return passNested(text, at)
	}
	start := at
	for at < len(text) && !endsScalar(text[at]) {
		at++
	}
	if at == start {
		return -1
	}
	return at
}

func endsScalar(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\n', '\r', '"', ':', '[', '{':
		return true
	}
	return false
}

func passNested(text []byte, at int) int {
	depth := 0
	for at < len(text) {
		switch text[at] {
		case '"':
			if at = passString(text, at); at < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1
			}
		}
		at++
	}
	return -1
}

func passString(text []byte, at int) int {
	for at++; at < len(text); at++ {
		switch text[at] {
		case '"':
			return at + 1
		case '\\':
			at++
		}
	}
	return -1
}

func passName(text []byte, at int) int {
	if at >= len(text) || text[at] != '"' {
		return -1
	}
	return passString(text, at)
}

// stringEnd is the offset behind the string that begins at at, or -1, and
// whether it is ASCII without escapes, so that what lies inside is its text.
func stringEnd(text []byte, at int) (end int, plain bool) {
	for at++; at < len(text); at++ {
		c := text[at]
		if c == '"' {
			return at + 1, true
		}
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			return passString(text, at-1), false
		}
	}
	return -1, false
}
