// Changing single keys of a file's text, with everything else left as it is.

package yamltree

import (
	"errors"
	"slices"
	"strings"
)

// ErrStyle is returned for a file that cannot be changed in place: it is
// written in braces, has several kinds of line ends, or is not read at all.
var ErrStyle = errors.New("the file cannot be changed in place: its top must be keys in lines of their own")

// Set returns text with the key at path set to value: replaced where it stands,
// else added at the end of the nearest mapping above it. A nil value removes
// the key. Comments, blank lines, the order of keys and whatever else is in the
// file stay, byte by byte; only a mapping in braces that is changed inside is
// written anew as lines.
//
// The result reads as the old tree with that one change, or the error is
// ErrStyle.
func Set(text []byte, path []string, value *Node) ([]byte, error) {
	source, windows, ok := lineEnds(string(text))
	root, faults := Parse([]byte(source))
	if root == nil || len(faults) > 0 || !ok || inBraces(root) {
		return nil, ErrStyle
	}
	if value == nil && root.At(path...) == nil {
		return text, nil
	}
	e := &editing{lines: strings.SplitAfter(source, "\n")}
	e.set(root, path, value)
	out := strings.Join(e.lines, "")
	after, faults := Parse([]byte(out))
	if after == nil || len(faults) > 0 || !Same(after, with(root, path, value)) {
		return nil, ErrStyle
	}
	if windows {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	return []byte(out), nil
}

// lineEnds is text with line feeds alone, and whether it had carriage returns
// before all of them.
func lineEnds(text string) (source string, windows, ok bool) {
	windows = strings.Contains(text, "\r\n")
	source = strings.ReplaceAll(text, "\r\n", "\n")
	mixed := windows && strings.Count(text, "\n") != strings.Count(text, "\r\n")
	return source, windows, !mixed && !strings.Contains(source, "\r")
}

// editing is a file's lines, each with its line feed.
type editing struct{ lines []string }

// set changes m, a mapping in lines.
func (e *editing) set(m *Node, path []string, value *Node) {
	for _, p := range m.Pairs {
		switch {
		case p.Key.Text != path[0]:
			continue
		case len(path) > 1 && p.Value.Kind == Mapping && len(p.Value.Pairs) > 0 && !inBraces(p.Value) && !(value == nil && empties(p.Value, path[1:])):
			e.set(p.Value, path[1:], value)
		case len(path) == 1 && value == nil:
			e.lines = slices.Delete(e.lines, p.Key.Line-1, e.end(p))
		default:
			e.replace(p, changed(p.Value, path[1:], value))
		}
		return
	}
	if value != nil {
		e.add(m, path[0], changed(nil, path[1:], value))
	}
}

// empties reports whether removing path leaves m without a key.
func empties(m *Node, path []string) bool {
	return len(path) == 1 && len(m.Pairs) == 1 && m.Pairs[0].Key.Text == path[0]
}

// end is the line behind the entry of p: behind its last line that is neither
// blank nor a comment further out.
func (e *editing) end(p Pair) int {
	indent := p.Key.Column - 1
	last := p.Key.Line
	for i := p.Key.Line; i < len(e.lines); i++ {
		line := e.lines[i]
		bare := strings.TrimLeft(line, " ")
		deep := len(line) - len(bare)
		item := p.Value.Kind == Sequence && p.Value.Column == p.Key.Column && strings.HasPrefix(bare, "-")
		switch {
		case strings.TrimSpace(bare) == "", deep <= indent && strings.HasPrefix(bare, "#"):
			continue
		case deep <= indent && !item:
			return last
		}
		last = i + 1
	}
	return last
}

// replace writes value where p's is. A value on the key's own line leaves the
// comment behind it.
func (e *editing) replace(p Pair, value *Node) {
	line := e.lines[p.Key.Line-1]
	written, onOne := value.scalar()
	if before, after, ok := around(line, p.Value); ok && onOne && p.Value.Line == p.Key.Line && e.end(p) == p.Key.Line {
		e.lines[p.Key.Line-1] = before + written + after
		return
	}
	key := strings.TrimRight(line[:keyEnd(line, p.Key)], " ")
	entry := value.entry(key, p.Key.Column-1)
	e.lines = slices.Replace(e.lines, p.Key.Line-1, e.end(p), entry...)
}

func (e *editing) add(m *Node, key string, value *Node) {
	last := m.Pairs[len(m.Pairs)-1]
	at, indent := e.end(last), last.Key.Column-1
	if line := &e.lines[at-1]; !strings.HasSuffix(*line, "\n") {
		*line += "\n"
	}
	written, _ := (&Node{Kind: String, Text: key}).scalar()
	e.lines = slices.Insert(e.lines, at, value.entry(strings.Repeat(" ", indent)+written+":", indent)...)
}

// around is line before and behind the text of n, a scalar that stands on it.
func around(line string, n *Node) (before, after string, ok bool) {
	runes := []rune(line)
	if n.Kind == Mapping || n.Kind == Sequence || n.Kind == Null || n.style == literal || n.style == folded || n.Column-1 > len(runes) {
		return "", "", false
	}
	before = string(runes[:n.Column-1])
	rest := string(runes[n.Column-1:])
	length := len(n.Text)
	if n.style == single || n.style == double {
		length = quoted(rest)
	} else if !strings.HasPrefix(rest, n.Text) {
		return "", "", false
	}
	if length < 0 || length > len(rest) {
		return "", "", false
	}
	after = rest[length:]
	trimmed := strings.TrimSpace(after)
	return before, after, trimmed == "" || strings.HasPrefix(trimmed, "#")
}

// quoted is the length of the quoted text that rest begins with, or -1.
func quoted(rest string) int {
	quote := rest[0]
	for i := 1; i < len(rest); i++ {
		switch {
		case quote == '"' && rest[i] == '\\':
			i++
		case rest[i] != quote:
		case quote == '\'' && i+1 < len(rest) && rest[i+1] == '\'':
			i++
		default:
			return i + 1
		}
	}
	return -1
}

// keyEnd is where the colon behind a key ends.
func keyEnd(line string, key *Node) int {
	at := len(string([]rune(line)[:key.Column-1]))
	length := len(key.Text)
	if rest := line[at:]; key.style == single || key.style == double {
		length = max(quoted(rest), 0)
	}
	colon := strings.IndexByte(line[min(at+length, len(line)):], ':')
	return at + length + colon + 1
}

// inBraces reports whether a mapping or list is written in one: {a: b}, [a].
func inBraces(n *Node) bool {
	if n.Line < 1 || n.Line > len(n.lines) {
		return true
	}
	line := []rune(n.lines[n.Line-1])
	return n.Column <= len(line) && (line[n.Column-1] == '{' || line[n.Column-1] == '[')
}
