package plugin_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/plugin"
)

// The configuration and a plugin's declaration take and refuse the same limits.
func TestLimitsAreBoundedAsInTheConfiguration(t *testing.T) {
	runtime := newRuntime(t)
	for _, limit := range []struct {
		key       string
		low, high int64
		unit      string // of the text
		step      int64  // of a value in the text
		set       func(*plugin.Limits, int64)
	}{
		{"input", 1 << 10, 16 << 20, "B", 1, func(l *plugin.Limits, n int64) { l.Input = n }},
		{"memory", 64 << 10, 1 << 30, "B", 1, func(l *plugin.Limits, n int64) { l.Memory = n }},
		{"output", 64, 1 << 20, "B", 1, func(l *plugin.Limits, n int64) { l.Output = n }},
		{"fuel", 10_000, 1e12, "", 1, func(l *plugin.Limits, n int64) { l.Fuel = n }},
		{"fuel_per_byte", 1, 1e6, "", 1, func(l *plugin.Limits, n int64) { l.FuelPerByte = n }},
		{"timeout", int64(time.Millisecond), int64(time.Minute), "ms", 1e6, func(l *plugin.Limits, n int64) { l.Timeout = time.Duration(n) }},
		{"concurrent", 1, 1024, "", 1, func(l *plugin.Limits, n int64) { l.Concurrent = int(n) }},
	} {
		for value, fits := range map[int64]bool{limit.low - limit.step: false, limit.low: true, limit.high: true, limit.high + limit.step: false} {
			if value == 0 {
				continue // it means the default
			}
			key := "plugins.p.limits." + limit.key
			text := fmt.Sprintf("public_url: https://login.example.com\nproviders: {b: {type: builtin}}\nplugins: {p: {module: probe.wasm, limits: {%s: %d%s}}}\n",
				limit.key, value/limit.step, limit.unit)
			_, err := config.Parse("testdata/doorward.yaml", []byte(text), os.LookupEnv, os.ReadFile)
			if refused := err != nil && strings.Contains(err.Error(), key+": "); refused == fits {
				t.Errorf("%s: %d: the configuration says %v", key, value, err)
			}
			declared := declare("probe.wasm", `{"probe":5}`)
			limit.set(&declared.Limits, value)
			p, err := runtime.Open(context.Background(), declared)
			if refused := err != nil && strings.Contains(err.Error(), key+": ") && strings.Contains(err.Error(), "; write between "); refused == fits {
				t.Errorf("%s: %d: the declaration says %v", key, value, err)
			}
			if err == nil {
				p.Close(context.Background())
			}
		}
	}
}
