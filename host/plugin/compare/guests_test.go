package compare

import (
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const top = "../../.."

// languages are those of the SDKs, and tinygo, the Go SDK's with its second
// compiler, where there is one: on PATH, or named by TINYGO.
func languages(b *testing.B) []string {
	b.Helper()
	all := []string{"c", "rust", "assemblyscript", "go"}
	if _, err := exec.LookPath(cmp.Or(os.Getenv("TINYGO"), "tinygo")); err != nil {
		b.Logf("without TinyGo: %v", err)
		return all
	}
	return append(all, "tinygo")
}

// example builds the mapper "staff" in a language as its example's page says.
func example(b *testing.B, language string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), language+".wasm")
	source, script := language, "build-guest"
	if language == "tinygo" {
		source, script = "go", "build-guest-tinygo"
	}
	build(b, exec.Command(filepath.Join(top, "sdk", source, script), filepath.Join(top, "examples/plugins", source), out))
	return out
}

// build runs a compiler; without one the comparison is left out.
func build(b *testing.B, command *exec.Cmd) {
	b.Helper()
	text, err := command.CombinedOutput()
	var exit *exec.ExitError
	missing := errors.Is(err, exec.ErrNotFound) || errors.As(err, &exit) && exit.ExitCode() == 3
	if missing && os.Getenv("DOORWARD_CI") == "" {
		b.Skipf("no toolchain: %s", strings.TrimSpace(string(text)))
	}
	if err != nil {
		b.Fatalf("%s: %v\n%s", command, err, text)
	}
}

// extismGuest builds the same mapper for Extism, "" where nobody wrote one.
func extismGuest(b *testing.B, language string) string {
	b.Helper()
	out := filepath.Join(b.TempDir(), "extism-"+language+".wasm")
	switch language {
	case "c":
		sdk := filepath.Join(top, "sdk/c")
		build(b, exec.Command("clang", "@"+filepath.Join(sdk, "wasm.flags"), "-I"+sdk, "testdata/extism.c",
			filepath.Join(top, "examples/plugins/c/staff.c"), filepath.Join(sdk, "doorward.c"), "-o", out))
	case "go":
		main, err := filepath.Abs("testdata/extism.go.txt")
		if err != nil {
			b.Fatal(err)
		}
		folder, err := filepath.Abs(filepath.Join(top, "examples/plugins/go"))
		if err != nil {
			b.Fatal(err)
		}
		overlay := filepath.Join(b.TempDir(), "overlay.json")
		text, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(folder, "main.go"): main}})
		if err == nil {
			err = os.WriteFile(overlay, text, 0o600)
		}
		if err != nil {
			b.Fatal(err)
		}
		command := exec.Command("go", "build", "-overlay", overlay, "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
		command.Dir, command.Env = folder, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
		build(b, command)
	default:
		return ""
	}
	return out
}
