// Reading JSON strings: valid UTF-8, no lone surrogate.

package abi

import (
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string and returns it decoded.
func (s *scanner) str() (string, error) {
	s.at++ // "
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return string(s.text[start : s.at-1]), nil
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return "", s.fail("control character in a string")
		case c < utf8.RuneSelf:
			s.at++
		default:
			if err := s.rune(); err != nil {
				return "", err
			}
		}
	}
	return "", s.fail("unterminated string")
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
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return string(out), nil
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
		case c < 0x20:
			return "", s.fail("control character in a string")
		default:
			from := s.at
			if err := s.rune(); err != nil {
				return "", err
			}
			out = append(out, s.text[from:s.at]...)
		}
	}
	return "", s.fail("unterminated string")
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
