package author_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each module of testdata is what its text assembles to, names included; where
// the assembler is at hand, they are compared.
func TestFixturesComeFromTheirSource(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.wat")
	if err != nil || len(sources) < 6 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	assembler, missing := exec.LookPath("wat2wasm")
	for _, source := range sources {
		committed, err := os.ReadFile(strings.TrimSuffix(source, ".wat") + ".wasm")
		if err != nil {
			t.Error(err)
			continue
		}
		if missing != nil {
			continue
		}
		built := filepath.Join(t.TempDir(), "built.wasm")
		if out, err := exec.Command(assembler, "--debug-names", source, "-o", built).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", source, err, out)
			continue
		}
		if fresh, _ := os.ReadFile(built); !bytes.Equal(fresh, committed) {
			t.Errorf("the module of %s is not what it assembles to", source)
		}
	}
}
