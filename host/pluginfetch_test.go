package host_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// A module that cannot be fetched any more is refused, and nothing that tells
// of it tells the secret in its address.
func TestAModuleThatCannotBeFetchedIsRefusedWithoutItsSecret(t *testing.T) {
	t.Parallel()
	closed := httptest.NewTLSServer(nil)
	closed.Close()
	module := role(t, "one")
	digest := fmt.Sprintf("%x", sha256.Sum256(module))
	kept := filepath.Join("data", "cache", "modules", digest+".wasm") // by an earlier start
	s := newSite(t, hosttest.NewProvider(t), settings{
		Top:      "console: {level: Authenticated/Fresh}",
		Provider: "mappers: [{plugin: p}]",
		Rest:     "\nplugins:\n  p: {module: '" + closed.URL + "/p.wasm?token=canary-4711', sha256: " + digest + "}\n",
		Files:    map[string]string{kept: string(module)},
	})
	if err := os.Remove(filepath.Join(s.dir, kept)); err != nil {
		t.Fatal(err)
	}
	refused := s.host.Reload(context.Background())
	if refused == nil {
		t.Fatal("it was not refused")
	}
	_, _, part := s.part()
	page, log := s.console(), s.log.String()
	for name, text := range map[string]string{"the error": refused.Error(), "/readyz": part.Detail, "the console": page, "the log": log} {
		if !strings.Contains(text, "connection refused") {
			t.Errorf("%s does not say why: %s", name, text)
		}
		if strings.Contains(text, "canary") {
			t.Errorf("%s has the secret", name)
		}
	}
}
