package plugin_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// assembler is Debian's wat2wasm.
func assembler(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("wat2wasm")
	switch {
	case err != nil && os.Getenv("DOORWARD_CI") == "1":
		t.Fatal("wat2wasm is missing: install Debian's wabt")
	case err != nil:
		t.Skip("wat2wasm is missing: install Debian's wabt")
	}
	return path
}

// Each fixture is committed as text and as the module made from it.
func TestFixturesComeFromTheirSource(t *testing.T) {
	assembler := assembler(t)
	modules, err := filepath.Glob("testdata/*.wasm")
	if err != nil || len(modules) < 10 {
		t.Fatalf("%d modules, %v", len(modules), err)
	}
	for _, module := range modules {
		committed, err := os.ReadFile(module)
		if err != nil {
			t.Fatal(err)
		}
		source, built := strings.TrimSuffix(module, ".wasm")+".wat", filepath.Join(t.TempDir(), "built.wasm")
		if out, err := exec.Command(assembler, source, "-o", built).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", source, err, out)
			continue
		}
		if fresh, _ := os.ReadFile(built); !bytes.Equal(fresh, committed) {
			t.Errorf("%s is not what %s assembles to", module, source)
		}
	}
}
