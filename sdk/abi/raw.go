// One JSON value as its text, read piece by piece.

package abi

// Raw is the text of one JSON value. Its methods read it on demand and report
// false, or nothing, when it is another kind of value or no JSON at all. A nil
// Raw is an absent value. It must not be changed: in a guest the texts read
// from it share its memory.
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
	at := skipSpace(r, 0)
	if at == len(r) {
		return 0
	}
	switch c := r[at]; {
	case c == '-' || c >= '0' && c <= '9':
		return '0'
	case c == '{' || c == '[' || c == '"' || c == 't' || c == 'f' || c == 'n':
		return c
	}
	return 0
}

// Text is the decoded string.
func (r Raw) Text() (string, bool) {
	at := skipSpace(r, 0)
	if at == len(r) || r[at] != '"' {
		return "", false
	}
	end, plain := stringEnd(r, at)
	if end < 0 || skipSpace(r, end) != len(r) {
		return "", false
	}
	if plain {
		return share(r[at+1 : end-1]), true
	}
	s := scanner{text: r, at: at}
	text, err := s.str()
	return text, err == nil && s.at == end
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
	number := share(r[start:s.at])
	return number, s.end() == nil
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
	end := len(r)
	for end > 0 && isSpace(r[end-1]) {
		end--
	}
	return r[skipSpace(r[:end], 0):end]
}
