package policy

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

// OPA hands out one term for each small number to everybody. An engine that is
// compiled beside another one must not write into those.
func TestNew_LeavesSharedTermsAlone(t *testing.T) {
	newEngine(t, Config{Levels: benchLevels(3), Modules: levelsFile(benchRules(3))})
	for i := range 3 {
		if at := ast.IntNumberTerm(i).Location; at != nil {
			t.Errorf("the number %d stands at %s", i, at)
		}
	}
}
