// What a rule rests on: the sources, the clock, the caller's address. It follows
// every rule and function that the rule can reach, and where it cannot tell
// which member is read, it assumes all of them.

package policy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/attrs"
)

// needs is what a rule, or a whole policy, reads.
type needs struct {
	sources    []string // by name; "" for any of them
	attributes []string // of the user: "roles", "attributes.team"; all under "attributes", "" for the whole user
	clock      bool     // input.now or a builtin that reads the time
	ip         bool     // input.request.ip
}

// reads reports whether a rule may read the source itself.
func (n needs) reads(source string) bool {
	return slices.Contains(n.sources, source) || slices.Contains(n.sources, "")
}

// claims reports whether a rule reads anything that the provider says of the
// person, itself or mapped.
func (n needs) claims() bool { return len(n.sources)+len(n.attributes) > 0 }

// restsOn reports whether a rule reads source, given which user attributes are
// mapped from it.
func (n needs) restsOn(source string, mapped []string) bool {
	if n.reads(source) {
		return true
	}
	for _, read := range n.attributes {
		if slices.ContainsFunc(mapped, func(m string) bool { return overlap(read, m) }) {
			return true
		}
	}
	return false
}

// overlap reports whether one dotted name is the other or lies inside it.
func overlap(a, b string) bool {
	return a == "" || b == "" || a == b ||
		strings.HasPrefix(a, b+".") || strings.HasPrefix(b, a+".")
}

func (n *needs) add(other needs) {
	n.sources = append(n.sources, other.sources...)
	n.attributes = append(n.attributes, other.attributes...)
	n.clock = n.clock || other.clock
	n.ip = n.ip || other.ip
}

// analyse finds what start needs, through everything it reaches. Where with
// replaces functions, a reference in the text says nothing: the one that reads
// it may be another.
func analyse(compiler *ast.Compiler, start *ast.Rule, by replaced) needs {
	var found needs
	visited := map[*ast.Rule]bool{}
	var visit func(*ast.Rule)
	visit = func(r *ast.Rule) {
		if visited[r] {
			return
		}
		visited[r] = true
		constant := found.readBy(r) && !by.more
		for next := range compiler.Graph.Dependencies(r) {
			if callee, ok := next.(*ast.Rule); ok && !(constant && takesReference(callee.Ref())) {
				visit(callee)
			}
		}
	}
	visit(start)
	for _, names := range []*[]string{&found.sources, &found.attributes} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	return found
}

// readBy adds what r itself reads. It reports whether every use of a function
// of data.doorward.claims in r has its reference in the text, so that its
// source is known.
func (n *needs) readBy(r *ast.Rule) (constant bool) {
	calls, mentions := 0, 0
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if n.readByRef(x) {
				calls++
			}
		case ast.Ref:
			n.readAt(x)
			if takesReference(x) {
				mentions++
			}
			for _, term := range x[1:] {
				visitor.Walk(term)
			}
			return true
		case ast.Var:
			if x.Compare(ast.InputRootDocument.Value) == 0 {
				n.everything()
			}
		}
		return false
	})
	visitor.Walk(r)
	return calls == mentions
}

func (n *needs) everything() {
	n.add(needs{sources: []string{""}, attributes: []string{""}, clock: true, ip: true})
}

// readAt adds what one reference reads.
func (n *needs) readAt(ref ast.Ref) {
	if clocks[ref.String()] {
		n.clock = true
	}
	if !ref.HasPrefix(ast.InputRootRef) {
		return
	}
	switch first, ok := member(ref, 1); {
	case !ok:
		n.everything()
	case first == "now":
		n.clock = true
	case first == "sources":
		source, _ := member(ref, 2)
		n.sources = append(n.sources, source)
	case first == "request":
		second, ok := member(ref, 2)
		n.ip = n.ip || !ok || second == "ip"
	case first == "user":
		n.attributes = append(n.attributes, attribute(ref))
	}
}

// attribute names the user attribute that ref reads.
func attribute(ref ast.Ref) string {
	name, ok := member(ref, 2)
	if !ok || name != "attributes" {
		return name
	}
	if inner, ok := member(ref, 3); ok {
		return name + "." + inner
	}
	return name
}

// member is the i-th operand of ref when it is a constant name.
func member(ref ast.Ref, i int) (string, bool) {
	if i >= len(ref) {
		return "", false
	}
	name, ok := ref[i].Value.(ast.String)
	return string(name), ok
}

var claimsLibrary = ast.MustParseRef("data.doorward.claims")

// takesReference reports whether ref is a function whose first argument is a
// reference, such as data.doorward.claims.ref.
func takesReference(ref ast.Ref) bool {
	return len(ref) > len(claimsLibrary) && ref.HasPrefix(claimsLibrary) &&
		len(arguments[ref[:len(claimsLibrary)+1].String()]) > 0
}

// readByRef adds the source that a call such as claims.ref("{…}") names, and
// reports whether x is such a call.
func (n *needs) readByRef(x *ast.Expr) bool {
	if !x.IsCall() || !takesReference(x.Operator()) || len(x.Operands()) == 0 {
		return false
	}
	text, ok := x.Operand(0).Value.(ast.String)
	if !ok {
		return false
	}
	if ref, err := attrs.ParseReference(string(text)); err == nil {
		n.sources = append(n.sources, ref.Source)
	}
	return true
}
