package plugin_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each fixture is committed as text and as the module made from it; where the
// assembler is at hand, they are compared.
func TestFixturesComeFromTheirSource(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.wat")
	if err != nil || len(sources) < 25 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	assembler, missing := exec.LookPath("wat2wasm")
	for _, source := range sources {
		module := strings.TrimSuffix(source, ".wat") + ".wasm"
		committed, err := os.ReadFile(module)
		if err != nil {
			t.Error(err)
			continue
		}
		if missing != nil {
			continue
		}
		built := filepath.Join(t.TempDir(), "built.wasm")
		if out, err := exec.Command(assembler, source, "-o", built).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", source, err, out)
			continue
		}
		if fresh, _ := os.ReadFile(built); !bytes.Equal(fresh, committed) {
			t.Errorf("%s is not what %s assembles to", module, source)
		}
	}
}
