package assemblyscript_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// missing skips a test without Node.js or the compiler, except in CI.
func missing(t *testing.T, said string) {
	t.Helper()
	if os.Getenv("DOORWARD_CI") == "1" {
		t.Fatal(said)
	}
	t.Skip(said)
}

// sources reads what the tests hand to other programs, so that a change of it
// is noticed by a go command that remembers results.
func sources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if entry != nil && entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return err
		}
		_, err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// guest builds the guest in a folder.
func guest(t *testing.T, dir string) string {
	t.Helper()
	sources(t)
	out := filepath.Join(t.TempDir(), "guest.wasm")
	said, err := exec.Command("./build-guest", dir, out).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		missing(t, string(said))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

// The tests in test/ run the guests under Node.js.
func TestUnderNode(t *testing.T) {
	sources(t)
	if _, err := os.Stat("node_modules/assemblyscript"); err != nil {
		missing(t, "the AssemblyScript compiler is missing: run npm ci --prefix sdk/assemblyscript")
	}
	files, err := filepath.Glob("test/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in test: %v", err)
	}
	said, err := exec.Command("node", append([]string{"--test"}, files...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

// A guest that throws fails its call with the message and the place, and the
// next call, whose randomness it may use, knows nothing of it.
func TestThrownInTheHost(t *testing.T) {
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{ReplayKey: []byte("a key of the tests' own")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.Close(ctx) })
	p, err := runtime.Open(ctx, plugin.Config{Name: "guest", Module: guest(t, "test/guest")})
	if err != nil {
		t.Fatal(err)
	}
	if size := p.Info().Size; size > 40_000 {
		t.Errorf("the guest has %d bytes", size)
	}
	run := func(do string) (plugin.Report, error) {
		return p.Run(ctx, plugin.Job{Input: []byte(`{"version":1,"sources":{},"user":{},"login":{},"config":{"do":"` + do + `"}}`)})
	}
	report, err := run("throw")
	var trap *plugin.TrapError
	if !errors.As(err, &trap) || !strings.HasPrefix(report.Reason, "no team (assembly/guest.ts:15:") || report.Output != nil {
		t.Errorf("got %+v, %v", report, err)
	}
	if report, err := run("dice"); err != nil || string(report.Output) != `{"set":{"attributes":{"fair":true}}}` {
		t.Errorf("got %s, %v", report.Output, err)
	}
}
