// The kinds of constants that the library's functions take.

package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/near"
)

func wrongDuration(v ast.Value) string {
	text, ok := v.(ast.String)
	if d, err := time.ParseDuration(string(text)); !ok || err != nil || d < time.Second {
		return `not a duration of a second or more: write one such as "90s", "5m" or "12h"`
	}
	return ""
}

func wrongReference(v ast.Value) string {
	text, ok := v.(ast.String)
	if !ok {
		return `not a reference: write one such as "{attribute-source:idTokenClaims:email}"`
	}
	if _, err := attrs.ParseReference(string(text)); err != nil {
		return err.Error()
	}
	return ""
}

func wrongName(v ast.Value) string {
	if text, ok := v.(ast.String); !ok || text == "" {
		return `a name is due: write one in quotes, such as "admin"`
	}
	return ""
}

// wrongNames wants an array or a set of at least one text.
func wrongNames(v ast.Value) string {
	const example = `write one such as ["admin", "operator"]`
	list, ok := terms(v)
	switch text, isText := v.(ast.String); {
	case isText && text != "":
		return fmt.Sprintf("a list of names is due: write [%s]", text)
	case !ok:
		return "a list of names is due: " + example
	case len(list) == 0:
		return "an empty list never holds: " + example
	case slices.ContainsFunc(list, func(t *ast.Term) bool { return wrongName(t.Value) != "" }):
		return "a list of names holds texts that are not empty, and nothing else: " + example
	}
	return ""
}

func terms(v ast.Value) ([]*ast.Term, bool) {
	switch v := v.(type) {
	case *ast.Array:
		list := make([]*ast.Term, 0, v.Len())
		v.Foreach(func(t *ast.Term) { list = append(list, t) })
		return list, true
	case ast.Set:
		return v.Slice(), true
	}
	return nil, false
}

// wrongOrder wants an array of different names, the weakest first.
func wrongOrder(v ast.Value) string {
	list, ok := v.(*ast.Array)
	if !ok || wrongNames(v) != "" {
		return `an order is a list of context classes, the weakest first: write one such as ["urn:silver", "urn:gold"]`
	}
	listed, _ := terms(list)
	if ast.NewSet(listed...).Len() != list.Len() {
		return "an order names each context class once: remove the second"
	}
	return ""
}

func inOrder(given []ast.Value) bool {
	listed, ok := terms(given[1])
	return !ok || given[0] == nil || slices.ContainsFunc(listed, func(t *ast.Term) bool {
		return t.Value.Compare(given[0]) == 0
	})
}

var protocols = []string{"builtin", "id-token", "oidc", "saml"}

func wrongProtocol(v ast.Value) string {
	text, ok := v.(ast.String)
	if ok && slices.Contains(protocols, string(text)) {
		return ""
	}
	if close := near.Name(string(text), protocols); close != "" {
		return fmt.Sprintf("no such protocol: did you mean %q?", close)
	}
	return `no such protocol: write "oidc", "saml", "id-token" or "builtin"`
}

// wrongCaps wants providers mapped to the levels that they may grant.
func wrongCaps(v ast.Value) string {
	const example = `write one such as {"corp": ["Authenticated"], "partner": ["Authenticated/Partner"]}`
	object, ok := v.(ast.Object)
	if !ok {
		return "caps are an object of providers and the levels that each may grant: " + example
	}
	for _, key := range object.Keys() {
		list, isList := terms(object.Get(key).Value)
		if !isList || wrongName(key.Value) != "" || len(list) > 0 && wrongNames(object.Get(key).Value) != "" {
			return "caps give each provider, by its name, a list of levels: " + example
		}
	}
	return ""
}
