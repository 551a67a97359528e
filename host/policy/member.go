// Reading one member of grant.

package policy

import (
	"math"
	"math/big"

	"github.com/open-policy-agent/opa/v1/ast"
)

// readMember takes a member of grant apart; wrong says what is odd about it,
// without its values.
func readMember(member *ast.Term) (path string, until *ast.Term, wrong string) {
	switch v := member.Value.(type) {
	case ast.String:
		return string(v), nil, ""
	case ast.Object:
		return readObject(v)
	}
	return "", nil, "neither a path nor an object"
}

func readObject(object ast.Object) (path string, until *ast.Term, wrong string) {
	var name ast.String
	isText := false
	if level := object.Get(ast.StringTerm("level")); level != nil {
		name, isText = level.Value.(ast.String)
	}
	until = object.Get(ast.StringTerm("until"))
	members := 1
	if until != nil {
		members = 2
	}
	switch {
	case !isText:
		return "", nil, "level is no text"
	case object.Len() != members:
		return "", nil, "has members besides level and until"
	}
	return string(name), until, ""
}

// wholeSeconds is the term as a whole number; ok is false for anything else.
func wholeSeconds(term *ast.Term) (seconds int64, ok bool) {
	number, isNumber := term.Value.(ast.Number)
	if !isNumber {
		return 0, false
	}
	if seconds, ok := number.Int64(); ok {
		return seconds, true
	}
	f, _, err := big.ParseFloat(string(number), 10, 64, big.ToNearestEven)
	if err != nil || !f.IsInt() {
		return 0, false
	}
	seconds, accuracy := f.Int64()
	if accuracy != big.Exact && seconds > 0 {
		return math.MaxInt64, true // too far ahead, whatever it was
	}
	return seconds, accuracy == big.Exact
}
