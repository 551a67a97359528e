package host_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/plugin"
)

// fixture is a module of testdata, with old replaced by new of the same length.
func fixture(t testing.TB, name, old, new string) []byte {
	t.Helper()
	module, err := os.ReadFile("testdata/" + name + ".wasm")
	if err != nil {
		t.Fatal(err)
	}
	if len(old) != len(new) || old != "" && !bytes.Contains(module, []byte(old)) {
		t.Fatalf("%s does not hold %s", name, old)
	}
	return bytes.ReplaceAll(module, []byte(old), []byte(new))
}

// role is a module that gives everybody the role called name, of three letters.
func role(t testing.TB, name string) []byte { return fixture(t, "roles", "one", name) }

// onePlugin is a site with one plugin p, whose console opens to everybody who
// proved their credentials.
func onePlugin(t testing.TB, module []byte, declaration string) *site {
	t.Helper()
	return newSite(t, hosttest.NewProvider(t), settings{
		Top:      "console: {level: Authenticated/Fresh}",
		Provider: "mappers: [{plugin: p}]",
		Rest:     "\nplugins:\n  p: {module: p.wasm" + declaration + "}\n",
		Files:    map[string]string{"p.wasm": string(module)},
	})
}

// install puts another module in the place of p's, in one step.
func (s *site) install(module []byte) {
	s.t.Helper()
	path := filepath.Join(s.dir, "p.wasm")
	if err := os.WriteFile(path+".new", module, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		s.t.Fatal(err)
	}
}

// looked lets the host look at its modules until a change has settled.
func (s *site) looked() {
	for range 2 {
		s.host.LookAtModules(context.Background())
	}
}

// as signs the person called subject in, and returns the answer.
func (s *site) as(subject string, broken bool) answer {
	s.t.Helper()
	s.idp.Set(func(k *hosttest.Knobs) {
		k.Subject = subject
		delete(k.UserClaims, "broken")
		if broken {
			k.UserClaims["broken"] = "canary-4711"
		}
	})
	return s.browser().get("/login?idp=corp")
}

// part is what /readyz says of the plugin p.
func (s *site) part() (status int, degraded bool, part readyPart) {
	s.t.Helper()
	status, body := s.atAdmin("/readyz")
	r := readiness(s.t, body)
	return status, r.Degraded, r.Parts["plugin:p"]
}

// console is the page of the plugin p, in one line.
func (s *site) console() string {
	s.t.Helper()
	s.idp.Set(func(k *hosttest.Knobs) { delete(k.UserClaims, "broken") })
	b := s.browser()
	b.signedIn("/login?idp=corp")
	if a := b.get("/console/plugins"); a.StatusCode != http.StatusOK || !strings.Contains(a.Body, `href="/console/plugins/p"`) {
		s.t.Errorf("the list: %s\n%s", a.Status, a.Body)
	}
	if a := b.get("/console/plugins/none"); a.StatusCode != http.StatusNotFound || a.code() != "not_found" {
		s.t.Errorf("a plugin that is not declared: %s %s", a.Status, a.code())
	}
	a := b.get("/console/plugins/p")
	if a.StatusCode != http.StatusOK {
		s.t.Fatalf("%s\n%s", a.Status, a.Body)
	}
	return plainText(a.Body)
}

func (s *site) counts(metric string, want string) {
	s.t.Helper()
	_, text := s.atAdmin("/metrics")
	for _, line := range strings.Split(text, "\n") {
		if value, ok := strings.CutPrefix(line, metric+" "); ok {
			if value != want {
				s.t.Errorf("%s is %s, want %s", metric, value, want)
			}
			return
		}
	}
	if want != "" {
		s.t.Errorf("%s is not shown", metric)
	}
}

