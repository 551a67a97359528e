// Where the n-th character of a value stands in the file.

package yamltree

import (
	"strings"
	"unicode/utf8"
)

type style int

const (
	plain style = iota
	single
	double
	literal
	folded
)

// Place is the line and column of the n-th character of n's text, counted from
// 1, for faults inside expressions. It is the place of the value itself when n
// is 0 or less, past the end, or when the text was folded over several lines.
func (n *Node) Place(character int) (line, column int) {
	if character < 1 || character > utf8.RuneCountInString(n.Text)+1 || n.Line < 1 || n.Line > len(n.lines) {
		return n.Line, n.Column
	}
	switch n.style {
	case plain:
		return n.inPlain(character)
	case single, double:
		return n.inQuotes(character)
	case literal:
		return n.inLiteral(character)
	}
	return n.Line, n.Column
}

func (n *Node) inPlain(character int) (int, int) {
	if strings.HasPrefix(tail(n.lines[n.Line-1], n.Column), n.Text) {
		return n.Line, n.Column + character - 1
	}
	return n.Line, n.Column
}

func (n *Node) inQuotes(character int) (int, int) {
	source := []rune(tail(n.lines[n.Line-1], n.Column+1))
	at := 0
	for range character - 1 {
		if at >= len(source) {
			return n.Line, n.Column
		}
		at += n.width(source[at:])
	}
	if at >= len(source) {
		return n.Line, n.Column
	}
	return n.Line, n.Column + 1 + at
}

// width is how many characters of the file stand for the first one of a
// quoted text.
func (n *Node) width(source []rune) int {
	switch {
	case n.style == single && source[0] == '\'':
		return 2
	case n.style == double && source[0] == '\\' && len(source) > 1:
		switch source[1] {
		case 'x':
			return 4
		case 'u':
			return 6
		case 'U':
			return 10
		}
		return 2
	}
	return 1
}

func (n *Node) inLiteral(character int) (int, int) {
	before := []rune(n.Text)[:character-1]
	down, right := 0, 0
	for _, r := range before {
		right++
		if r == '\n' {
			down, right = down+1, 0
		}
	}
	line := n.Line + 1 + down
	first := n.firstLine()
	if line > len(n.lines) || first == "" {
		return n.Line, n.Column
	}
	indent := len(first) - len(strings.TrimLeft(first, " "))
	return line, indent + right + 1
}

// firstLine is the first line of a block text that is not blank.
func (n *Node) firstLine() string {
	for _, l := range n.lines[n.Line:] {
		if strings.TrimSpace(l) != "" {
			return l
		}
	}
	return ""
}

// tail is line from its column-th character on.
func tail(line string, column int) string {
	runes := []rune(line)
	if column < 1 || column > len(runes) {
		return ""
	}
	return string(runes[column-1:])
}
