// JSON pointers, RFC 6901.

package abi

import (
	"errors"
	"strings"
)

// ErrPointer is returned for a text that is not a JSON pointer, or is longer
// than MaxPointer.
var ErrPointer = errors.New(`malformed JSON pointer: write "" or "/member/0", with ~1 for a slash and ~0 for a tilde`)

// ParsePointer splits a pointer of RFC 6901 into its decoded reference
// tokens; the empty pointer has none.
//
// It fails with ErrPointer.
func ParsePointer(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' || len(pointer) > MaxPointer {
		return nil, ErrPointer
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, token := range tokens {
		decoded, err := decodeToken(token)
		if err != nil {
			return nil, err
		}
		tokens[i] = decoded
	}
	return tokens, nil
}

func decodeToken(token string) (string, error) {
	tilde := strings.IndexByte(token, '~')
	if tilde < 0 {
		return token, nil
	}
	out := []byte(token[:tilde])
	for i := tilde; i < len(token); i++ {
		if token[i] != '~' {
			out = append(out, token[i])
			continue
		}
		i++
		switch {
		case i < len(token) && token[i] == '0':
			out = append(out, '~')
		case i < len(token) && token[i] == '1':
			out = append(out, '/')
		default:
			return "", ErrPointer
		}
	}
	return string(out), nil
}

// EncodeToken is name as a reference token, with ~ and / escaped.
func EncodeToken(name string) string {
	if !strings.ContainsAny(name, "~/") {
		return name
	}
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// Find is the text of the value in document to which tokens lead, and whether
// there is one. A token that does not fit the value on its way (a member of an
// array, an index with a leading zero, "-") finds nothing. The document should
// be valid JSON: of any other text it may find nothing or a piece.
func Find(document []byte, tokens []string) (Raw, bool) {
	s := scanner{text: document}
	for _, token := range tokens {
		var found bool
		switch s.peek() {
		case '{':
			found = s.toMember(token)
		case '[':
			found = s.toElement(token)
		}
		if !found {
			return nil, false
		}
	}
	s.space()
	start := s.at
	if !s.pass() {
		return nil, false
	}
	return Raw(document[start:s.at]), true
}

// toMember moves to the value of the member called name.
func (s *scanner) toMember(name string) bool {
	s.at++ // {
	for s.peek() == '"' {
		start := s.at
		if !s.passString() {
			return false
		}
		same := sameName(s.text[start:s.at], name)
		if s.peek() != ':' {
			return false
		}
		s.at++
		if same {
			return true
		}
		if !s.pass() || s.peek() != ',' {
			return false
		}
		s.at++
		s.space()
	}
	return false
}

// toElement moves to the element at index.
func (s *scanner) toElement(index string) bool {
	want, ok := parseIndex(index)
	if !ok {
		return false
	}
	s.at++ // [
	if s.peek() == ']' {
		return false
	}
	for i := 0; i < want; i++ {
		if !s.pass() || s.peek() != ',' {
			return false
		}
		s.at++
	}
	return s.peek() != 0
}

func parseIndex(token string) (int, bool) {
	if token == "" || len(token) > 9 || token[0] == '0' && len(token) > 1 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(token); i++ {
		if token[i] < '0' || token[i] > '9' {
			return 0, false
		}
		n = n*10 + int(token[i]-'0')
	}
	return n, true
}

// sameName compares a quoted member name with a decoded one, decoding only
// names that hold an escape.
func sameName(quoted []byte, name string) bool {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' {
			decoded, ok := Raw(quoted).Text()
			return ok && decoded == name
		}
	}
	return string(inner) == name
}

// pass moves behind the next value of a valid document, without looking at
// what is in it.
func (s *scanner) pass() bool {
	switch s.peek() {
	case 0:
		return false
	case '"':
		return s.passString()
	case '{', '[':
		return s.passNested()
	}
	start := s.at
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ',', ']', '}', ' ', '\t', '\n', '\r', '"', ':', '[', '{':
			return s.at > start
		}
		s.at++
	}
	return s.at > start
}

func (s *scanner) passNested() bool {
	depth := 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			if !s.passString() {
				return false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		s.at++
		if depth == 0 {
			return true
		}
	}
	return false
}

func (s *scanner) passString() bool {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return true
		}
	}
	s.at = len(s.text)
	return false
}
