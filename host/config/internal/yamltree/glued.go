// Colons without a space. YAML reads http://host:80 as one text; the library,
// inside the braces of a mapping, reads it as a key and a value.

package yamltree

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// glued reports whether no space stands after the colon of an unquoted key.
func glued(v *ast.MappingValueNode) bool {
	colon, key, value := v.Start, v.Key.GetToken(), v.Value.GetToken()
	if colon == nil || key == nil || value == nil || key.Type == token.SingleQuoteType || key.Type == token.DoubleQuoteType {
		return false
	}
	if _, empty := v.Value.(*ast.NullNode); empty {
		return false
	}
	return value.Position.Line == colon.Position.Line && value.Position.Column == colon.Position.Column+1
}

// rejoined is an item of a list that the library took apart at such a colon, or
// nil when n is none.
func (b *builder) rejoined(n ast.Node) *Node {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) == 1 {
		n = m.Values[0]
	}
	v, ok := n.(*ast.MappingValueNode)
	if !ok || !glued(v) {
		return nil
	}
	_, scalar := v.Value.(ast.ScalarNode)
	if t := v.Value.GetToken(); !scalar || t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType {
		return nil
	}
	out := b.at(v.Key, String)
	out.Text = v.Key.GetToken().Value + ":" + v.Value.GetToken().Value
	return out
}
