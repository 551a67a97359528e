package host_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/hosttest"
)

const anyone = "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\"\n"

// bundled says that policies come from server.
func bundled(server *hosttest.BundleServer, more string) string {
	return "policies: {bundle: {url: '" + server.URL + "/b.tar.gz', jwks_file: keys.json, poll: 1s}" + more + "}\n"
}

func bundleFile(name, text string) hosttest.BundleFile {
	return hosttest.BundleFile{Name: name, Text: text}
}

// policiesPart is what /readyz says of the policies.
func policiesPart(s *site) (degraded bool, revision, detail string) {
	s.t.Helper()
	_, body := s.atAdmin("/readyz")
	r := readiness(s.t, body)
	return r.Degraded, r.Parts["policies"].Revision, r.Parts["policies"].Detail
}

// A bundle is followed: a good one changes the levels of sessions that live, a
// bad one changes nothing and says so everywhere.
func TestASignedBundleIsFollowed(t *testing.T) {
	key, server := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	first := key.Bundle(t, "1", bundleFile("/levels.rego", anyone))
	server.Publish(first)
	s := newSite(t, hosttest.NewProvider(t), settings{
		Rest: levels + bundled(server, ""), Files: map[string]string{"keys.json": string(hosttest.BundleKeys(t, key))},
	})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	if b.session().level(freshLevel) == nil {
		t.Fatal("the bundle's rule grants nothing")
	}
	if degraded, revision, _ := policiesPart(s); degraded || !strings.HasSuffix(revision, ", bundle 1") {
		t.Errorf("degraded %v, revision %s", degraded, revision)
	}

	server.Publish(hosttest.NewBundleSigner(t, "k1").Bundle(t, "2", bundleFile("/levels.rego", "package doorward.levels\n")))
	s.eventually("a wrongly signed bundle shows", func() bool {
		degraded, _, detail := policiesPart(s)
		return degraded && strings.Contains(detail, "failed to verify")
	})
	if b.session().level(freshLevel) == nil {
		t.Error("a refused bundle took the level away")
	}
	if _, metrics := s.atAdmin("/metrics"); !strings.Contains(metrics, "doorward_policy_refused 1") || !strings.Contains(metrics, `doorward_reloads_total{outcome="refused",what="policy"}`) {
		t.Error("the metrics do not say that a bundle was refused")
	}

	server.Publish(key.Bundle(t, "3", bundleFile("/levels.rego", "package doorward.levels\n\ngrant contains \"Nowhere\"\n")))
	s.eventually("a bundle with a fault shows", func() bool {
		_, _, detail := policiesPart(s)
		return strings.Contains(detail, "levels.rego:3:16") && strings.Contains(detail, "not declared")
	})
	server.Publish(first)
	s.eventually("the refusal is over when the server goes back", func() bool {
		degraded, _, _ := policiesPart(s)
		return !degraded
	})
	server.Publish(key.Bundle(t, "4", bundleFile("/levels.rego", "package doorward.levels\n")))
	s.eventually("the next good bundle is taken", func() bool {
		degraded, revision, _ := policiesPart(s)
		return !degraded && strings.HasSuffix(revision, ", bundle 4")
	})
	if b.session().level(freshLevel) != nil {
		t.Error("a session that lives keeps what the policies no longer grant")
	}
}

// A host starts with the bundle of an earlier run when the server is down, or
// has one that does not load; and not at all when it never had one.
func TestAHostStartsWithTheBundleItKept(t *testing.T) {
	key, server := hosttest.NewBundleSigner(t, "k1"), hosttest.NewBundleServer(t)
	server.Publish(key.Bundle(t, "1", bundleFile("/levels.rego", anyone)))
	s := newSite(t, hosttest.NewProvider(t), settings{
		Rest: levels + bundled(server, ""), Files: map[string]string{"keys.json": string(hosttest.BundleKeys(t, key))},
	})
	b := s.browser()
	b.signedIn("/login?idp=corp")
	for name, change := range map[string]func(){
		"the server is down": func() { server.Fail(http.StatusBadGateway) },
		"another has a fault": func() {
			server.Fail(http.StatusOK)
			server.Publish(key.Bundle(t, "2", bundleFile("/levels.rego", "package doorward.levels\n\ngrant contains if\n")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s.stop()
			change()
			s.start()
			degraded, revision, detail := policiesPart(s)
			if !degraded || !strings.HasSuffix(revision, ", bundle 1") || detail == "" {
				t.Errorf("degraded %v, revision %s, detail %s", degraded, revision, detail)
			}
			if b.session().level(freshLevel) == nil {
				t.Error("the kept bundle grants nothing")
			}
		})
	}
	t.Run("nothing kept", func(t *testing.T) {
		s.stop()
		if err := os.Remove(filepath.Join(s.dir, "data", "policies.tar.gz")); err != nil {
			t.Fatal(err)
		}
		server.Fail(http.StatusBadGateway)
		cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := host.New(t.Context(), host.Options{Config: cfg}); err == nil || !strings.Contains(err.Error(), "policies.bundle.url: the bundle's server answers 502") {
			t.Errorf("got %v", err)
		}
	})
}

// Policies that fail their own tests, or have none, are refused where the
// configuration asks for tests.
func TestPoliciesMustPassTheirTests(t *testing.T) {
	const (
		rule   = "package doorward.levels\n\ngrant contains \"Authenticated/Fresh\" if input.user.id == \"%\"\n"
		passes = "package doorward.levels_test\n\nimport data.doorward.levels\n\ntest_one if levels.grant == {\"Authenticated/Fresh\"} with input as {\"user\": {\"id\": \"ada\"}}\n"
	)
	files := map[string]string{"policies/levels.rego": strings.Replace(rule, "%", "ada", 1), "policies/levels_test.rego": passes}
	s := newSite(t, hosttest.NewProvider(t), settings{Rest: levels + "policies: {path: policies, require_tests: true}\n", Files: files})
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(s.dir, "policies", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, first, _ := policiesPart(s)
	write("levels.rego", strings.Replace(rule, "%", "bob", 1))
	s.eventually("policies whose test fails are refused", func() bool {
		degraded, revision, detail := policiesPart(s)
		return degraded && revision == first && strings.Contains(detail, "levels_test.rego:5") && strings.Contains(detail, "test_one failed")
	})
	write("levels_test.rego", "package doorward.levels_test\n")
	s.eventually("policies without a test are refused", func() bool {
		_, revision, detail := policiesPart(s)
		return revision == first && strings.Contains(detail, "have no tests")
	})
	write("levels_test.rego", strings.Replace(passes, "ada", "bob", 1))
	s.eventually("a folder that passes again is taken, without a signal", func() bool {
		degraded, revision, _ := policiesPart(s)
		return !degraded && revision != first
	})

	t.Run("at start", func(t *testing.T) {
		write("levels_test.rego", passes)
		s.stop()
		cfg, err := config.Load(filepath.Join(s.dir, "doorward.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = host.New(t.Context(), host.Options{Config: cfg})
		if err == nil || !strings.Contains(err.Error(), "test_one failed") {
			t.Errorf("got %v", err)
		}
	})
}

// eventually waits for what happens by itself.
func (s *site) eventually(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s: not within 30 s", what)
		}
	}
}
