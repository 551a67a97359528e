// The library's nodes to ours; what is outside the subset becomes a fault.

package yamltree

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node is n as a Node, or nil with a fault.
func (b *builder) node(n ast.Node, depth int) *Node {
	b.nodes++
	if depth > MaxDepth || b.nodes > maxNodes {
		if b.nodes <= maxNodes || b.nodes == maxNodes+1 {
			b.faultAt(n, "the file is nested deeper than %d, or has more than %d values; make it smaller", MaxDepth, maxNodes)
		}
		return nil
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return b.mapping(n, depth)
	case *ast.MappingValueNode:
		return b.pairs(n.Key, []*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		return b.sequence(n, depth)
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		b.faultAt(n, "anchors, aliases and merge keys are not read; write the value out")
	case *ast.TagNode:
		b.faultAt(n, "tags are not read; write the value without one, in quotes when it is text")
	case *ast.DirectiveNode:
		b.faultAt(n, "directives are not read; remove this line")
	default:
		return b.scalar(n)
	}
	return nil
}

func (b *builder) mapping(n *ast.MappingNode, depth int) *Node {
	var first ast.Node = n
	if !n.IsFlowStyle && len(n.Values) > 0 {
		first = n.Values[0].Key
	}
	return b.pairs(first, n.Values, depth)
}

func (b *builder) pairs(first ast.Node, values []*ast.MappingValueNode, depth int) *Node {
	out := b.at(first, Mapping)
	for _, v := range values {
		if _, complex := v.Key.(*ast.MappingKeyNode); complex {
			b.faultAt(v.Key, "keys that begin with ? are not read; write key: value")
			continue
		}
		if glued(v) {
			b.faultAt(v.Value, "there is no space after the colon; write key: value, or put the whole text in quotes")
			continue
		}
		key := b.node(v.Key, depth+1)
		value := b.node(v.Value, depth+1)
		if key != nil && value != nil {
			out.Pairs = append(out.Pairs, Pair{key, value})
		}
	}
	return out
}

func (b *builder) sequence(n *ast.SequenceNode, depth int) *Node {
	out := b.at(n, Sequence)
	for _, v := range n.Values {
		item := b.rejoined(v)
		if item == nil {
			item = b.node(v, depth+1)
		}
		if item != nil {
			out.Items = append(out.Items, item)
		}
	}
	return out
}

func (b *builder) scalar(n ast.Node) *Node {
	switch n := n.(type) {
	case *ast.NullNode:
		return b.at(n, Null)
	case *ast.BoolNode:
		return b.text(n, Bool, n.GetToken().Value)
	case *ast.IntegerNode:
		return b.text(n, Int, n.GetToken().Value)
	case *ast.FloatNode:
		return b.text(n, Float, n.GetToken().Value)
	case *ast.StringNode:
		return b.text(n, String, n.Value)
	case *ast.LiteralNode:
		return b.block(n)
	}
	b.faultAt(n, "this value cannot be read; write text, a number, true or false")
	return nil
}

func (b *builder) block(n *ast.LiteralNode) *Node {
	out := b.at(n, String)
	out.style = folded
	if n.Start.Type == token.LiteralType {
		out.style = literal
	}
	if n.Value != nil {
		out.Text = n.Value.Value
	}
	return out
}

func (b *builder) text(n ast.Node, kind Kind, text string) *Node {
	out := b.at(n, kind)
	out.Text = text
	switch n.GetToken().Type {
	case token.SingleQuoteType:
		out.style = single
	case token.DoubleQuoteType:
		out.style = double
	}
	return out
}

func (b *builder) at(n ast.Node, kind Kind) *Node {
	out := &Node{Kind: kind, Line: 1, Column: 1, lines: b.lines}
	if t := n.GetToken(); t != nil && t.Position != nil {
		out.Line, out.Column = b.inside(t.Position.Line, t.Position.Column)
	}
	return out
}
