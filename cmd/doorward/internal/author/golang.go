// Go: the standard toolchain.

package author

import (
	"bytes"
	"errors"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	goOldest  = "go1.24" // the first that exports functions from modules
	goMissing = "install Go 1.24 or later from https://go.dev/dl, or Debian's package golang of that version"
)

// goSettings change what the go command builds.
var goSettings = []string{"GOFLAGS", "GOEXPERIMENT", "GOWASM", "GOWORK", "GODEBUG", "GOOS", "GOARCH", "CGO_ENABLED", "GOFIPS140"}

// goSteps builds a reactor when a file exports map, and a command otherwise.
func goSteps(p *Project, out *string) ([]step, error) {
	run := []string{"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-w", "-o", *out}
	if mentions(p.Dir, "*.go", "//go:wasmexport map") {
		run = append(run, "-buildmode=c-shared")
	}
	s := step{
		run:     append(run, "."),
		env:     []string{"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly"},
		without: goSettings,
		missing: goMissing,
	}
	return []step{s}, checkGo(p.Dir, s)
}

// checkGo asks which Go builds in a folder. One that is older than what go.mod
// wants may fetch the newer, or fail to.
func checkGo(dir string, s step) error {
	path, err := exec.LookPath("go")
	if err != nil {
		return wrong(goMissing, "go is not installed, or not on PATH")
	}
	command := exec.Command(path, "env", "GOVERSION")
	command.Dir, command.Env = dir, s.environment()
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && bytes.Contains(bytes.ToLower(exit.Stderr), []byte("toolchain")) {
		return wrong(goMissing, "%s is too old for this go.mod: %s", path, lastLine(exit.Stderr))
	}
	name := strings.TrimPrefix(strings.TrimSpace(string(out)), "devel ")
	if name, _, _ = strings.Cut(name, "-"); err == nil && version.IsValid(name) && version.Compare(name, goOldest) < 0 {
		return wrong(goMissing, "%s is %s, and plugins need %s", path, name, goOldest)
	}
	return nil
}

// lastLine is the last line of what a command said, without its own name.
func lastLine(said []byte) string {
	lines := splitLines(string(said))
	return strings.TrimPrefix(lines[len(lines)-1], "go: ")
}

// mentions reports whether one of the files of a pattern holds a text.
func mentions(dir, pattern, text string) bool {
	files, _ := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
	for _, file := range files {
		if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}
