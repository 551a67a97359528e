// What a guest says: bounded in count and bytes, cleaned of what could
// deceive a reader of the trace.

package plugin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/doorward/doorward/sdk/abi"
)

// maxHeld is how much of a line is looked at, so that secrets are found whole.
const maxHeld = 16 * abi.MaxLogLine

// cut is a copy of text, or of as much as is looked at.
func cut(text []byte) []byte { return append([]byte(nil), text[:min(len(text), maxHeld)]...) }

// lines collects the log lines of one call.
type lines struct {
	kept    []Line
	bytes   int
	dropped int
	mask    func(string) string // hides the document's secrets
}

// Line is one line that a guest logged, masked and cleaned.
type Line struct {
	Level abi.Level
	Text  string
}

// full says that further lines are only counted.
func (l *lines) full() bool { return len(l.kept) == abi.MaxLogLines || l.bytes >= abi.MaxLogBytes }

func (l *lines) add(level abi.Level, text []byte) {
	if l.full() {
		l.dropped++
		return
	}
	clean := l.clean(text)
	l.bytes += len(clean)
	l.kept = append(l.kept, Line{level, clean})
}

// clean masks secrets before it cuts, so that half a secret does not slip
// through the cut.
func (l *lines) clean(text []byte) string {
	s := string(text[:min(len(text), maxHeld)])
	if l.mask != nil {
		s = l.mask(s)
	}
	return clean(s, abi.MaxLogLine)
}

// clean is text as one line of printable UTF-8 of at most max bytes.
func clean(text string, max int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case r == '\t': // as the stacks of some languages have it
			return ' '
		}
		return '�'
	}, strings.ToValidUTF8(text, "�"))
	if len(text) <= max {
		return text
	}
	cut := max - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func quote(name string) string { return abi.Quote(name) }
