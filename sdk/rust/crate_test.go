// Package rust_test runs the tests of the Rust SDK, of its test guest and of
// the example with cargo.
package rust_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestCrates(t *testing.T) {
	found, err := exec.Command("./toolchain").CombinedOutput()
	if err != nil {
		line := strings.TrimSpace(string(found))
		if os.Getenv("DOORWARD_CI") == "1" {
			t.Fatal(line)
		}
		t.Skip(line)
	}
	settings := strings.Fields(string(found))
	cargo := ""
	for _, setting := range settings {
		if path, ok := strings.CutPrefix(setting, "CARGO="); ok {
			cargo = path
		}
	}
	target := "CARGO_TARGET_DIR=" + t.TempDir()
	for _, folder := range []string{".", "tck", "../../examples/plugins/rust"} {
		command := exec.Command(cargo, "test", "--quiet", "--offline")
		command.Dir = folder
		command.Env = append(append(os.Environ(), settings...), target)
		if text, err := command.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", folder, err, text)
		}
	}
}
