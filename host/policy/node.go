// The levels of a decision as the tree that applications read.

package policy

import (
	"time"

	"github.com/doorward/doorward/host/login"
)

// Node is one held level in the session document. Until is in Unix seconds and
// left out when the level has no end; Children is always a list.
type Node struct {
	Name     string `json:"name"`
	Until    int64  `json:"until,omitempty"`
	Children []Node `json:"children"`
}

// Tree nests the levels that d holds at now, by name. It is empty, not nil,
// for an anonymous request outside every zone. A level whose parent has ended
// is left out with it.
func Tree(d login.Decision, now time.Time) []Node {
	children := map[string][]string{}
	ends := map[string]int64{}
	for _, level := range d.Levels { // by path, so siblings stay sorted
		if d.Holds(level.Path, now) {
			children[parentOf(level.Path)] = append(children[parentOf(level.Path)], level.Path)
			ends[level.Path] = level.Until
		}
	}
	return nest("", children, ends)
}

func nest(parent string, children map[string][]string, ends map[string]int64) []Node {
	nodes := make([]Node, 0, len(children[parent]))
	for _, path := range children[parent] {
		name := path
		if parent != "" {
			name = path[len(parent)+1:]
		}
		nodes = append(nodes, Node{Name: name, Until: ends[path], Children: nest(path, children, ends)})
	}
	return nodes
}
