// What a file is made of, and where each part of it stands.

package yamltree

import "strings"

// Kind is the type of a Node.
type Kind int

// The kinds of a Node. A number that does not fit 64 bits is a String.
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Sequence
	Mapping
)

// String is how a fault names a value of kind k.
func (k Kind) String() string {
	return [...]string{"empty", "true or false", "a number", "a number", "text", "a list", "a mapping"}[k]
}

// Node is one value or key. Line and Column are those of its first character,
// both counted from 1, columns in characters; of a quoted text that is the
// quote, of a block text (| or >) the indicator.
type Node struct {
	Kind         Kind
	Text         string // of a scalar: its value; of a number: as it was written
	Line, Column int
	Pairs        []Pair  // of a Mapping, in the order of the file, duplicates included
	Items        []*Node // of a Sequence
	style        style
	lines        []string // the whole file's lines
}

// Pair is a key and its value. Key is a scalar.
type Pair struct{ Key, Value *Node }

// Get is the value of the first key called name, or nil.
func (n *Node) Get(name string) *Node {
	for _, p := range n.Pairs {
		if p.Key.Text == name {
			return p.Value
		}
	}
	return nil
}

// At is the value at path, of the first keys called so, or nil.
func (n *Node) At(path ...string) *Node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		n = n.Get(name)
	}
	return n
}

// Plain reports whether the text stands in the file without quotes or indicator.
func (n *Node) Plain() bool { return n.style == plain }

// Fault is something that cannot be read. Message holds nothing of the file's
// values.
type Fault struct {
	Line, Column int
	Message      string
}

func splitLines(text string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
}
