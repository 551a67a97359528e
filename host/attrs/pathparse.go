// The path parser, for a path alone and for one inside a reference.

package attrs

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

type pathParser struct {
	text string
	pos  int
	ends string // what may follow the path, such as "}"
}

// path reads as much of the text as can be a path.
func (p *pathParser) path() (Path, error) {
	start := p.pos
	end := start + bareEnd(p.text[start:])
	if end == start && p.isStray(start) {
		return Path{}, p.stray()
	}
	if end == start && p.peek() != '[' {
		return Path{}, p.fail(start, "the path is empty", "write the name of a member, such as email")
	}
	if !strings.HasPrefix(p.text[end:], "[") {
		p.pos = end
		return p.bareName(start)
	}
	var path Path
	for {
		s, err := p.segment(len(path.segments) == 0)
		if err != nil {
			return Path{}, err
		}
		path.segments = append(path.segments, s)
		if err := p.checkSize(start, len(path.segments)); err != nil {
			return Path{}, err
		}
		if c := p.peek(); c != '.' && c != '[' {
			break
		}
	}
	if path.segments[0].index >= 0 {
		return Path{}, p.fail(start, "a source is an object, which has no items", "begin with the name of a member")
	}
	if isPlain(p.peek()) || p.peek() == '/' || p.peek() == ':' {
		return Path{}, p.fail(p.pos, "a member must be separated from the bracket before it", `write ["a"].b`)
	}
	return path, nil
}

// bareName splits the bare name from start to here at its dots.
func (p *pathParser) bareName(start int) (Path, error) {
	name := p.text[start:p.pos]
	var path Path
	at := start
	for member := range strings.SplitSeq(name, ".") {
		if member == "" && p.isStray(at) {
			return Path{}, p.stray()
		}
		if member == "" {
			return Path{}, p.fail(at, "a member's name is empty", "write one dot between two names, or ["+quoteMember(cut(name, 100))+"] for a member of that name")
		}
		path.segments = append(path.segments, segment{member: member, index: -1})
		if err := p.checkSize(start, len(path.segments)); err != nil {
			return Path{}, err
		}
		at += len(member) + 1
	}
	if len(path.segments) > 1 {
		path.name = name
	}
	return path, nil
}

func (p *pathParser) segment(first bool) (segment, error) {
	if p.peek() == '[' {
		return p.bracket()
	}
	if !first {
		p.pos++ // the dot
	}
	start := p.pos
	for isPlain(p.peek()) {
		p.pos++
	}
	switch c := p.peek(); {
	case c == '/' || c == ':':
		return segment{}, p.fail(p.pos, fmt.Sprintf("%q in a name before or after a bracket", c), "bracket the whole name, as in "+`["https://example.com/roles"][0]`)
	case p.pos == start && c == '[':
		return segment{}, p.fail(start-1, "a dot before a bracket", "leave the dot out")
	case p.pos == start:
		return segment{}, p.fail(start, "a member's name is empty", `write a name after the dot, or [""] for the empty one`)
	}
	return segment{member: p.text[start:p.pos], index: -1}, nil
}

// bracket reads [n] or ["…"].
func (p *pathParser) bracket() (segment, error) {
	start := p.pos
	p.pos++
	if p.peek() == '"' {
		return p.quoted(start)
	}
	digits := p.pos
	for isDigit(p.peek()) {
		p.pos++
	}
	text := p.text[digits:p.pos]
	if text == "" || p.peek() != ']' {
		return segment{}, p.fail(start, "a bracket holds neither a number nor a name in double quotes", `write [0], or ["name"]`)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n > MaxIndex || text[0] == '0' && text != "0" {
		return segment{}, p.fail(digits, "an index is a number from 0 to 999999 without leading zeros", "write such a number")
	}
	p.pos++
	return segment{index: n}, nil
}

// quoted reads the JSON string and the closing bracket of ["…"].
func (p *pathParser) quoted(start int) (segment, error) {
	reader := parser{text: p.text, pos: p.pos}
	name, err := reader.string()
	if err != nil {
		return segment{}, p.fail(reader.pos, "the name in the bracket is not a whole JSON string", `write ["name"], with \" for a quote and \\ for a backslash`)
	}
	if !utf8.ValidString(name) {
		return segment{}, p.fail(p.pos, "invalid UTF-8", "write the file in UTF-8")
	}
	p.pos = reader.pos
	if p.peek() != ']' {
		return segment{}, p.fail(start, "the bracket is not closed after the name", "write ] right after the closing quote")
	}
	p.pos++
	return segment{member: name, index: -1}, nil
}

func (p *pathParser) checkSize(start, segments int) error {
	if p.pos-start > MaxPathBytes || segments > MaxPathSegments {
		return p.fail(start, "the path has more than 1 KiB or 64 members", "write a shorter one")
	}
	return nil
}

// isStray reports whether a name that should begin here cannot, because of a
// character that no path has.
func (p *pathParser) isStray(at int) bool {
	return at == p.pos && at < len(p.text) && p.text[at] != '[' && !strings.Contains(p.ends, p.text[at:at+1])
}

// stray is the error for a character at which the path cannot go on.
func (p *pathParser) stray() error {
	r, size := utf8.DecodeRuneInString(p.text[p.pos:])
	if r == utf8.RuneError && size == 1 {
		return p.fail(p.pos, "invalid UTF-8", "write the file in UTF-8")
	}
	switch r {
	case '$':
		return p.fail(p.pos, "a path does not begin with $", "leave $. out")
	case '*', '?', '@':
		return p.fail(p.pos, fmt.Sprintf("%q is no part of a path", r), `name the member; there are no wildcards or filters; bracket a name that has this character: ["a*b"]`)
	case ']':
		return p.fail(p.pos, "a bracket is closed that was not opened", "leave ] out")
	}
	return p.fail(p.pos, fmt.Sprintf("%q is no part of a path", r), `bracket a name that has other characters than letters, digits, _ and -: ["my name"]`)
}

func (p *pathParser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *pathParser) fail(at int, problem, hint string) error {
	return referenceError(p.text, at, ErrPath, problem, hint)
}
