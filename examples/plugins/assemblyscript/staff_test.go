package assemblyscript_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

const golden = "../../../sdk/abi/testdata/golden"

// build builds the plugin as an author does.
func build(t testing.TB) string {
	t.Helper()
	sources(t)
	out := filepath.Join(t.TempDir(), "staff.wasm")
	said, err := exec.Command("../../../sdk/assemblyscript/build-guest", ".", out).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 3 && os.Getenv("DOORWARD_CI") != "1":
		t.Skip(string(said))
	case err != nil:
		t.Fatalf("%v\n%s", err, said)
	}
	return out
}

// sources reads what is built, so that a change of it is noticed by a go
// command that remembers results.
func sources(t testing.TB) {
	t.Helper()
	for _, pattern := range []string{"assembly/*.ts", "*.json", "../../../sdk/assemblyscript/doorward/*.ts", "../../../sdk/assemblyscript/doorward/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// open loads the plugin into the real host.
func open(t testing.TB, module string) *plugin.Plugin {
	t.Helper()
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{ReplayKey: []byte("a key of the tests' own")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.Close(ctx) })
	p, err := runtime.Open(ctx, plugin.Config{Name: "staff", Module: module})
	if err != nil {
		t.Fatal(err)
	}
	if info := p.Info(); info.Size > 40_000 || info.Traits != plugin.Pooled {
		t.Errorf("the module has %d bytes and its calls are %s", info.Size, info.Traits)
	}
	if err := p.Info().WarmUp; err != nil {
		t.Errorf("it failed on the warm-up document: %v", err)
	}
	return p
}

// outcome is what a call gave, as output.json has it.
func outcome(t testing.TB, report plugin.Report, err error) []byte {
	t.Helper()
	out := []byte("{")
	var guest *plugin.GuestError
	switch {
	case errors.As(err, &guest):
		out = abi.AppendString(append(out, `"failure":`...), guest.Reason)
	case err != nil:
		t.Fatal(err)
	default:
		out = append(append(out, `"result":`...), report.Output...)
	}
	lines := make([]string, 0, len(report.Lines))
	for _, line := range report.Lines {
		lines = append(lines, string(abi.AppendString(nil, line.Level.String()+": "+line.Text)))
	}
	return append(append(append(out, `,"log":[`...), strings.Join(lines, ",")...), "]}\n"...)
}

// Each golden input gives its output, byte for byte, and however often the
// plugin maps it with the same fuel.
func TestStaffThroughTheHost(t *testing.T) {
	p := open(t, build(t))
	cases, err := filepath.Glob(golden + "/*/input.json")
	if err != nil || len(cases) < 12 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			input, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(filepath.Dir(file), "output.json"))
			if err != nil {
				t.Fatal(err)
			}
			var fuel int64
			for range 3 {
				report, err := p.Run(context.Background(), plugin.Job{Input: input})
				if got := outcome(t, report, err); !bytes.Equal(got, want) {
					t.Fatalf("got\n%s\nwant\n%s", got, want)
				}
				if fuel != 0 && fuel != report.Fuel {
					t.Errorf("used %d fuel, then %d", fuel, report.Fuel)
				}
				fuel = report.Fuel
			}
		})
	}
}

func BenchmarkStaff(b *testing.B) {
	p := open(b, build(b))
	input, err := os.ReadFile(golden + "/4kb/input.json")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Run(context.Background(), plugin.Job{Input: input}); err != nil {
			b.Fatal(err)
		}
	}
}
