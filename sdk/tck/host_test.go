// The real host as a Runner.

package tck_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/tck"
)

// host runs a guest in host/plugin.
type host struct{ plugin *plugin.Plugin }

// codeCache is one compilation cache for all tests.
var codeCache = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "doorward-tck-cache-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := codeCache(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// newHost opens module with the limits that an operator gets who sets none,
// except for the time: the machine may be busy.
func newHost(t testing.TB, module []byte) host {
	t.Helper()
	cache, err := codeCache()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "guest.wasm")
	if err := os.WriteFile(file, module, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{ReplayKey: []byte("0123456789abcdef0123456789abcdef"), CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.Close(ctx) })
	opened, err := runtime.Open(ctx, plugin.Config{Name: "guest", Module: file, Limits: plugin.Limits{Timeout: 10 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	return host{opened}
}

// Run maps one input. What the host says of a call that ended otherwise than
// by the guest's own failure is the reason when the guest gave none.
func (h host) Run(ctx context.Context, job tck.Job) (tck.Outcome, error) {
	report, err := h.plugin.Run(ctx, jobOf(job))
	outcome := tck.Outcome{Result: report.Output, Failed: err != nil, Reason: report.Reason}
	for _, line := range report.Lines {
		outcome.Log = append(outcome.Log, line.Level.String()+": "+line.Text)
	}
	if err != nil && outcome.Reason == "" {
		outcome.Reason = err.Error()
	}
	return outcome, nil
}

func jobOf(job tck.Job) plugin.Job {
	return plugin.Job{Input: job.Input, LoginID: job.LoginID, Received: job.Received}
}

func TestGuests(t *testing.T) {
	for _, toolchain := range toolchains(t) {
		t.Run(toolchain, func(t *testing.T) {
			t.Parallel()
			tck.Run(t, newHost(t, buildKit(t, toolchain)), vectors)
		})
	}
}

// One mapper in every language gives the same bytes.
func TestStaff(t *testing.T) {
	for _, toolchain := range toolchains(t) {
		t.Run(toolchain, func(t *testing.T) {
			t.Parallel()
			tck.Golden(t, newHost(t, buildStaff(t, toolchain)), vectors)
		})
	}
	t.Run("command", func(t *testing.T) {
		t.Parallel()
		folder := filepath.Join("..", "..", "examples", "plugins", "command")
		tck.Golden(t, command{newHost(t, build(t, filepath.Join(folder, "build-guest"), folder))}, vectors)
	})
}

// command is a guest whose reason for failing is the last line that it wrote to
// standard error, and so in the log too.
type command struct{ host }

func (c command) Run(ctx context.Context, job tck.Job) (tck.Outcome, error) {
	outcome, err := c.host.Run(ctx, job)
	if last := len(outcome.Log) - 1; outcome.Failed && last >= 0 && outcome.Log[last] == "info: "+outcome.Reason {
		outcome.Log = outcome.Log[:last]
	}
	return outcome, err
}

// A call uses the same fuel each time, whatever ran before it.
func TestFuelIsTheSame(t *testing.T) {
	input, err := os.ReadFile("../abi/testdata/golden/4kb/input.json")
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile("../abi/testdata/golden/escapes/input.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, toolchain := range toolchains(t) {
		t.Run(toolchain, func(t *testing.T) {
			h := newHost(t, buildStaff(t, toolchain))
			var used []int64
			for range 5 {
				for _, text := range [][]byte{input, other} {
					report, err := h.plugin.Run(t.Context(), plugin.Job{Input: text, LoginID: "a"})
					if err != nil {
						t.Fatal(err)
					}
					if len(text) == len(input) {
						used = append(used, report.Fuel)
					}
				}
			}
			if slices.Min(used) != slices.Max(used) || used[0] == 0 {
				t.Errorf("it used %d", used)
			}
		})
	}
}
