package host_test

import (
	"os"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// guestSite is a site whose one mapper is the plugin called name, with the
// module at path.
func guestSite(t *testing.T, name, path, onError string) *site {
	t.Helper()
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return newSite(t, hosttest.NewProvider(t), settings{
		Provider: "mappers: [{plugin: " + name + "}]",
		Rest:     "\nplugins:\n  " + name + ": {module: guest.wasm, on_error: " + onError + "}\n",
		Files:    map[string]string{"guest.wasm": string(module)},
	})
}

// A plugin's deny refuses the login. Its reason is for the audit log alone; the
// page has the host's own sentence.
func TestDeny(t *testing.T) {
	t.Parallel()
	s := guestSite(t, "gate", "testdata/deny.wasm", "fail")
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
		s := guestSite(t, "broken", "plugin/testdata/trapmap.wasm", onError)
		b := s.browser()
		a := b.get("/login")
		if got := a.code(); got != code {
			t.Errorf("on_error %s: code %q, want %q", onError, got, code)
		}
		if in := b.session().Authenticated; in != (code == "") {
			t.Errorf("on_error %s: authenticated is %t", onError, in)
		}
		skipped := s.audited("plugin_skipped")
		if len(skipped) != map[string]int{"skip": 1}[onError] || len(skipped) == 1 && !strings.Contains(skipped[0].Reason, "plugin broken") {
			t.Errorf("on_error %s: audited %+v", onError, skipped)
		}
		if said := strings.Contains(s.log.String(), `"level":"WARN","msg":"a login was walked"`); said != (onError == "skip") {
			t.Errorf("on_error %s: warned %t", onError, said)
		}
	}
}

// A plugin whose answer is refused is skipped like one that fails.
func TestSkippedAnswer(t *testing.T) {
	t.Parallel()
	s := guestSite(t, "odd", "testdata/oddmail.wasm", "skip")
	b := s.browser()
	b.get("/login")
	if d := b.session(); d.User.Email != "alice@example.com" || len(s.audited("plugin_skipped")) != 1 {
		t.Errorf("%+v, audited %+v", d.User, s.audited("plugin_skipped"))
	}
}
