// Finding values of the input by pointer, without reading anything twice.

package plugin

import (
	"bytes"

	"github.com/doorward/doorward/sdk/abi"
)

// index finds what abi.Find finds, and remembers the members and elements it
// passed on the way.
type index struct {
	text    []byte
	nodes   []node // objects and arrays that were looked into
	entries int    // in all nodes, and the nodes
	work    int    // bytes passed, or as much
}

// entriesPerByte is how many names are compared in the time of passing a byte.
const entriesPerByte = 2

// maxEntries bounds what an index remembers. Beyond it every look-up starts at
// the first byte.
const maxEntries = 1 << 16

// node is an object or array, known as far as it was read.
type node struct {
	next    int // where the first member or element may begin
	object  bool
	ended   bool // there is no more, or what follows is no JSON
	entries []entry
}

// entry is a member or an element. Its value begins behind white space.
type entry struct {
	nameAt, nameEnd int32 // of a member, with its quotes
	value           int32
	end             int32 // of the value; zero when it was not passed yet
	node            int32 // its value's, plus one; zero when it was not looked into
	escaped         bool  // the name holds an escape
}

// find is abi.Find of the index's text.
func (x *index) find(tokens []string) ([]byte, bool) {
	if x.entries > maxEntries {
		x.work += 2 * len(x.text) // it decodes names on the way
		return abi.Find(x.text, tokens)
	}
	root := entry{value: int32(x.space(0))}
	if len(x.nodes) > 0 {
		root.node = 1 // the first node is the document's
	}
	at, within := &root, -1
	for _, token := range tokens {
		n := x.look(at)
		if n < 0 {
			return nil, false
		}
		found := x.step(n, token)
		if found < 0 {
			return nil, false
		}
		within = n
		at = &x.nodes[within].entries[found]
	}
	end, ok := x.end(at)
	if !ok {
		return nil, false
	}
	return x.text[at.value:end], true
}

// look returns the number of the value's node, -1 when it is neither object
// nor array.
func (x *index) look(e *entry) int {
	if e.node > 0 {
		return int(e.node) - 1
	}
	c := x.peek(int(e.value))
	if c != '{' && c != '[' {
		return -1
	}
	x.nodes = append(x.nodes, node{next: int(e.value) + 1, object: c == '{'})
	x.entries++
	e.node = int32(len(x.nodes))
	return len(x.nodes) - 1
}

// step returns the number of the entry of node n that token names, -1 when
// there is none.
func (x *index) step(n int, token string) int {
	if x.nodes[n].object {
		return x.member(&x.nodes[n], token)
	}
	return x.element(&x.nodes[n], token)
}

func (x *index) member(n *node, name string) int {
	for i := range n.entries {
		if x.named(&n.entries[i], name) {
			x.work += i / entriesPerByte
			return i
		}
	}
	x.work += len(n.entries) / entriesPerByte
	for x.more(n) {
		if last := len(n.entries) - 1; x.named(&n.entries[last], name) {
			return last
		}
	}
	return -1
}

func (x *index) element(n *node, token string) int {
	want, ok := elementIndex(token)
	if !ok {
		return -1
	}
	for len(n.entries) <= want {
		if !x.more(n) {
			return -1
		}
	}
	return want
}

// more reads one more entry of n, as far as its value's first byte.
func (x *index) more(n *node) bool {
	if n.ended {
		return false
	}
	at, ok := n.next, true
	if last := len(n.entries) - 1; last >= 0 {
		at, ok = x.end(&n.entries[last])
		if at = x.space(at); !ok || x.peek(at) != ',' {
			n.ended = true
			return false
		}
		at++
	}
	e, ok := x.entry(n, x.space(at))
	if !ok {
		n.ended = true
		return false
	}
	n.entries = append(n.entries, e)
	x.entries++
	return true
}

// entry reads a member's name, or finds an element.
func (x *index) entry(n *node, at int) (entry, bool) {
	if !n.object {
		c := x.peek(at)
		return entry{value: int32(at)}, c != 0 && (c != ']' || len(n.entries) > 0)
	}
	if x.peek(at) != '"' {
		return entry{}, false
	}
	end, ok := x.passString(at)
	colon := x.space(end)
	if !ok || x.peek(colon) != ':' {
		return entry{}, false
	}
	e := entry{nameAt: int32(at), nameEnd: int32(end), value: int32(x.space(colon + 1))}
	e.escaped = bytes.IndexByte(x.text[at:end], '\\') >= 0
	x.work += int(e.value) - at
	return e, true
}

// named compares a member's name, decoding only one that holds an escape and can
// be as long: an escape takes one to six times the bytes of what it stands for.
func (x *index) named(e *entry, name string) bool {
	quoted := x.text[e.nameAt:e.nameEnd]
	if !e.escaped {
		return string(quoted[1:len(quoted)-1]) == name
	}
	if raw := len(quoted) - 2; len(name) > raw || 6*len(name) < raw {
		return false
	}
	x.work += len(quoted)
	decoded, ok := abi.Raw(quoted).Text()
	return ok && decoded == name
}

// elementIndex reads an array index as RFC 6901 writes it.
func elementIndex(token string) (int, bool) {
	if token == "" || len(token) > 9 || token[0] == '0' && len(token) > 1 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(token) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}
