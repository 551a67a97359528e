package plugin_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// A hostile module is refused when it is loaded, by a message that names the
// key to change and holds nothing that could mislead its reader.
func TestT42_HostileModulesDoNotLoad(t *testing.T) {
	runtime := newRuntime(t, plugin.Grace(200*time.Millisecond))
	for name, want := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := hostileConfig(hostile(t, name), plugin.Limits{Timeout: 200 * time.Millisecond})
			p, err := runtime.Open(context.Background(), config)
			if err == nil {
				t.Fatalf("it loads: %+v", p.Info())
			}
			refusal(t, err, "plugins.p."+want.key, want.wants)
			if late := strings.HasPrefix(want.wants, "plugins.p.limits.timeout"); late != errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is a deadline: %t", err, !late)
			}
		})
	}
}

// refusal checks an error of Open.
func refusal(t *testing.T, err error, key, wants string) {
	t.Helper()
	var load *plugin.LoadError
	if !errors.As(err, &load) || load.Key != key {
		t.Errorf("got %v, want a LoadError that blames %s", err, key)
	}
	text := err.Error()
	for part := range strings.SplitSeq(wants, " … ") {
		if !strings.Contains(text, part) {
			t.Errorf("got %.300q, want %q", text, part)
		}
	}
	if strings.ContainsAny(text, "\x00\x1b\r") || len(text) > 4096 {
		t.Errorf("got %.300q of %d bytes", text, len(text))
	}
}
