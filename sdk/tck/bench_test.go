package tck_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/doorward/doorward/sdk/abi"
	"github.com/doorward/doorward/sdk/tck"
)

func login4KB(t testing.TB) []byte {
	t.Helper()
	input, err := os.ReadFile("../abi/testdata/golden/4kb/input.json")
	if err != nil {
		t.Fatal(err)
	}
	return input
}

// BenchmarkStaff is the example mapper on a login of 4 KB: in Go with
// encoding/json, and in each language isolated in the host (host) and reused
// without isolation and limits on plain wazero (plain).
func BenchmarkStaff(b *testing.B) {
	input := login4KB(b)
	b.Run("native", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := nativeStaff(input); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, sdk := range sdks {
		b.Run(sdk+"/host", func(b *testing.B) { measure(b, newHost(b, buildStaff(b, sdk)), input) })
		b.Run(sdk+"/plain", func(b *testing.B) { measure(b, newPlain(b, buildStaff(b, sdk)), input) })
	}
}

func measure(b *testing.B, runner tck.Runner, input []byte) {
	job := tck.Job{Input: input, LoginID: "bench", Received: time.Unix(1577836800, 0)}
	for b.Loop() {
		if outcome, err := runner.Run(context.Background(), job); err != nil || outcome.Failed {
			b.Fatal(outcome.Reason, err)
		}
	}
	if h, ok := runner.(host); ok {
		report, err := h.plugin.Run(context.Background(), jobOf(job))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(report.Fuel), "fuel/op")
	}
}

// What the guests are compared with maps the same.
func TestNativeStaffMapsTheSame(t *testing.T) {
	output, err := os.ReadFile("../abi/testdata/golden/4kb/output.json")
	if err != nil {
		t.Fatal(err)
	}
	want, _ := abi.Raw(output).Get("/result")
	got, line, err := nativeStaff(login4KB(t))
	if err != nil || !sameJSON(t, got, want) || !bytes.Contains(output, []byte(`"`+line+`"`)) {
		t.Errorf("got %s, %q, %v", got, line, err)
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(a, &x); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &y); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(x, y)
}
