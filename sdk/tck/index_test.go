// How the plain host finds values: like the real one it reads the input once,
// so that what is compared is the running of guests.

package tck_test

import (
	"bytes"
	"strconv"

	"github.com/doorward/doorward/sdk/abi"
)

// index knows where each value of a valid document begins and ends.
type index struct {
	text  []byte
	nodes []node // values and member names, each before what is inside it
}

type node struct{ start, end, next int } // next is the node after those inside

func (x *index) reset(document []byte) { x.text, x.nodes = document, x.nodes[:0] }

func (x *index) find(tokens []string) (abi.Raw, bool) {
	if len(x.nodes) == 0 {
		x.value(x.space(0))
	}
	at := 0
	for _, token := range tokens {
		if at = x.step(at, token); at < 0 {
			return nil, false
		}
	}
	return abi.Raw(x.text[x.nodes[at].start:x.nodes[at].end]), true
}

// step is the node inside node at that token names, or -1.
func (x *index) step(at int, token string) int {
	inside, end := at+1, x.nodes[at].next
	switch x.text[x.nodes[at].start] {
	case '{':
		for ; inside < end; inside = x.nodes[inside+1].next {
			name := x.text[x.nodes[inside].start:x.nodes[inside].end]
			if named(name, token) {
				return inside + 1
			}
		}
	case '[':
		for i := 0; inside < end; i, inside = i+1, x.nodes[inside].next {
			if token == strconv.Itoa(i) {
				return inside
			}
		}
	}
	return -1
}

func named(quoted abi.Raw, name string) bool {
	if inner := quoted[1 : len(quoted)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner) == name
	}
	text, ok := quoted.Text()
	return ok && text == name
}

// value adds the value at start and returns the offset behind it.
func (x *index) value(start int) int {
	at, self := start+1, len(x.nodes)
	x.nodes = append(x.nodes, node{start: start})
	switch x.text[start] {
	case '{', '[':
		for at = x.space(at); x.text[at] != '}' && x.text[at] != ']'; at = x.space(at) {
			if x.text[at] == ',' || x.text[at] == ':' {
				at++
				continue
			}
			at = x.value(at)
		}
		at++
	case '"':
		for ; x.text[at] != '"'; at++ {
			if x.text[at] == '\\' {
				at++
			}
		}
		at++
	default:
		for at < len(x.text) && !bytes.ContainsRune([]byte(" \t\r\n,]}"), rune(x.text[at])) {
			at++
		}
	}
	x.nodes[self].end, x.nodes[self].next = at, len(x.nodes)
	return at
}

func (x *index) space(at int) int {
	for at < len(x.text) && x.text[at] <= ' ' {
		at++
	}
	return at
}
