package attrs

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// What is wrong with the text of a source. Each is wrapped in a
// *DocumentError that says where.
var (
	ErrTooLarge        = errors.New("larger than 1 MiB")
	ErrTooDeep         = errors.New("nested deeper than 64 levels")
	ErrDuplicateMember = errors.New("duplicate member")
	ErrInvalidUTF8     = errors.New("invalid UTF-8")
	ErrLoneSurrogate   = errors.New("lone surrogate escape")
	ErrNotObject       = errors.New("not a JSON object")
	ErrTrailingData    = errors.New("data after the JSON object")
	ErrSyntax          = errors.New("malformed JSON")
	ErrSourceName      = errors.New("a source's name is 1 to 64 letters, digits, _ and -, beginning with a letter")
	ErrTooManySources  = errors.New("more than 16 sources")
)

// DocumentError says which source was refused, where and why. It holds no
// value of the source. It wraps one of the sentinels above.
type DocumentError struct {
	Source string // empty when the document around the sources is at fault
	Offset int    // in bytes, into the text that was given
	Member string // of a duplicate member: its name, cut at 64 bytes
	Err    error
}

func (e *DocumentError) Error() string {
	where := "attribute-source document"
	if e.Source != "" {
		where = fmt.Sprintf("source %.64q", e.Source)
	}
	if e.Member != "" {
		return fmt.Sprintf("%s: %v %q at byte %d", where, e.Err, e.Member, e.Offset)
	}
	return fmt.Sprintf("%s: %v at byte %d", where, e.Err, e.Offset)
}

func (e *DocumentError) Unwrap() error { return e.Err }

func (p *parser) fail(err error) error { return p.failAt(p.pos, err) }

func (p *parser) failAt(at int, err error) error {
	return &DocumentError{Source: p.name, Offset: at, Err: err}
}

func (p *parser) duplicate(name string, at int) error {
	return &DocumentError{Source: p.name, Offset: at, Member: cut(name, 64), Err: ErrDuplicateMember}
}

// cut shortens s to at most limit bytes without splitting a character.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
