// The kit and the golden cases for every SDK's guest.

package tck_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/tck"
)

// vectors is sdk/abi/testdata.
var vectors = os.DirFS("../abi/testdata")

// sdks are the folders beside this one whose guests are tested.
var sdks = []string{"go", "rust", "c", "assemblyscript"}

// modules are what was built so far, by source folder: the kit and benchmarks
// use the same.
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
	once, _ := modules.LoadOrStore(source, sync.OnceValue(func() built { return compile(script, source) }))
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

func buildKit(t testing.TB, sdk string) []byte {
	t.Helper()
	return build(t, filepath.Join("..", sdk, "build-guest"), filepath.Join("..", sdk, "tck"))
}

func buildStaff(t testing.TB, sdk string) []byte {
	t.Helper()
	return build(t, filepath.Join("..", sdk, "build-guest"), filepath.Join("..", "..", "examples", "plugins", sdk))
}

// A second host, which has no sandbox, runs the guests by the boundary alone.
func TestPlainHost(t *testing.T) {
	t.Run("kit", func(t *testing.T) { tck.Mapping(t, newPlain(t, buildKit(t, "c")), vectors) })
	t.Run("staff", func(t *testing.T) { tck.Golden(t, newPlain(t, buildStaff(t, "c")), vectors) })
}
