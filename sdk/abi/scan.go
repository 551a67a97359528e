// A strict JSON reader without reflection: one pass, bounded depth, no
// duplicate member, valid UTF-8, no lone surrogate.

package abi

import "strconv"

// scanner reads one JSON text from the front. at is the offset of the next
// byte; errors carry it.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) fail(problem string) error {
	return &SyntaxError{Offset: s.at, Problem: problem}
}

// SyntaxError says where and why a text is not the JSON it must be. It never
// holds a value of the text.
type SyntaxError struct {
	Offset  int // bytes from the start
	Problem string
}

func (e *SyntaxError) Error() string {
	return e.Problem + " at byte " + strconv.Itoa(e.Offset)
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// peek is the first byte of the next token, zero at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// end fails unless only white space is left.
func (s *scanner) end() error {
	if s.peek() != 0 || s.at < len(s.text) {
		return s.fail("unexpected text after the value")
	}
	return nil
}

// value reads any value and returns its text.
func (s *scanner) value(depth int) (Raw, error) {
	s.space()
	start := s.at
	if err := s.skip(depth); err != nil {
		return nil, err
	}
	return Raw(s.text[start:s.at]), nil
}

func (s *scanner) skip(depth int) error {
	switch c := s.peek(); {
	case c == '{':
		return s.skipObject(depth)
	case c == '[':
		return s.array(depth, func(int) error { return s.skip(depth + 1) })
	case c == '"':
		return s.skipString()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.word("true")
	case c == 'f':
		return s.word("false")
	case c == 'n':
		return s.word("null")
	}
	return s.fail("expected a JSON value")
}

func (s *scanner) word(word string) error {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return s.fail("expected a JSON value")
	}
	s.at += len(word)
	return nil
}

// array calls each for every element, placed before it, which each must
// consume.
func (s *scanner) array(depth int, each func(index int) error) error {
	if depth >= MaxDepth {
		return s.fail("more than " + strconv.Itoa(MaxDepth) + " levels deep")
	}
	s.at++ // [
	if s.peek() == ']' {
		s.at++
		return nil
	}
	for i := 0; ; i++ {
		if err := each(i); err != nil {
			return err
		}
		switch s.peek() {
		case ',':
			s.at++
		case ']':
			s.at++
			return nil
		default:
			return s.fail("expected a comma or the end of the array")
		}
	}
}

// number reads a number of RFC 8259, section 6.
func (s *scanner) number() error {
	if s.at < len(s.text) && s.text[s.at] == '-' {
		s.at++
	}
	if s.at < len(s.text) && s.text[s.at] == '0' {
		s.at++
	} else if s.digits() == 0 {
		return s.fail("expected a digit")
	}
	if s.at < len(s.text) && s.text[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return s.fail("expected a digit")
		}
	}
	if s.at < len(s.text) && (s.text[s.at] == 'e' || s.text[s.at] == 'E') {
		s.at++
		if s.at < len(s.text) && (s.text[s.at] == '+' || s.text[s.at] == '-') {
			s.at++
		}
		if s.digits() == 0 {
			return s.fail("expected a digit")
		}
	}
	return nil
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}
