package main

import (
	"bytes"
	"context"
	"encoding/json"
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

var vectors = os.DirFS("../../../sdk/abi/testdata")

// native runs the mapping without Wasm.
type native struct{}

func (native) Run(_ context.Context, job tck.Job) (tck.Outcome, error) {
	result, line, err := mapStaff(job.Input)
	if err != nil {
		return tck.Outcome{Failed: true, Reason: err.Error()}, nil
	}
	outcome := tck.Outcome{Result: result}
	if line != "" {
		outcome.Log = []string{"info: " + line}
	}
	return outcome, nil
}

func TestStaffNatively(t *testing.T) { tck.Golden(t, native{}, vectors) }

func TestStaffFailsOnAnInputThatIsNone(t *testing.T) {
	for _, input := range []string{``, `{`, `[]`, `{"sources":{"userInfo":[]}}`} {
		if result, _, err := mapStaff([]byte(input)); err == nil || result != nil {
			t.Errorf("%q gave %s, %v", input, result, err)
		}
	}
}

// guest runs the command in the host.
type guest struct{ plugin *plugin.Plugin }

func (g guest) Run(ctx context.Context, job tck.Job) (tck.Outcome, error) {
	report, err := g.plugin.Run(ctx, plugin.Job{Input: job.Input, LoginID: job.LoginID, Received: job.Received})
	outcome := tck.Outcome{Result: report.Output, Reason: report.Reason}
	var failure *plugin.GuestError
	outcome.Failed = errors.As(err, &failure)
	for _, line := range report.Lines {
		outcome.Log = append(outcome.Log, line.Level.String()+": "+line.Text)
	}
	if !outcome.Failed {
		return outcome, err
	}
	if last := len(outcome.Log) - 1; last >= 0 && outcome.Log[last] == "info: "+outcome.Reason {
		outcome.Log = outcome.Log[:last] // a command's reason is a line of its standard error too
	}
	return outcome, nil
}

func TestStaffInTheHost(t *testing.T) {
	p := open(t, `{}`)
	if p.Info().Kind != plugin.Command {
		t.Errorf("it is a %v", p.Info().Kind)
	}
	tck.Golden(t, guest{p}, vectors)
}

func open(t *testing.T, config string) *plugin.Plugin {
	t.Helper()
	ctx := context.Background()
	runtime, err := plugin.NewRuntime(ctx, plugin.RuntimeConfig{ReplayKey: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { runtime.Close(ctx) })
	p, err := runtime.Open(ctx, plugin.Config{
		Name: "staff", Module: build(t), Config: json.RawMessage(config),
		Limits: plugin.Limits{Timeout: 20 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "staff.wasm")
	if message, err := exec.Command("./build-guest", ".", out).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	return out
}

func TestMetadata(t *testing.T) {
	text, err := os.ReadFile("plugin.json")
	if err != nil {
		t.Fatal(err)
	}
	if m, err := abi.DecodeMetadata(text); err != nil || m.Name != "staff" || !m.Deny {
		t.Errorf("got %+v, %v", m, err)
	}
}
