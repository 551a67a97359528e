package host_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/doorward/doorward/host/hosttest"
)

// hostile assembles a guest of the corpus in host/plugin.
func hostile(t *testing.T, name string) []byte {
	t.Helper()
	assembler, err := exec.LookPath("wat2wasm")
	if err != nil {
		if os.Getenv("DOORWARD_CI") == "1" {
			t.Fatal("wat2wasm is missing: install Debian's wabt")
		}
		t.Skip("wat2wasm is missing: install Debian's wabt")
	}
	out := filepath.Join(t.TempDir(), "guest.wasm")
	source := filepath.Join("plugin", "testdata", "hostile", name+".wat")
	if text, err := exec.Command(assembler, "--debug-names", source, "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	module, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// besides is a site with two providers that are the same but for their mapper:
// corp has the hostile plugin p, and calm a good one.
func besides(t *testing.T, name, limits string) *site {
	t.Helper()
	idp := hosttest.NewProvider(t)
	with := settings{
		Top:      "console: {level: Authenticated/Fresh}",
		Provider: "mappers: [{plugin: p}]",
		Rest: "\nplugins:\n  p: {module: p.wasm, limits: {" + limits + "}, config: {claim: /sources/idTokenClaims/sub}}\n" +
			"  good: {module: good.wasm, limits: {timeout: 10s}}\n",
		Files: map[string]string{"p.wasm": string(hostile(t, name)), "good.wasm": string(hostile(t, "good"))},
	}
	calm := fmt.Sprintf("providers:\n  calm: {type: oidc, issuer: %s, client_id: %s, client_secret: %s, mappers: [{plugin: good}]}\n", idp.URL, idp.ClientID, idp.ClientSecret)
	with.Files["doorward.yaml"] = strings.Replace(with.text(idp), "providers:\n", calm, 1)
	return newSite(t, idp, with)
}

// A hostile plugin at one provider ends the logins there, each on a page that
// says no more than that, while logins at another provider go on; what the
// guest says, and the claims it says it with, are on no page, in no log and in
// no metric.
func TestT42_HostilePluginReachesNoOtherProvider(t *testing.T) {
	t.Parallel()
	const little, much = "fuel: 1000000, fuel_per_byte: 1, timeout: 10s", "fuel: 100000000, timeout: 10s"
	for name, test := range map[string]struct{ limits, kind string }{
		"loop":        {little, "fuel"},
		"loop-host":   {"fuel: 1000000000000, timeout: 20ms", "timeout"},
		"recurse":     {much, "depth"},
		"memory-grow": {much, "memory"},
		"output-big":  {"memory: 128MiB", "output"},
		"output-deep": {little, "result"},
		"trap":        {little, "trap"},
		"trap-late":   {little, "trap"},
		"fail":        {little, "guest"},
		"exit":        {little, "guest"},
		"leak-words":  {little, "guest"},
		"touch-table": {little, "fuel"},
		"ungranted":   {little, "grant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := besides(t, name, test.limits)
			const canary = "canary-4711"
			s.idp.Set(func(k *hosttest.Knobs) { k.Subject = canary })
			var group sync.WaitGroup
			for range 4 {
				group.Go(func() {
					b := s.browser()
					a := b.get("/login?idp=corp")
					s.helpful(a, "plugin_failed")
					if b.session().Authenticated || b.handle() != "" {
						t.Error("somebody is signed in")
					}
					for _, said := range []string{canary, "guest", "unreachable", "fuel", "ERROR"} {
						if strings.Contains(a.Body, said) {
							t.Errorf("the page says %q", said)
						}
					}
				})
				group.Go(func() {
					b := s.browser()
					if a := b.get("/login?idp=calm"); a.StatusCode != http.StatusOK {
						t.Errorf("at the other provider: %s %s", a.Status, a.code())
					}
					if d := b.session(); !d.Authenticated || d.IdP != "calm" || d.User.UserName != canary {
						t.Errorf("at the other provider: %+v", d)
					}
				})
			}
			group.Wait()
			s.counts(fmt.Sprintf(`doorward_plugin_failures_total{kind=%q,plugin="p"}`, test.kind), "4")
			s.counts(`doorward_plugin_calls_total{plugin="good"}`, "4")
			said := s.metrics()
			for line := range strings.Lines(s.log.String()) {
				if !strings.Contains(line, "failed on the warm-up document") { // its reason is of no person
					said += line
				}
			}
			for _, never := range []string{canary, "guest-said-this", "guest_said_this", `{"level":"ERROR"}`, "<script>"} {
				if strings.Contains(said, never) {
					t.Errorf("%q is in the log or the metrics", never)
				}
			}
		})
	}
}
