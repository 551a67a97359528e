// Strings of the strict JSON parser.

package attrs

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string whose opening quote is next. A string without escapes
// is a part of the text.
func (p *parser) string() (string, error) {
	start := p.pos + 1
	for i := start; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			p.pos = i + 1
			return p.text[start:i], nil
		case c == '\\':
			p.pos = i
			return p.escaped(start)
		case c < ' ':
			p.pos = i
			return "", p.fail(ErrSyntax)
		}
	}
	p.pos = len(p.text)
	return "", p.fail(ErrSyntax)
}

// escaped goes on with the string that began at start, at its first escape.
func (p *parser) escaped(start int) (string, error) {
	var out strings.Builder
	out.WriteString(p.text[start:p.pos])
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return out.String(), nil
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return "", err
			}
			out.WriteRune(r)
		case c < ' ':
			return "", p.fail(ErrSyntax)
		default:
			out.WriteByte(c)
			p.pos++
		}
	}
	return "", p.fail(ErrSyntax)
}

// escape reads one escape; a pair of surrogates is one character.
func (p *parser) escape() (rune, error) {
	if r, ok := simpleEscape(p.text[p.pos:]); ok {
		p.pos += 2
		return r, nil
	}
	r, ok := hexEscape(p.text[p.pos:])
	if !ok {
		return 0, p.fail(ErrSyntax)
	}
	if !utf16.IsSurrogate(r) {
		p.pos += 6
		return r, nil
	}
	low, ok := hexEscape(p.text[p.pos+6:])
	pair := utf16.DecodeRune(r, low)
	if !ok || pair == utf8.RuneError {
		return 0, p.fail(ErrLoneSurrogate)
	}
	p.pos += 12
	return pair, nil
}

func simpleEscape(text string) (rune, bool) {
	if len(text) < 2 {
		return 0, false
	}
	const letters, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	i := strings.IndexByte(letters, text[1])
	if i < 0 {
		return 0, false
	}
	return rune(meant[i]), true
}

// hexEscape reads the form \uXXXX.
func hexEscape(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	for i := 2; i < 6; i++ {
		if c := text[i]; !isDigit(c) && (c|0x20 < 'a' || 'f' < c|0x20) {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	return rune(n), err == nil
}
