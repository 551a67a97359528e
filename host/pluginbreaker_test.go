package host_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/login"
)

// A plugin that fails for everybody is left alone, which all that tell of the
// host's state tell; then one login tries it.
func TestT42_APluginThatFailsForEverybodyIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, fixture(t, "fragile", "", ""), "")
	for i := range 10 {
		s.helpful(s.as(fmt.Sprint("person-", i), true), "plugin_failed")
	}
	a := s.as("alice-7f3a", false) // would go well
	s.helpful(a, "plugin_failed")
	if strings.Contains(a.Body, "row") {
		t.Error("the page tells of the breaker")
	}
	status, degraded, part := s.part()
	if status != http.StatusOK || !degraded || part.Ready || part.Code != login.CodePluginFailed || !strings.Contains(part.Detail, "10 calls in a row failed") || !strings.Contains(part.Detail, "trap") {
		t.Errorf("/readyz: %d, degraded %t, %+v", status, degraded, part)
	}
	s.counts(`doorward_plugin_breaker_state{plugin="p"}`, "2")
	s.counts(`doorward_plugin_calls_total{plugin="p"}`, "11")
	s.counts(`doorward_plugin_failures_total{kind="trap",plugin="p"}`, "10")
	s.counts(`doorward_plugin_failures_total{kind="breaker",plugin="p"}`, "1")
	s.counts(`doorward_plugin_call_seconds_count{plugin="p"}`, "10")
	if !strings.Contains(s.log.String(), `"msg":"a plugin fails again and again and is left alone for a while","plugin":"p"`) {
		t.Error("the log does not say so")
	}

	s.idp.Clock.Advance(10 * time.Second)
	s.helpful(s.as("person-1", true), "plugin_failed") // is not asked again
	s.counts(`doorward_plugin_breaker_state{plugin="p"}`, "1")
	if _, _, part := s.part(); !strings.Contains(part.Detail, "for whom it has not failed") {
		t.Errorf("/readyz: %+v", part)
	}
	s.helpful(s.as("person-10", true), "plugin_failed") // tries it in vain
	s.counts(`doorward_plugin_breaker_state{plugin="p"}`, "2")
	s.idp.Clock.Advance(10 * time.Second)
	s.as("alice-7f3a", false)
	s.counts(`doorward_plugin_breaker_state{plugin="p"}`, "0")
	if status, degraded, part := s.part(); status != http.StatusOK || degraded || !part.Ready || part.Detail != "" {
		t.Errorf("/readyz: %d, degraded %t, %+v", status, degraded, part)
	}
	page := s.console()
	for _, want := range []string{"asked at every login", "Failed 13", "trap 11 It crashed.", "breaker 2", "trap the guest trapped: unreachable"} {
		if !strings.Contains(page, want) {
			t.Errorf("the console lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page+s.metrics()+s.log.String(), "canary-4711") {
		t.Error("a claim's value is shown")
	}
}

// Another module is asked at once, whatever the one before did.
func TestBreaker_EndsWithAnotherModule(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, fixture(t, "fragile", "", ""), "")
	for i := range 10 {
		s.as(fmt.Sprint("person-", i), true)
	}
	s.counts(`doorward_plugin_breaker_state{plugin="p"}`, "2")
	s.install(role(t, "one"))
	s.looked()
	s.counts(`doorward_plugin_breaker_state{plugin="p"}`, "0")
	s.browser().signedIn("/login?idp=corp")
}

// A plugin that may be skipped is skipped, and costs nobody the time that its
// failures took.
func TestBreaker_SkippedPluginsLetPeopleIn(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, fixture(t, "fragile", "", ""), ", on_error: skip")
	for i := range 12 {
		if a := s.as(fmt.Sprint("person-", i), true); a.StatusCode != http.StatusOK {
			t.Fatalf("%s\n%s", a.Status, a.Body)
		}
	}
	s.counts(`doorward_plugin_call_seconds_count{plugin="p"}`, "10")
	if skipped := s.audited("plugin_skipped"); len(skipped) != 12 || !strings.Contains(skipped[11].Reason, "not asked") {
		t.Errorf("audited: %+v", skipped)
	}
}
