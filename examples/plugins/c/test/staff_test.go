// Package test runs the example's golden cases: as the module that its README
// builds, in the host, and natively.
package test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
	"github.com/doorward/doorward/sdk/tck"
)

const (
	sdk     = "../../../../sdk/c"
	example = ".."
)

var vectors = os.DirFS("../../../../sdk/abi/testdata")

// guest runs the module in the host.
type guest struct{ plugin *plugin.Plugin }

func (g guest) Run(ctx context.Context, job tck.Job) (tck.Outcome, error) {
	report, err := g.plugin.Run(ctx, plugin.Job{Input: job.Input, LoginID: job.LoginID, Received: job.Received})
	outcome := tck.Outcome{Result: report.Output, Reason: report.Reason}
	for _, line := range report.Lines {
		outcome.Log = append(outcome.Log, line.Level.String()+": "+line.Text)
	}
	var failure *plugin.GuestError
	outcome.Failed = errors.As(err, &failure)
	if outcome.Failed {
		return outcome, nil
	}
	return outcome, err
}

func TestStaffInTheHost(t *testing.T) { tck.Golden(t, guest{open(t)}, vectors) }

func open(t testing.TB) *plugin.Plugin {
	t.Helper()
	module := filepath.Join(t.TempDir(), "staff.wasm")
	message, err := exec.Command(sdk+"/build-guest", example, module).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 && os.Getenv("DOORWARD_CI") != "1" {
		t.Skip(string(message))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{ReplayKey: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.Close(ctx) })
	p, err := runtime.Open(ctx, plugin.Config{Name: "staff", Module: module, Limits: plugin.Limits{Timeout: 10 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The commands of the README: each golden input gives its golden output.
func TestStaffNatively(t *testing.T) {
	compiler, err := exec.LookPath("clang")
	if err != nil {
		if os.Getenv("DOORWARD_CI") == "1" {
			t.Fatal(err)
		}
		t.Skip("clang is missing: install Debian's clang")
	}
	program := filepath.Join(t.TempDir(), "staff")
	message, err := exec.Command(compiler, "-std=c11", "-I"+sdk, example+"/staff.c", sdk+"/doorward.c", sdk+"/native.c", "-o", program).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	cases, err := filepath.Glob("../../../../sdk/abi/testdata/golden/*/input.json")
	if err != nil || len(cases) < 12 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, input := range cases {
		t.Run(filepath.Base(filepath.Dir(input)), func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join(filepath.Dir(input), "output.json"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := exec.Command(program, input).Output(); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	text, err := os.ReadFile("../plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := abi.DecodeMetadata(text); err != nil || m.Name != "staff" || !m.Deny {
		t.Errorf("got %+v, %v", m, err)
	}
}

// BenchmarkStaff is a whole call in the host on a login of 4 KB: isolated,
// metered, its result decoded.
func BenchmarkStaff(b *testing.B) {
	input, err := os.ReadFile("../../../../sdk/abi/testdata/golden/4kb/input.json")
	if err != nil {
		b.Fatal(err)
	}
	p := open(b)
	var report plugin.Report
	for b.Loop() {
		if report, err = p.Run(b.Context(), plugin.Job{Input: input}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(report.Fuel), "fuel/op")
	b.ReportMetric(float64(report.Memory), "memory-bytes")
}
