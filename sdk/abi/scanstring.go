// Reading JSON strings: valid UTF-8, no lone surrogate.

package abi

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// str reads a string and returns it decoded.
func (s *scanner) str() (string, error) {
	text, err := s.strInPlace()
	return strings.Clone(text), err
}

// strInPlace is str without a copy: a string without escapes lies in the text,
// and is good only as long as that does not change.
func (s *scanner) strInPlace() (string, error) {
	s.at++ // "
	start := s.at
	escaped, err := s.toQuote()
	switch {
	case err != nil:
		return "", err
	case escaped:
		return s.escaped(start)
	}
	inner := s.text[start : s.at-1]
	return unsafe.String(unsafe.SliceData(inner), len(inner)), nil
}

// skipString checks a string.
func (s *scanner) skipString() error {
	s.at++ // "
	for {
		escaped, err := s.toQuote()
		if err != nil || !escaped {
			return err
		}
		if _, err := s.escape(); err != nil {
			return err
		}
	}
}

// toQuote moves behind the quote that ends a string, or to its next escape.
func (s *scanner) toQuote() (escaped bool, err error) {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return false, nil
		case c == '\\':
			return true, nil
		case c < 0x20:
			return false, s.fail("control character in a string")
		case c < utf8.RuneSelf:
			s.at++
		default:
			if err := s.rune(); err != nil {
				return false, err
			}
		}
	}
	return false, s.fail("unterminated string")
}

func (s *scanner) rune() error {
	r, n := utf8.DecodeRune(s.text[s.at:])
	if r == utf8.RuneError && n == 1 {
		return s.fail("invalid UTF-8")
	}
	s.at += n
	return nil
}

// escaped goes on with a string that began at start, from its first escape.
func (s *scanner) escaped(start int) (string, error) {
	out := append(make([]byte, 0, s.at-start+32), s.text[start:s.at]...)
	for {
		r, err := s.escape()
		if err != nil {
			return "", err
		}
		out = utf8.AppendRune(out, r)
		from := s.at
		more, err := s.toQuote()
		if err != nil {
			return "", err
		}
		if !more {
			return string(append(out, s.text[from:s.at-1]...)), nil
		}
		out = append(out, s.text[from:s.at]...)
	}
}

func (s *scanner) escape() (rune, error) {
	if s.at+1 >= len(s.text) {
		return 0, s.fail("unterminated string")
	}
	c := s.text[s.at+1]
	if c == 'u' {
		return s.unicode()
	}
	for i, from := range []byte(`"\/bfnrt`) {
		if c == from {
			s.at += 2
			return rune("\"\\/\b\f\n\r\t"[i]), nil
		}
	}
	return 0, s.fail("unknown escape")
}

// unicode reads \uXXXX, and the second half of a surrogate pair.
func (s *scanner) unicode() (rune, error) {
	r, ok := s.hex(s.at)
	if !ok {
		return 0, s.fail("expected four hexadecimal digits")
	}
	if !utf16.IsSurrogate(r) {
		s.at += 6
		return r, nil
	}
	low, ok := s.hex(s.at + 6)
	pair := utf16.DecodeRune(r, low)
	if !ok || pair == utf8.RuneError {
		return 0, s.fail("lone surrogate")
	}
	s.at += 12
	return pair, nil
}

func (s *scanner) hex(at int) (rune, bool) {
	if at+6 > len(s.text) || s.text[at] != '\\' || s.text[at+1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s.text[at+2 : at+6] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
