// Go: the standard toolchain.

package author

import (
	"bytes"
	"os"
	"path/filepath"
)

// goSettings change what the go command builds.
var goSettings = []string{"GOFLAGS", "GOEXPERIMENT", "GOWASM", "GOWORK", "GODEBUG", "GOOS", "GOARCH", "CGO_ENABLED", "GOFIPS140"}

// goSteps builds a reactor when a file exports map, and a command otherwise.
func goSteps(p *Project, out *string) ([]step, error) {
	run := []string{"go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-w", "-o", *out}
	if mentions(p.Dir, "*.go", "//go:wasmexport map") {
		run = append(run, "-buildmode=c-shared")
	}
	return []step{{
		run:     append(run, "."),
		env:     []string{"GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=readonly"},
		without: goSettings,
		missing: "install Go 1.24 or later from https://go.dev/dl, or Debian's package golang",
	}}, nil
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
