package host_test

import (
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

func guest(t *testing.T, path string) string {
	t.Helper()
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(module)
}

// A plugin's deny refuses the login. Its reason is for the audit log alone; the
// page has the host's own sentence.
func TestDeny(t *testing.T) {
	t.Parallel()
	s := newSite(t, hosttest.NewProvider(t), settings{
		Provider: "mappers: [{plugin: gate}]", Rest: "\nplugins:\n  gate: {module: gate.wasm}\n",
		Files: map[string]string{"gate.wasm": guest(t, "testdata/deny.wasm")},
	})
	b := s.browser()
	a := b.get("/login")
	s.helpful(a, "login_denied")
	if b.session().Authenticated {
		t.Error("a denied login made a session")
	}
	if strings.Contains(a.Body, "list of the day") || strings.Contains(s.log.String(), `"detail":"login_denied: not`) {
		t.Error("the plugin's words are on the page")
	}
	refused := s.audited("refused")
	if len(refused) != 1 || refused[0].Reason != "gate: not on the list of the day" || refused[0].RequestID != a.Header.Get("X-Request-Id") {
		t.Errorf("audited: %+v", refused)
	}
}

// A plugin that fails ends the login; one that may be skipped is, and the audit
// log says so.
func TestFailingPlugin(t *testing.T) {
	t.Parallel()
	for onError, code := range map[string]string{"fail": "plugin_failed", "skip": ""} {
		s := newSite(t, hosttest.NewProvider(t), settings{
			Provider: "mappers: [{plugin: broken}]", Rest: "\nplugins:\n  broken: {module: broken.wasm, on_error: " + onError + "}\n",
			Files: map[string]string{"broken.wasm": guest(t, "plugin/testdata/trapmap.wasm")},
		})
		b := s.browser()
		a := b.get("/login")
		if got := a.code(); got != code {
			t.Errorf("on_error %s: code %q, want %q", onError, got, code)
		}
		if in := b.session().Authenticated; in != (code == "") {
			t.Errorf("on_error %s: authenticated is %t", onError, in)
		}
		if skipped := len(s.audited("plugin_skipped")); skipped != map[string]int{"skip": 1}[onError] {
			t.Errorf("on_error %s: %d audit events of a skipped plugin", onError, skipped)
		}
	}
}
