// Checking the constant arguments of the library's functions at load, so that
// a typing error does not wait for a login.

package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/doorward/doorward/host/attrs"
)

var takesDuration = []string{
	"data.doorward.reauth.until", "data.doorward.reauth.within", "data.doorward.reauth.challenged_until",
}

func checkCalls(compiler *ast.Compiler) (faults Faults) {
	for name, module := range compiler.Modules {
		if strings.HasPrefix(name, embeddedName) {
			continue
		}
		ast.WalkExprs(module, func(x *ast.Expr) bool {
			if wrong := checkCall(x); wrong != "" {
				faults = append(faults, faultAt(x.Operand(0).Location, "%s", wrong))
			}
			return false
		})
	}
	return faults
}

func checkCall(x *ast.Expr) string {
	if !x.IsCall() || len(x.Operands()) == 0 {
		return ""
	}
	text, ok := x.Operand(0).Value.(ast.String)
	if !ok {
		return ""
	}
	operator := x.Operator().String()
	switch {
	case slices.Contains(takesDuration, operator):
		if d, err := time.ParseDuration(string(text)); err != nil || d < time.Second {
			return `not a duration of a second or more: write one such as "90s", "5m" or "12h"`
		}
	case operator == claimsRef.String():
		if _, err := attrs.ParseReference(string(text)); err != nil {
			return err.Error()
		}
	}
	return ""
}
