// Paths: dotted members, [n] and ["…"].

package attrs

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Bounds of a path.
const (
	MaxPathBytes    = 1024
	MaxPathSegments = 64
	MaxIndex        = 999_999
)

// Path says where in a source a value is. The zero Path is no path.
//
//	email   address.country   groups[0]   ["https://example.com/roles"][0].name
//
// Its text is dotted members and [n]; a member of other characters than ASCII
// letters, digits, _ and - is bracketed, as a JSON string. A text without any
// bracket is a bare name and may also hold slashes and colons: it means the
// structure that its dots describe and, only when that is absent, the member of
// exactly that name.
type Path struct {
	segments []segment
	name     string // the whole text of a bare name with dots, which counts too
}

type segment struct {
	member string
	index  int // -1 for a member
}

// ParsePath reads a path of at most 1 KiB and 64 segments. Its errors are
// *ReferenceError, wrap ErrPath, and say at which column and what to write
// instead.
func ParsePath(text string) (Path, error) {
	p := pathParser{text: text}
	path, err := p.path()
	if err != nil {
		return Path{}, err
	}
	if p.pos < len(text) {
		return Path{}, p.stray()
	}
	return path, nil
}

// IsZero reports whether p is no path at all.
func (p Path) IsZero() bool { return len(p.segments) == 0 }

// String is the text of p; ParsePath gives the same path back.
func (p Path) String() string {
	if name, ok := p.bareName(); ok {
		return name
	}
	var out strings.Builder
	for i, s := range p.segments {
		switch {
		case s.index >= 0:
			out.WriteString("[" + strconv.Itoa(s.index) + "]")
		case !isPlainName(s.member) || i == 0 && !p.laterBracket():
			out.WriteString("[" + quoteMember(s.member) + "]")
		case i > 0:
			out.WriteString("." + s.member)
		default:
			out.WriteString(s.member)
		}
	}
	return out.String()
}

// bareName is the text of a path that is written without brackets.
func (p Path) bareName() (string, bool) {
	if p.name != "" || p.IsZero() {
		return p.name, true
	}
	name := p.segments[0].member
	ok := len(p.segments) == 1 && name != "" && bareEnd(name) == len(name) && !strings.Contains(name, ".")
	return name, ok
}

// laterBracket reports whether a segment after the first is written in brackets
// anyway. When none is, the first must be, or the text would be a bare name.
func (p Path) laterBracket() bool {
	for _, s := range p.segments[1:] {
		if s.index >= 0 || !isPlainName(s.member) {
			return true
		}
	}
	return false
}

func isPlainName(name string) bool {
	for i := range len(name) {
		if !isPlain(name[i]) {
			return false
		}
	}
	return name != ""
}

// bareEnd is where the bare name at the beginning of text ends.
func bareEnd(text string) int {
	for i := range len(text) {
		if c := text[i]; !isPlain(c) && c != '.' && c != '/' && c != ':' {
			return i
		}
	}
	return len(text)
}

func quoteMember(name string) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(name) // a string always encodes
	return strings.TrimSuffix(out.String(), "\n")
}