// What the configuration fills in is what a plugin without limits gets.
func TestTheLimitsOfTheConfigurationAreThoseOfPlugins(t *testing.T) {
	cfg, err := config.Parse("d.yaml", []byte("public_url: https://login.example.com\nproviders: {b: {type: builtin}}\nplugins: {p: {module: p.wasm}}\n"),
		os.LookupEnv, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	l := cfg.Plugins["p"].Limits
	if got := (plugin.Limits{
		Input: l.Input, Memory: l.Memory, Output: l.Output, Fuel: l.Fuel, FuelPerByte: l.FuelPerByte, Timeout: l.Timeout, Concurrent: l.Concurrent,
	}); got != plugin.DefaultLimits {
		t.Errorf("the configuration's are %+v, a plugin's %+v", got, plugin.DefaultLimits)
	}
}

// T45: a module that changes runs without a signal; one that does not load is
// refused, and where it is looked for it says why.
func TestT45_AChangedModuleIsNoticed(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, role(t, "one"), "")
	holds := func(want string) {
		t.Helper()
		if roles := s.browser().signedIn("/login?idp=corp").User.Roles; len(roles) != 1 || roles[0] != want {
			t.Errorf("the roles are %q, want %s", roles, want)
		}
	}
	holds("one")
	s.looked()
	s.counts(`doorward_plugin_reloads_total{outcome="same",plugin="p"}`, "")
	s.install(role(t, "two"))
	s.looked()
	holds("two")
	s.counts(`doorward_plugin_reloads_total{outcome="swapped",plugin="p"}`, "1")
	if status, degraded, part := s.part(); status != http.StatusOK || degraded || !part.Ready || part.Detail != "" {
		t.Errorf("/readyz: %d, degraded %t, %+v", status, degraded, part)
	}

	s.install([]byte("no module at all"))
	s.looked()
	s.looked() // it is not tried again
	holds("two")
	s.counts(`doorward_plugin_reloads_total{outcome="refused",plugin="p"}`, "1")
	s.counts(`doorward_reloads_total{outcome="refused",what="plugin"}`, "1")
	status, degraded, part := s.part()
	if status != http.StatusOK || !degraded || !part.Ready || !strings.Contains(part.Detail, "plugins.p.module") {
		t.Errorf("/readyz: %d, degraded %t, %+v", status, degraded, part)
	}
	if !strings.Contains(s.log.String(), `"msg":"a plugin was not reloaded`) {
		t.Error("the log does not say that a module was refused")
	}
	if page := s.console(); !strings.Contains(page, "Its last change was refused") || !strings.Contains(page, "plugins.p.module: ") {
		t.Errorf("the console says %s", page)
	}

	s.install(role(t, "two")) // as it was
	s.looked()
	if _, degraded, part := s.part(); degraded || part.Detail != "" {
		t.Errorf("/readyz: degraded %t, %+v", degraded, part)
	}
	s.counts(`doorward_plugin_reloads_total{outcome="same",plugin="p"}`, "1")
}

// A file that is written while the host looks is left alone until it stays as
// it is; one that is gone is a refused change.
func TestWatch_WaitsUntilAFileStays(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, role(t, "one"), "")
	path := filepath.Join(s.dir, "p.wasm")
	half, whole := role(t, "two")[:40], role(t, "two")
	if err := os.WriteFile(path, half, 0o600); err != nil {
		t.Fatal(err)
	}
	s.host.LookAtModules(context.Background())
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	s.looked()
	s.counts(`doorward_plugin_reloads_total{outcome="refused",plugin="p"}`, "")
	s.counts(`doorward_plugin_reloads_total{outcome="swapped",plugin="p"}`, "1")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.looked()
	s.counts(`doorward_plugin_reloads_total{outcome="refused",plugin="p"}`, "1")
	s.browser().signedIn("/login?idp=corp")
}

// A digest in the configuration holds a file to it: a changed one is refused.
func TestWatch_APinnedModuleStays(t *testing.T) {
	t.Parallel()
	module := role(t, "one")
	s := onePlugin(t, module, fmt.Sprintf(", sha256: %x", sha256.Sum256(module)))
	s.install(role(t, "two"))
	s.looked()
	if _, _, part := s.part(); !strings.Contains(part.Detail, "plugins.p.sha256") {
		t.Errorf("/readyz: %+v", part)
	}
	if roles := s.browser().signedIn("/login?idp=corp").User.Roles; roles[0] != "one" {
		t.Errorf("the roles are %q", roles)
	}
}

// The host looks by itself.
func TestWatch_RunsWithTheHost(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, role(t, "one"), "")
	s.install(role(t, "two"))
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if strings.Contains(s.log.String(), `"msg":"a plugin was reloaded"`) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the change was not noticed")
		}
	}
}

// T45: 64 people log in at once, again and again, while the module is swapped;
// nobody is refused, and everybody has what one of the modules gives.
func TestT45_HotSwapUnderLoad(t *testing.T) {
	t.Parallel()
	s := onePlugin(t, role(t, "one"), ", limits: {timeout: 20s}")
	s.browser().signedIn("/login?idp=corp") // discovery, keys
	var seen [2]atomic.Int64
	var group sync.WaitGroup
	var running atomic.Int64
	for range 64 {
		running.Add(1)
		group.Go(func() {
			defer running.Add(-1)
			for range 2 {
				switch roles := s.browser().signedIn("/login?idp=corp").User.Roles; fmt.Sprint(roles) {
				case "[one]":
					seen[0].Add(1)
				case "[two]":
					seen[1].Add(1)
				default:
					t.Errorf("the roles are %q", roles)
				}
			}
		})
	}
	swaps, names := 0, []string{"two", "one"}
	for running.Load() > 0 {
		s.install(role(t, names[swaps%2]))
		if err := s.host.Reload(context.Background()); err != nil {
			t.Error(err)
		}
		swaps++
		time.Sleep(20 * time.Millisecond)
	}
	group.Wait()
	if seen[0].Load()+seen[1].Load() != 128 || seen[0].Load() == 0 || seen[1].Load() == 0 || swaps < 2 {
		t.Errorf("%d and %d logins in %d swaps", seen[0].Load(), seen[1].Load(), swaps)
	}
	s.counts(`doorward_plugin_calls_total{plugin="p"}`, "129")
	s.counts(`doorward_plugin_failures_total{kind="trap",plugin="p"}`, "")
	if failed := len(s.audited("refused")); failed != 0 {
		t.Errorf("%d logins were refused", failed)
	}
}
