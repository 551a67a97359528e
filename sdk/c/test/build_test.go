package test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// run runs a command and returns what it wrote to its standard output.
func run(t testing.TB, stdin []byte, name string, arguments ...string) []byte {
	t.Helper()
	command := exec.Command(name, arguments...)
	command.Stdin = bytes.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", command, err, stdout.Bytes(), stderr.Bytes())
	}
	return stdout.Bytes()
}

// missing skips a test without its toolchain, except in CI.
func missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("DOORWARD_CI") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// guest builds the plugin in dir and returns its module.
func guest(t testing.TB, dir string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "guest.wasm")
	message, err := exec.Command("../build-guest", dir, out).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		missing(t, string(message))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return module
}
