package plugin_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin"
)

// A plugin that denies without saying so in its metadata is obeyed; whoever
// declared that its failures are skipped hears once what that means.
func TestUndeclaredDenialsAreObeyedAndWarnedOf(t *testing.T) {
	for _, skip := range []bool{true, false} {
		var log bytes.Buffer
		runtime := newRuntime(t, func(c *plugin.RuntimeConfig) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		config := declare(write(t, guestWriting([]byte(`{"deny":{"reason":"no"}}`))), "")
		config.SkipOnError = skip
		p := open(t, runtime, config)
		for range 3 {
			if result, err := p.Map(context.Background(), signIn(t)); err != nil || result.Deny == nil {
				t.Fatalf("got %+v, %v", result, err)
			}
		}
		if said := strings.Count(log.String(), "whoever makes it fail gets in"); said != map[bool]int{true: 1, false: 0}[skip] {
			t.Errorf("skip %t: warned %d times: %s", skip, said, &log)
		}
	}
}
