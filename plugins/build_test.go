package plugins_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/plugins"
)

// build runs build.go, which needs Rust. Where that is missing the test ends
// with the line that says what to install; it fails where everything must be
// there.
func build(t *testing.T, args ...string) {
	t.Helper()
	find, err := exec.Command("../sdk/rust/toolchain").CombinedOutput()
	if err != nil {
		line := strings.TrimSpace(string(find))
		if os.Getenv("DOORWARD_CI") == "1" {
			t.Fatal(line)
		}
		t.Skip(line)
	}
	if text, err := exec.Command("go", append([]string{"run", "build.go"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// The committed modules are what their source builds to, byte for byte, with
// the toolchain they were built with. Another toolchain must still build them.
func TestModulesComeFromTheirSource(t *testing.T) {
	out := t.TempDir()
	build(t, "-out", out)
	recorded, err := os.ReadFile("TOOLCHAIN")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.ReadFile(filepath.Join(out, "TOOLCHAIN"))
	if err != nil {
		t.Fatal(err)
	}
	same := bytes.Equal(recorded, here)
	if !same && os.Getenv("DOORWARD_CI") == "1" {
		t.Errorf("the modules were built with %q, this is %q: install the packages that the former comes from", recorded, here)
	} else if !same {
		t.Logf("the modules were built with %q, this is %q: their bytes are not compared", recorded, here)
	}
	for _, name := range plugins.Names() {
		fresh, err := os.ReadFile(filepath.Join(out, name, name+".wasm"))
		if err != nil {
			t.Error(err)
			continue
		}
		if committed, _ := plugins.Bundled(name); same && !bytes.Equal(fresh, committed) {
			t.Errorf("%s.wasm is not what its source builds to; run go generate ./plugins and commit the result", name)
		}
	}
}

// The crates' own tests, natively.
func TestCrates(t *testing.T) { build(t, "-test") }
