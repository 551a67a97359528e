package console

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/page"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/sdk/abi"
)

// a plugin that has seen some logins.
func sample() Plugin {
	return Plugin{
		Info: plugin.Info{
			Name: "roles", Module: "plugins/roles.wasm", SHA256: strings.Repeat("9f86d081", 8), Kind: plugin.Reactor,
			Loaded: 34 * time.Millisecond, FromCache: true, Size: 1_900_000, Rewritten: 2_100_000, Traits: plugin.Pooled, Image: 4 << 20, WarmFuel: 12_345_678,
		},
		Isolation: "pagemap-scan", Sources: []string{"idTokenClaims"}, Limits: plugin.DefaultLimits, Providers: []string{"corp"},
		Usage: Usage{
			Calls: 12345, Reached: 12340, Failed: map[string]uint64{"trap": 3, "breaker": 5}, Denied: 7,
			Took: 12340 * 150 * time.Microsecond, TookMost: 25 * time.Millisecond, Fuel: 12340 * 2_000_000, FuelMost: 5_000_000, MemoryMost: 8 << 20,
		},
		Pool:     Pool{Idle: 2, Busy: 1, Made: 6, Dropped: 3},
		Breaker:  Breaker{State: "closed"},
		Failures: []PluginFailure{{At: time.Unix(now, 0), Kind: "trap", Said: "the guest trapped: unreachable"}, {At: time.Unix(now-60, 0), Kind: "guest"}},
	}
}

// rendered is a page of the plugin, as a reader gets it.
func rendered(t *testing.T, template *page.Template, data any) string {
	t.Helper()
	var out bytes.Buffer
	if err := template.Write(&out, page.Head{Title: "T"}, data); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPlugin_SaysHowNearACallCameToEachLimit(t *testing.T) {
	rows := map[string]limitRow{}
	for _, row := range limits(sample()) {
		rows[row.Name] = row
	}
	for name, want := range map[string][3]string{
		"Time":          {"250.00 ms", "25.00 ms", "10\u00a0%"},
		"Memory":        {"32 MiB", "8 MiB", "25\u00a0%"},
		"Input":         {"256 KiB", "", ""},
		"Calls at once": {"16", "1 now", "6\u00a0%"},
	} {
		r := rows[name]
		if got := [3]string{r.Limit, r.Most, r.Percent}; got != want || !strings.HasPrefix(r.Key, "plugins.roles.limits.") {
			t.Errorf("%s: %q %s, want %q", name, got, r.Key, want)
		}
	}
	if r := rows["Fuel"]; r.Limit != "50,000,000, and 10,000 a byte of input" || r.Most != "5,000,000" {
		t.Errorf("fuel: %+v", r)
	}
	unused := sample()
	unused.Usage = Usage{}
	for _, row := range limits(unused) {
		if row.Most != "" && row.Name != "Calls at once" {
			t.Errorf("a plugin that was never called used %s of %s", row.Most, row.Name)
		}
	}
}

func TestPlugin_ItsStateSaysWhatToLookAfter(t *testing.T) {
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		breaker Breaker
		want    pluginState
	}{
		{Breaker{State: "closed"}, pluginState{"asked at every login", false, ""}},
		{Breaker{State: "closed", Streak: 4}, pluginState{"asked at every login", false, "The last 4 calls failed."}},
		{Breaker{State: "open", Streak: 10, Until: until}, pluginState{"left alone until 03:04:05 UTC", true, "10 calls in a row failed."}},
		{Breaker{State: "half-open", Streak: 11}, pluginState{"tried by one login at a time", true, "11 calls in a row failed."}},
	} {
		p := sample()
		p.Breaker = c.breaker
		if got := stateOf(p); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.breaker, got, c.want)
		}
	}
}

func TestPlugin_ThePageHasAllThatIsKnown(t *testing.T) {
	p := sample()
	p.Info.WarmUp = errors.New("canary")
	p.Info.Metadata = &abi.Metadata{Name: "roles-of-acme", Version: "1.2.3", License: "MIT", Description: "Makes roles.", Sources: []string{"userInfo"}, Deny: true}
	p.Reload = Reload{Refused: time.Unix(now, 0), Why: "plugins.roles.module: <it> exports nothing"}
	shown := rendered(t, pluginTemplate, pluginViewOf(p))
	for _, want := range []string{
		"roles-of-acme 1.2.3", "MIT", "Makes roles.", "it may refuse logins", "plugins/roles.wasm", p.Info.SHA256, "reactor: it exports map", "pooled: ", "(pagemap-scan)", "4 MiB of memory", "12,345,678 of fuel; it failed",
		"34.00 ms, from the cache", "corp", "ends the login", "12,345", "0.15 ms", "2,000,000", "2 idle, 1 busy; 6 made and 3 thrown away",
		"the guest trapped: unreachable", "see the trace of that login", "It crashed.", "Its last change was refused", "&lt;it&gt; exports nothing",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(shown, "canary") {
		t.Error("the page has what the guest said")
	}
	if t.Failed() {
		t.Log(shown)
	}
}

// Every kind of failure means something, every trait and kind of guest too.
func TestPlugin_EveryKindHasItsSentence(t *testing.T) {
	for _, kind := range []string{
		"input", "memory", "output", "fuel", "timeout", "concurrent", "depth", "breaker",
		plugin.KindTrap, plugin.KindGuest, plugin.KindABI, plugin.KindGrant, plugin.KindResult, plugin.KindClosed, plugin.KindCancelled, plugin.KindOther,
	} {
		if !strings.HasSuffix(failureKinds[kind], ".") {
			t.Errorf("%s: %q", kind, failureKinds[kind])
		}
	}
	for _, trait := range []plugin.Traits{plugin.Pooled, plugin.FreshOnImage, plugin.Replayed, plugin.Fresh} {
		if traits[trait] == "" {
			t.Errorf("%s has no words", trait)
		}
	}
	if kinds[plugin.Reactor] == "" || kinds[plugin.Command] == "" {
		t.Error("a kind of guest has no words")
	}
}

// The address of a module may hold a key to it.
func TestPlugin_TheQueryOfAnAddressIsNotShown(t *testing.T) {
	for module, want := range map[string]string{
		"https://example.com/p.wasm?sig=canary": "https://example.com/p.wasm?…", "https://example.com/p.wasm": "https://example.com/p.wasm", "what?.wasm": "what?.wasm",
	} {
		if got := withoutQuery(module); got != want {
			t.Errorf("%s is shown as %s", module, got)
		}
	}
}

func TestNumbersAreReadable(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1 KiB", 1536: "1.5 KiB", 32 << 20: "32 MiB", 1 << 30: "1 GiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
