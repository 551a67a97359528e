// Whether a pipeline's outcome may rest on a token.

package mapper

import (
	"slices"

	"github.com/doorward/doorward/host/attrs"
)

// ReadsTokens reports whether a mapper reads what Redacted takes out of
// tokenEndpointResponse, as far as can be told without running anything. The
// pipeline maps a redacted document otherwise than the one that was received.
func (p *Pipeline) ReadsTokens() bool {
	return slices.ContainsFunc(p.mappers, readsTokens)
}

func readsTokens(m mapper) bool {
	switch m := m.(type) {
	case defaultMapper:
		return false // it knows two sources
	case directMapper:
		return isToken(m.ref)
	case expressionMapper:
		return slices.ContainsFunc(m.refs, isToken)
	case guestMapper:
		return slices.Contains(m.rule.Sources, attrs.TokenEndpointResponse)
	}
	return true // of a kind that nobody thought of here
}

func isToken(ref attrs.Reference) bool {
	return ref.Source == attrs.TokenEndpointResponse && !attrs.PublicMember(ref.Path.String())
}
