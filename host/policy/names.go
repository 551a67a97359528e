// Names in policies that the configuration does not have.

package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/near"
)

// names are those of the configuration, by what they name. What is missing is
// not checked.
type names map[string][]string

func (c *Config) names() names {
	n := names{"protocol": protocols}
	for what, list := range map[string][]string{"provider": c.Providers, "zone": c.Zones, "application": c.Applications} {
		if list != nil {
			n[what] = list
		}
	}
	return n
}

// namedIn is what the members of the input hold the names of.
var namedIn = map[string]string{
	"input.login.idp":      "provider",
	"input.login.protocol": "protocol",
	"input.request.app":    "application",
	"input.request.zones":  "zone",
}

// namedBy is what the first argument of a function of the library names.
var namedBy = map[string]string{
	"data.doorward.zones.any":  "zone",
	"data.doorward.zones.all":  "zone",
	"data.doorward.zones.none": "zone",
	"data.doorward.idp.is":     "provider",
	"data.doorward.idp.any":    "provider",
}

// strangers warns of constants that are compared with a name of the
// configuration, and are none.
func (n names) strangers(compiler *ast.Compiler) (found []Warning) {
	for name, module := range compiler.Modules {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		ast.WalkBodies(module, func(body ast.Body) bool {
			c := comparison{names: n, calls: calls{compiler: compiler, constants: map[ast.Var]ast.Value{}}, refs: map[ast.Var]ast.Ref{}}
			for _, x := range body {
				c.keep(x)
				c.keepRef(x)
			}
			for _, x := range body {
				found = append(found, c.look(x)...)
			}
			return false
		})
	}
	slices.SortFunc(found, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(found)
}

// comparison looks at the comparisons of one body.
type comparison struct {
	calls
	names names
	refs  map[ast.Var]ast.Ref // variables that stand for a reference
}

func (c comparison) keepRef(x *ast.Expr) {
	if !x.IsEquality() && !x.IsAssignment() {
		return
	}
	variable, ok := x.Operand(0).Value.(ast.Var)
	if ref, isRef := x.Operand(1).Value.(ast.Ref); ok && isRef {
		c.refs[variable] = ref
	}
}

func (c comparison) look(x *ast.Expr) []Warning {
	if !x.IsCall() {
		return nil
	}
	operator := x.Operator().String()
	given := x.Operands()
	switch {
	case namedBy[operator] != "" && len(given) > 0:
		return c.known(x, namedBy[operator], given[0])
	case operator == "data.doorward.idp.may" && len(given) > 1:
		return c.capped(x, given[1])
	case len(given) != 2:
		return nil
	case operator == ast.Member.Name && c.what(given[1].Value) == "zone":
		return c.known(x, "zone", given[0])
	case operator == ast.Member.Name:
		return c.known(x, c.what(given[0].Value), given[1])
	case x.IsEquality(), operator == ast.Equal.Name, operator == ast.NotEqual.Name:
		return append(c.known(x, c.what(given[0].Value), given[1]), c.known(x, c.what(given[1].Value), given[0])...)
	}
	return nil
}

// what says what v names: the member of the input that it is, or "".
func (c comparison) what(v ast.Value) string {
	if variable, ok := v.(ast.Var); ok && c.refs[variable] != nil {
		v = c.refs[variable]
	}
	ref, ok := v.(ast.Ref)
	if !ok || len(ref) < 3 || len(ref) > 4 {
		return ""
	}
	what := namedIn[ref[:3].String()]
	if len(ref) == 4 && what != "zone" {
		return ""
	}
	return what
}

// known checks one name, or a list of them.
func (c comparison) known(x *ast.Expr, what string, given *ast.Term) (found []Warning) {
	list, ok := c.names[what]
	constant := c.constant(given.Value)
	if !ok || constant == nil {
		return nil
	}
	members, isList := terms(constant)
	if !isList {
		members = []*ast.Term{{Value: constant, Location: given.Location}}
	}
	for _, member := range members {
		name, isText := member.Value.(ast.String)
		if !isText || name == "" || slices.Contains(list, string(name)) {
			continue
		}
		at := x.Location
		if member.Location != nil && member.Location.Row > 0 {
			at = member.Location
		}
		found = append(found, Warning{at.File, at.Row, at.Col, stranger(what, string(name), list)})
	}
	return found
}

// capped checks the providers of caps.
func (c comparison) capped(x *ast.Expr, caps *ast.Term) (found []Warning) {
	object, ok := c.constant(caps.Value).(ast.Object)
	if !ok {
		return nil
	}
	for _, key := range object.Keys() {
		found = append(found, c.known(x, "provider", key)...)
	}
	return found
}

func stranger(what, name string, list []string) string {
	message := fmt.Sprintf("there is no %s %q", what, name)
	if what != "protocol" {
		message = fmt.Sprintf("the configuration has no %s %q", what, name)
	}
	switch close := near.Name(name, list); {
	case close != "":
		return message + fmt.Sprintf(": did you mean %q?", close)
	case len(list) == 0, len(list) > 10:
		return message
	}
	known := slices.Sorted(slices.Values(list))
	return message + "; there is " + strings.Join(known, ", ")
}
