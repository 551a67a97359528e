// The strict JSON parser: one pass over the text, bounded in size and depth.

package attrs

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// parser reads one JSON text. Its strings are parts of text wherever no escape
// makes that impossible, so that a source costs one copy.
type parser struct {
	text string
	pos  int
	name string // of the source, for errors
}

func parseSource(name string, raw []byte) (source, error) {
	if len(raw) > MaxSourceBytes {
		return source{}, &DocumentError{Source: name, Offset: MaxSourceBytes, Err: ErrTooLarge}
	}
	p := &parser{text: string(raw), name: name}
	if err := p.checkUTF8(); err != nil {
		return source{}, err
	}
	p.space()
	value, err := p.root()
	if err != nil {
		return source{}, err
	}
	p.space()
	if p.pos < len(p.text) {
		return source{}, p.fail(ErrTrailingData)
	}
	return source{text: p.text, value: value}, nil
}

func (p *parser) checkUTF8() error {
	if utf8.ValidString(p.text) {
		return nil
	}
	for i := 0; i < len(p.text); {
		r, size := utf8.DecodeRuneInString(p.text[i:])
		if r == utf8.RuneError && size == 1 {
			return p.failAt(i, ErrInvalidUTF8)
		}
		i += size
	}
	return p.failAt(0, ErrInvalidUTF8)
}

// root reads the object that a source is.
func (p *parser) root() (map[string]any, error) {
	if p.peek() != '{' {
		return nil, p.fail(ErrNotObject)
	}
	return p.object(1)
}

func (p *parser) value(depth int) (any, error) {
	switch c := p.peek(); {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		return p.string()
	case c == '-' || isDigit(c):
		return p.number()
	case p.word("true"):
		return true, nil
	case p.word("false"):
		return false, nil
	case p.word("null"):
		return nil, nil
	}
	return nil, p.fail(ErrSyntax)
}

func (p *parser) object(depth int) (map[string]any, error) {
	if depth > MaxDepth {
		return nil, p.fail(ErrTooDeep)
	}
	object := map[string]any{}
	err := p.members(func(name string, at int) error {
		if _, twice := object[name]; twice {
			return p.duplicate(name, at)
		}
		value, err := p.value(depth + 1)
		object[name] = value
		return err
	})
	return object, err
}

// members reads an object, and calls member with the place before each value,
// which member reads.
func (p *parser) members(member func(name string, at int) error) error {
	p.pos++ // the brace
	p.space()
	if p.skip('}') {
		return nil
	}
	for {
		at := p.pos
		if p.peek() != '"' {
			return p.fail(ErrSyntax)
		}
		name, err := p.string()
		if err != nil {
			return err
		}
		p.space()
		if !p.skip(':') {
			return p.fail(ErrSyntax)
		}
		p.space()
		if err := member(name, at); err != nil {
			return err
		}
		p.space()
		if p.skip('}') {
			return nil
		}
		if !p.skip(',') {
			return p.fail(ErrSyntax)
		}
		p.space()
	}
}

func (p *parser) array(depth int) ([]any, error) {
	if depth > MaxDepth {
		return nil, p.fail(ErrTooDeep)
	}
	p.pos++ // the bracket
	items := []any{}
	p.space()
	if p.skip(']') {
		return items, nil
	}
	for {
		item, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		p.space()
		if p.skip(']') {
			return items, nil
		}
		if !p.skip(',') {
			return nil, p.fail(ErrSyntax)
		}
		p.space()
	}
}

// number reads a number by the grammar of RFC 8259, section 6, and keeps its
// text.
func (p *parser) number() (json.Number, error) {
	start := p.pos
	p.skip('-')
	if !p.skip('0') && p.digits() == 0 {
		return "", p.fail(ErrSyntax)
	}
	if p.skip('.') && p.digits() == 0 {
		return "", p.fail(ErrSyntax)
	}
	if p.skip('e') || p.skip('E') {
		if !p.skip('+') {
			p.skip('-')
		}
		if p.digits() == 0 {
			return "", p.fail(ErrSyntax)
		}
	}
	return json.Number(p.text[start:p.pos]), nil
}

func (p *parser) digits() int {
	start := p.pos
	for isDigit(p.peek()) {
		p.pos++
	}
	return p.pos - start
}

func (p *parser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return
		}
	}
}

// peek is the next byte, or 0 at the end: no JSON token begins with 0.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

func (p *parser) skip(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *parser) word(word string) bool {
	if strings.HasPrefix(p.text[p.pos:], word) {
		p.pos += len(word)
		return true
	}
	return false
}
