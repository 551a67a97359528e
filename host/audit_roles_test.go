package host_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/login"
)

// A role whose name is none is a claim's value, and no level that the
// configuration allows.
func TestT48_AuditSaysNoRoleThatIsNoLevel(t *testing.T) {
	t.Parallel()
	w := newWatch(t, nil, settings{
		Top:      "audit: {path: audit.jsonl}",
		Provider: "mappers:\n  - {expression: {attribute: roles, value: '[\"team/\" + {attribute-source:userInfo:email}]'}}",
	})
	w.walk("text/html")
	in := w.site.written()[0]
	if in.Type != "login" || len(in.Withheld) != 1 || in.Withheld[0].Reason != login.ReasonRoleName || in.Withheld[0].Path != "" {
		t.Errorf("%s withholds %+v", in.Type, in.Withheld)
	}
	raw, err := os.ReadFile(filepath.Join(w.site.dir, "audit.jsonl"))
	if err != nil || strings.Contains(string(raw), "canary") {
		t.Errorf("%v\n%s", err, raw)
	}
}
