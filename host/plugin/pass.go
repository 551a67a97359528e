// Passing over JSON values without looking at what is in them.

package plugin

import "bytes"

func (x *index) space(at int) int {
	for at < len(x.text) {
		switch x.text[at] {
		case ' ', '\t', '\n', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// peek is the byte at at, zero at the end.
func (x *index) peek(at int) byte {
	if at >= len(x.text) {
		return 0
	}
	return x.text[at]
}

// end is where the value of e ends.
func (x *index) end(e *entry) (int, bool) {
	if e.end == 0 {
		end, ok := x.pass(int(e.value))
		if !ok {
			return 0, false
		}
		x.work += end - int(e.value)
		e.end = int32(end)
	}
	return int(e.end), true
}

// pass returns where the value that begins at at ends.
func (x *index) pass(at int) (int, bool) {
	switch x.peek(at) {
	case 0:
		return 0, false
	case '"':
		return x.passString(at)
	case '{', '[':
		return x.passNested(at)
	}
	start := at
	for at < len(x.text) {
		switch x.text[at] {
		case ',', ']', '}', ' ', '\t', '\n', '\r', '"', ':', '[', '{':
			return at, at > start
		}
		at++
	}
	return at, at > start
}

func (x *index) passNested(at int) (int, bool) {
	for depth := 0; at < len(x.text); {
		switch x.text[at] {
		case '"':
			end, ok := x.passString(at)
			if !ok {
				return 0, false
			}
			at = end
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return at + 1, true
			}
		}
		at++
	}
	return 0, false
}

// passString looks for the first quote that is not escaped: one before which
// stands an even number of backslashes.
func (x *index) passString(at int) (int, bool) {
	first := at + 1
	for from := first; from < len(x.text); {
		quote := bytes.IndexByte(x.text[from:], '"')
		if quote < 0 {
			break
		}
		quote += from
		before := quote
		for before > first && x.text[before-1] == '\\' {
			before--
		}
		if (quote-before)%2 == 0 {
			return quote + 1, true
		}
		from = quote + 1
	}
	return len(x.text), false
}
