// Trees that differ in one key.

package yamltree

import "slices"

// Same reports whether a and b read the same: the same kinds and texts, keys in
// any order.
func Same(a, b *Node) bool {
	if a.Kind != b.Kind || a.Text != b.Text || len(a.Pairs) != len(b.Pairs) || len(a.Items) != len(b.Items) {
		return false
	}
	for _, p := range a.Pairs {
		if other := b.Get(p.Key.Text); other == nil || !Same(p.Value, other) {
			return false
		}
	}
	for i, item := range a.Items {
		if !Same(item, b.Items[i]) {
			return false
		}
	}
	return true
}

// with is n, a mapping, with the key at path set to value, or without it when
// value is nil.
func with(n *Node, path []string, value *Node) *Node {
	if len(path) == 0 {
		return value
	}
	out := &Node{Kind: Mapping}
	found := false
	for _, p := range n.Pairs {
		if p.Key.Text == path[0] && !found {
			found = true
			if p.Value = changed(p.Value, path[1:], value); p.Value == nil {
				continue
			}
		}
		out.Pairs = append(out.Pairs, p)
	}
	if !found && value != nil {
		out.Pairs = append(out.Pairs, Pair{&Node{Kind: String, Text: path[0]}, changed(nil, path[1:], value)})
	}
	return out
}

// changed is with for a value that may be no mapping, or not there at all.
func changed(n *Node, path []string, value *Node) *Node {
	if len(path) > 0 && (n == nil || n.Kind != Mapping) {
		n = &Node{Kind: Mapping}
	}
	return with(n, path, value)
}

// Without is n without the pairs that drop says to leave out, at any depth.
// path is that of the keys to them; items of lists have the name [].
func (n *Node) Without(drop func(path []string) bool, path ...string) *Node {
	out := *n
	out.Pairs, out.Items = nil, nil
	for _, p := range n.Pairs {
		if at := append(slices.Clip(path), p.Key.Text); !drop(at) {
			out.Pairs = append(out.Pairs, Pair{p.Key, p.Value.Without(drop, at...)})
		}
	}
	for _, item := range n.Items {
		out.Items = append(out.Items, item.Without(drop, append(slices.Clip(path), "[]")...))
	}
	return &out
}
