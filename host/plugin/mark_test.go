package plugin_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// marks is how many calls try to leave a mark.
func marks(t testing.TB) int { return plugin.Soak(t, 10_000) }

// A guest that tries every way of leaving a mark finds none in the next call,
// in each way to isolate guests.
func TestT42_NoMarkSurvives(t *testing.T) {
	for _, way := range plugin.Ways() {
		t.Run(way, func(t *testing.T) {
			runtime := newRuntime(t, plugin.By(way))
			if runtime.Isolation() != way {
				t.Fatalf("it is isolated by %s", runtime.Isolation())
			}
			for _, mark := range []string{"1", "3", "5", "7"} {
				n := marks(t)
				if (mark != "1" || way != plugin.Ways()[0]) && os.Getenv("DOORWARD_SOAK") == "" {
					n /= 10 // a new instance for each, or a slow way
				}
				noMark(t, runtime, mark, n)
			}
		})
	}
}

func noMark(t *testing.T, runtime *plugin.Runtime, mark string, calls int) {
	t.Helper()
	p := open(t, runtime, declare("mark.wasm", `{"mark":`+mark+`}`))
	if err := p.Info().WarmUp; err != nil || p.Info().Traits != plugin.Pooled {
		t.Fatalf("it is %s, warm-up %v", p.Info().Traits, err)
	}
	job := plugin.Job{Input: abi.AppendInput(nil, abi.Input{Login: abi.Login{IdP: "corp"}, Config: abi.Raw(`{"mark":` + mark + `}`)}), LoginID: "x", Received: received}
	first := found(t, p, job)
	if strings.Trim(first[:64], "0") != "" || first[64:72] != "02000000" {
		t.Errorf("the first call found %s", first)
	}
	var group sync.WaitGroup
	const at = 4
	for range at {
		group.Go(func() {
			for range calls / at {
				if got := found(t, p, job); got != first {
					t.Errorf("a call with marks %s found %s, the first %s", mark, got, first)
					return
				}
			}
		})
	}
	group.Wait()
	pool := p.Stats().Pool
	if reuses := mark == "1"; reuses == (pool.Dropped > 0) || pool.Busy != 0 || pool.Idle > at+2 {
		t.Errorf("the pool is %+v", pool)
	}
}

// found is what the guest found, in hexadecimal, its randomness and clock
// included.
func found(t *testing.T, p *plugin.Plugin, job plugin.Job) string {
	report, err := p.Run(context.Background(), job)
	if err != nil {
		t.Error(err)
		return ""
	}
	_, after, _ := bytes.Cut(report.Output, []byte(`"raw":"`))
	text, _, _ := bytes.Cut(after, []byte(`"`))
	if _, err := hex.DecodeString(string(text)); err != nil || len(text) != 144 {
		t.Errorf("the result is %s", report.Output)
	}
	return string(text) + strconv.FormatInt(report.Fuel, 10)
}
