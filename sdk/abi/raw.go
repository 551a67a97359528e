// One JSON value as its text, read piece by piece.

package abi

import "unicode/utf8"

// Raw is the text of one JSON value. Its methods read it on demand and report
// false, or nothing, when it is another kind of value or no JSON at all. A nil
// Raw is an absent value.
type Raw []byte

// MarshalJSON returns the text itself, or null for a nil Raw.
func (r Raw) MarshalJSON() ([]byte, error) {
	if len(r) == 0 {
		return []byte("null"), nil
	}
	return r, nil
}

// UnmarshalJSON keeps a copy of text.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}

// Check reports as a *SyntaxError why r is not one strict JSON value: at most
// MaxDepth levels, valid UTF-8, no lone surrogate, no duplicate member.
func (r Raw) Check() error {
	s := scanner{text: r}
	if _, err := s.value(0); err != nil {
		return err
	}
	return s.end()
}

// Kind is the first byte of the value: one of { [ " t f n, a digit or minus as
// '0', or zero for an absent or unreadable value.
func (r Raw) Kind() byte {
	s := scanner{text: r}
	switch c := s.peek(); {
	case c == '-' || c >= '0' && c <= '9':
		return '0'
	case c == '{' || c == '[' || c == '"' || c == 't' || c == 'f' || c == 'n':
		return c
	}
	return 0
}

// Text is the decoded string.
func (r Raw) Text() (string, bool) {
	s := scanner{text: r}
	if s.peek() != '"' {
		return "", false
	}
	text, err := s.str()
	return text, err == nil && s.end() == nil
}

// Bool is the boolean.
func (r Raw) Bool() (value, ok bool) {
	switch string(r.trim()) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// Int is the number, when it is an integer written without fraction and
// exponent that fits 64 bits.
func (r Raw) Int() (int64, bool) {
	number, ok := r.Number()
	if !ok {
		return 0, false
	}
	digits, limit := number, uint64(1)<<63-1
	if number[0] == '-' {
		digits, limit = number[1:], limit+1
	}
	var n uint64
	for i := range len(digits) {
		d := uint64(digits[i] - '0')
		if d > 9 || n > (limit-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	if len(digits) < len(number) {
		return -int64(n), true
	}
	return int64(n), true
}

// Number is the number's text, with its digits as received.
func (r Raw) Number() (string, bool) {
	s := scanner{text: r}
	s.space()
	start := s.at
	if s.number() != nil || s.at == start {
		return "", false
	}
	number := string(r[start:s.at])
	return number, s.end() == nil
}

// Texts is the list of strings; a single string is not one.
func (r Raw) Texts() ([]string, bool) {
	texts := []string{}
	all := true
	ok := r.Elements(func(_ int, element Raw) bool {
		text, isText := element.Text()
		texts, all = append(texts, text), isText
		return isText
	})
	if !ok || !all {
		return nil, false
	}
	return texts, true
}

// Elements calls each for the elements of an array until it returns false. It
// reports whether r was an array, as far as it was read.
func (r Raw) Elements(each func(index int, element Raw) bool) bool {
	s := scanner{text: r}
	if s.peek() != '[' {
		return false
	}
	err := s.array(0, func(i int) error {
		element, err := s.value(1)
		if err == nil && !each(i, element) {
			return errStop
		}
		return err
	})
	return err == nil || err == errStop
}

// Members calls each for the members of an object, in their order, until it
// returns false. It reports whether r was an object, as far as it was read.
func (r Raw) Members(each func(name string, value Raw) bool) bool {
	s := scanner{text: r}
	if s.peek() != '{' {
		return false
	}
	err := s.object(0, func(name string) error {
		value, err := s.value(1)
		if err == nil && !each(name, value) {
			return errStop
		}
		return err
	})
	return err == nil || err == errStop
}

// Get is the value at a pointer of RFC 6901 inside r, and whether there is one.
func (r Raw) Get(pointer string) (Raw, bool) {
	tokens, err := ParsePointer(pointer)
	if err != nil {
		return nil, false
	}
	return Find(r, tokens)
}

func (r Raw) trim() Raw {
	s := scanner{text: r}
	s.space()
	end := len(r)
	for end > s.at && (r[end-1] == ' ' || r[end-1] == '\t' || r[end-1] == '\n' || r[end-1] == '\r') {
		end--
	}
	return r[s.at:end]
}

// errStop ends a walk early; it never leaves this package.
var errStop error = &SyntaxError{Problem: "stopped"}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			i++
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return append(dst, '"')
}

// Quote is s for an error message: quoted, in printable ASCII, at most
// MaxExtraName bytes of it.
func Quote(s string) string {
	const hex = "0123456789abcdef"
	out := []byte{'"'}
	for i, r := range s {
		switch {
		case i >= MaxExtraName:
			return string(out) + `"…`
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r >= 0x20 && r < 0x7f:
			out = append(out, byte(r))
		default:
			out = append(out, '\\', 'u', '{')
			for shift := 20; shift >= 0; shift -= 4 {
				if shift < 16 || r>>shift != 0 {
					out = append(out, hex[r>>shift&15])
				}
			}
			out = append(out, '}')
		}
	}
	return string(append(out, '"'))
}
