// The kit and the golden cases for every SDK's guest.

package tck_test

import (
	"cmp"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/tck"
)

// vectors is sdk/abi/testdata.
var vectors = os.DirFS("../abi/testdata")

// sdks are the folders beside this one whose guests are tested.
var sdks = []string{"go", "rust", "c", "assemblyscript"}

// tinyGo is the second compiler for the guests of the Go SDK. No distribution
// has it: its guests are tested where it is on PATH, or TINYGO names it.
const tinyGo = "tinygo"

// toolchains are sdks, and TinyGo where there is one.
func toolchains(t *testing.T) []string {
	t.Helper()
	named := os.Getenv("TINYGO")
	_, err := exec.LookPath(cmp.Or(named, tinyGo))
	switch {
	case err == nil:
		return append(slices.Clip(sdks), tinyGo)
	case named != "":
		t.Fatalf("TINYGO names no compiler: %v", err)
	}
	t.Log("without TinyGo: it is not on PATH, and TINYGO does not name it")
	return sdks
}

// modules are what was built so far, by script and source folder: the kit and
// benchmarks use the same.
var modules sync.Map

type built struct {
	module []byte
	err    error
}

// errMissing is a toolchain that is not on this machine.
var errMissing = errors.New("missing")

// build builds the guest in a folder with an SDK's build-guest.
func build(t testing.TB, script, source string) []byte {
	t.Helper()
	once, _ := modules.LoadOrStore(script+" "+source, sync.OnceValue(func() built { return compile(script, source) }))
	result := once.(func() built)()
	switch {
	case errors.Is(result.err, errMissing) && os.Getenv("DOORWARD_CI") != "1":
		t.Skip(result.err)
	case result.err != nil:
		t.Fatal(result.err)
	}
	return result.module
}

func compile(script, source string) built {
	folder, err := os.MkdirTemp("", "doorward-tck-")
	if err != nil {
		return built{err: err}
	}
	defer os.RemoveAll(folder)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	out := filepath.Join(folder, "guest.wasm")
	said, err := exec.CommandContext(ctx, script, source, out).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 3:
		return built{err: errors.Join(errMissing, errors.New(string(said)))}
	case err != nil:
		return built{err: errors.Join(err, errors.New(string(said)))}
	}
	module, err := os.ReadFile(out)
	return built{module, err}
}

func buildKit(t testing.TB, toolchain string) []byte {
	t.Helper()
	sdk, script := folders(toolchain)
	return build(t, script, filepath.Join("..", sdk, "tck"))
}

func buildStaff(t testing.TB, toolchain string) []byte {
	t.Helper()
	sdk, script := folders(toolchain)
	return build(t, script, filepath.Join("..", "..", "examples", "plugins", sdk))
}

// folders are a toolchain's SDK and its build-guest.
func folders(toolchain string) (sdk, script string) {
	if toolchain == tinyGo {
		return "go", filepath.Join("..", "go", "build-guest-tinygo")
	}
	return toolchain, filepath.Join("..", toolchain, "build-guest")
}

// A second host, which has no sandbox, runs the guests by the boundary alone.
func TestPlainHost(t *testing.T) {
	t.Run("kit", func(t *testing.T) { tck.Mapping(t, newPlain(t, buildKit(t, "c")), vectors) })
	t.Run("staff", func(t *testing.T) { tck.Golden(t, newPlain(t, buildStaff(t, "c")), vectors) })
}
