// From the tree to text.

package yamltree

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// shortList is how long a list on one line may be, in bytes.
const shortList = 100

// entry is n under a key, as lines. head is the key with its colon, and what
// stands before it.
func (n *Node) entry(head string, indent int) []string {
	if text, ok := n.scalar(); ok {
		return []string{head + " " + text + "\n"}
	}
	return append([]string{head + "\n"}, n.block(indent+2)...)
}

// block is a mapping or list that is not empty, in lines.
func (n *Node) block(indent int) (lines []string) {
	space := strings.Repeat(" ", indent)
	for _, p := range n.Pairs {
		key, _ := (&Node{Kind: String, Text: p.Key.Text}).scalar()
		lines = append(lines, p.Value.entry(space+key+":", indent)...)
	}
	for _, item := range n.Items {
		if text, ok := item.scalar(); ok {
			lines = append(lines, space+"- "+text+"\n")
			continue
		}
		inner := item.block(indent + 2)
		inner[0] = space + "- " + strings.TrimLeft(inner[0], " ")
		lines = append(lines, inner...)
	}
	return lines
}

// scalar is n on one line, if it fits there: a scalar, a short list of scalars,
// or what is empty.
func (n *Node) scalar() (string, bool) {
	switch n.Kind {
	case Mapping:
		return "{}", len(n.Pairs) == 0
	case Sequence:
		return n.oneLine()
	case String:
		return quote(n.Text, n.Plain() && largeNumber(n.Text)), true
	case Null:
		return "null", true
	}
	return n.Text, true
}

func (n *Node) oneLine() (string, bool) {
	var items []string
	for _, item := range n.Items {
		text, ok := item.scalar()
		if !ok || item.Kind == Mapping || item.Kind == Sequence {
			return "", false
		}
		items = append(items, text)
	}
	text := "[" + strings.Join(items, ", ") + "]"
	return text, len(text) <= shortList || len(items) == 1
}

var (
	plainText = regexp.MustCompile(`^[A-Za-z/.][A-Za-z0-9_./:@?=$%+-]*$`)
	number    = regexp.MustCompile(`^-?[0-9][0-9.eE+-]*$`)
	reserved  = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|\.?(inf|nan)|\.\.\.|---.*)$`)
)

// largeNumber reports whether text is a number that the tree has as text.
func largeNumber(text string) bool {
	if !number.MatchString(text) {
		return false
	}
	root, faults := Parse([]byte("n: " + text + "\n"))
	return len(faults) == 0 && root.Get("n").Kind == String
}

// quote is text as YAML, as it is when bare.
func quote(text string, bare bool) string {
	switch {
	case bare, plainText.MatchString(text) && !reserved.MatchString(text) && !strings.HasSuffix(text, ":") && !strings.HasPrefix(text, "."):
		return text
	case !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == utf8.RuneError || !strconv.IsPrint(r) }):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ' || !strconv.IsPrint(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case !strconv.IsPrint(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
