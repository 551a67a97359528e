package author_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each module of testdata is what its text assembles to, names included.
func TestFixturesComeFromTheirSource(t *testing.T) {
	sources, err := filepath.Glob("testdata/*.wat")
	if err != nil || len(sources) < 6 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	assembler, err := exec.LookPath("wat2wasm")
	switch {
	case err != nil && os.Getenv("DOORWARD_CI") == "1":
		t.Fatal("wat2wasm is missing: install Debian's wabt")
	case err != nil:
		t.Skip("wat2wasm is missing: install Debian's wabt")
	}
	for _, source := range sources {
		committed, err := os.ReadFile(strings.TrimSuffix(source, ".wat") + ".wasm")
		if err != nil {
			t.Error(err)
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
