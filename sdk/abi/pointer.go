// JSON pointers, RFC 6901.

package abi

import (
	"bytes"
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
	at := skipSpace(document, 0)
	for _, token := range tokens {
		if at >= len(document) {
			return nil, false
		}
		switch document[at] {
		case '{':
			at = toMember(document, at, token)
		case '[':
			at = toElement(document, at, token)
		default:
			return nil, false
		}
		if at < 0 {
			return nil, false
		}
	}
	end := pass(document, at)
	if end < 0 {
		return nil, false
	}
	return Raw(document[at:end]), true
}

// toMember is the offset of the value of the member called name in the object
// at at, or -1.
func toMember(text []byte, at int, name string) int {
	at = skipSpace(text, at+1)
	for {
		end := passName(text, at)
		if end < 0 {
			return -1
		}
		same := sameName(text[at:end], name)
		at = skipSpace(text, end)
		if at == len(text) || text[at] != ':' {
			return -1
		}
		at = skipSpace(text, at+1)
		if same {
			return at
		}
		if at = pass(text, at); at < 0 {
			return -1
		}
		at = skipSpace(text, at)
		if at == len(text) || text[at] != ',' {
			return -1
		}
		at = skipSpace(text, at+1)
	}
}

// toElement is the offset of the element at index of the array at at, or -1.
func toElement(text []byte, at int, index string) int {
	want, ok := parseIndex(index)
	if !ok {
		return -1
	}
	at = skipSpace(text, at+1)
	if at == len(text) || text[at] == ']' {
		return -1
	}
	for range want {
		if at = pass(text, at); at < 0 {
			return -1
		}
		at = skipSpace(text, at)
		if at == len(text) || text[at] != ',' {
			return -1
		}
		at = skipSpace(text, at+1)
	}
	return at
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
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == name
	}
	decoded, ok := Raw(quoted).Text()
	return ok && decoded == name
}
