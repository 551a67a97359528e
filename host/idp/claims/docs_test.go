package claims

import (
	"os"
	"strings"
	"testing"
)

// The page says what every scope tells, and what nobody can forge.
func TestThePageNamesEveryScope(t *testing.T) {
	text, err := os.ReadFile("../../../docs/userinfo.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if scope, claims, ok := strings.Cut(strings.TrimPrefix(line, "| `"), "` | "); ok {
			rows[scope] = claims
		}
	}
	for _, scope := range builtIn {
		row, there := rows[scope]
		if !there {
			t.Errorf("the page has no row for the scope %s", scope)
		}
		for _, claim := range covered[scope] {
			if !strings.Contains(row, "`"+claim+"`") {
				t.Errorf("the row of %s lacks %s", scope, claim)
			}
		}
	}
}
