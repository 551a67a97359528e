package plugins_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/plugins"
	"github.com/doorward/doorward/sdk/abi"
)

var everySource = []string{attrs.IDTokenClaims, attrs.UserInfo, attrs.TokenEndpointResponse, attrs.AuthnResponse}

func newRuntime(t testing.TB) *plugin.Runtime {
	t.Helper()
	cache := t.TempDir()
	if err := os.Chmod(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	config := plugin.RuntimeConfig{ReplayKey: []byte("0123456789abcdef"), CacheDir: cache, Bundled: plugins.Bundled}
	runtime, err := plugin.NewRuntime(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runtime.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return runtime
}

// The committed modules do in the host what their folders say. Whatever fuel
// and memory an operator gets by default is enough; a busy machine gets time.
func TestGolden(t *testing.T) {
	runtime := newRuntime(t)
	for _, name := range plugins.Names() {
		inputs, err := filepath.Glob(filepath.Join(name, "testdata", "*", "input.json"))
		if err != nil || len(inputs) < 6 {
			t.Errorf("%s has %d cases, %v", name, len(inputs), err)
		}
		for _, file := range inputs {
			folder := filepath.Dir(file)
			t.Run(name+"/"+filepath.Base(folder), func(t *testing.T) {
				input, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				want, err := os.ReadFile(filepath.Join(folder, "output.json"))
				if err != nil {
					t.Fatal(err)
				}
				if got := outcome(t, runtime, name, input); got != strings.TrimSpace(string(want)) {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			})
		}
	}
}

// outcome is what a plugin does with an input, in the form of output.json.
func outcome(t *testing.T, runtime *plugin.Runtime, name string, input []byte) string {
	t.Helper()
	ctx := context.Background()
	config, _ := abi.Raw(input).Get("/config")
	p, err := runtime.Open(ctx, plugin.Config{
		Name: name, Module: "bundled:" + name, Sources: everySource,
		Config: json.RawMessage(config), Limits: plugin.Limits{Timeout: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	report, err := p.Run(ctx, plugin.Job{Input: input})
	lines := abi.Raw("[")
	for i, line := range report.Lines {
		if i > 0 {
			lines = append(lines, ',')
		}
		lines = abi.AppendString(lines, line.Level.String()+": "+line.Text)
	}
	lines = append(lines, ']')
	if kind := plugin.FailureKind(err); kind == plugin.KindGuest {
		return `{"failure":` + string(abi.AppendString(nil, report.Reason)) + `,"log":` + string(lines) + `}`
	} else if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return `{"result":` + string(report.Output) + `,"log":` + string(lines) + `}`
}

// A plugin that may deny says so, and the others never do.
func TestOnlyEmailDomainDenies(t *testing.T) {
	for _, name := range plugins.Names() {
		denies := false
		outputs, _ := filepath.Glob(filepath.Join(name, "testdata", "*", "output.json"))
		for _, file := range outputs {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, found := abi.Raw(text).Get("/result/deny")
			denies = denies || found
		}
		if said := metadataOf(t, name).Deny; said != denies || said != (name == "email-domain") {
			t.Errorf("%s says deny is %v, and it denies: %v", name, said, denies)
		}
	}
}

// A config that a plugin could not use is refused when it is loaded.
func TestConfigSchemas(t *testing.T) {
	runtime := newRuntime(t)
	for _, test := range []struct{ name, config string }{
		{"groups-to-roles", `{"regex":""}`},
		{"groups-to-roles", `{"regex":"` + strings.Repeat("a", 1025) + `"}`},
		{"groups-to-roles", `{"guids":{"app":"x"}}`},
		{"groups-to-roles", `{"paths":["/user/roles"]}`},
		{"groups-to-roles", `{"paths":["/userInfo/a~2"]}`},
		{"groups-to-roles", `{"prefx":"x"}`},
		{"claim-types", `{"path":"attributes"}`},
		{"claim-types", `{"standard":{"name":["upn"]}}`},
		{"keycloak-roles", `{"sources":[]}`},
		{"keycloak-roles", `{"sources":["tokenEndpointResponse"]}`},
		{"keycloak-roles", `{"clients":"wiki"}`},
		{"email-domain", `{"allow":[]}`},
		{"email-domain", `{"deny":"example.com"}`},
		{"email-domain", `{"verified_only":"no"}`},
		{"static-table", `{"lookup":"/idTokenClaims/sub"}`},
		{"static-table", `{"csv":"a"}`},
		{"static-table", `{"lookup":"/idTokenClaims/sub","csv":"a","rows":{}}`},
		{"static-table", `{"lookup":"/idTokenClaims/sub","rows":{"a":{"id":"1"}}}`},
		{"static-table", `{"lookup":"/idTokenClaims/sub","rows":{"a":{"attributes.x":null}}}`},
		{"static-table", `{"lookup":"/idTokenClaims/sub","rows":{"a":{"roles":[""]}}}`},
	} {
		_, err := runtime.Open(context.Background(), plugin.Config{Name: "p", Module: "bundled:" + test.name, Sources: everySource, Config: json.RawMessage(test.config)})
		if err == nil || !strings.Contains(err.Error(), "plugins.p.config") {
			t.Errorf("%s %s: got %v", test.name, test.config, err)
		}
	}
}

// BenchmarkColdCompile loads all of them without a cache.
func BenchmarkColdCompile(b *testing.B) {
	configs := map[string]string{"static-table": `{"lookup":"/idTokenClaims/sub","rows":{}}`}
	for b.Loop() {
		runtime := newRuntime(b)
		for _, name := range plugins.Names() {
			_, err := runtime.Open(context.Background(), plugin.Config{Name: name, Module: "bundled:" + name, Sources: everySource, Config: json.RawMessage(configs[name])})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkMap maps one login of 4 KB with each.
func BenchmarkMap(b *testing.B) {
	input, err := os.ReadFile("../sdk/abi/testdata/golden/4kb/input.json")
	if err != nil {
		b.Fatal(err)
	}
	for name, config := range map[string]string{
		"groups-to-roles":       `{"prefix":"app-","rename":{"staff":"employee"}}`,
		"groups-to-roles regex": `{"regex":"(?:app|team)-(.+)"}`,
		"keycloak-roles":        `{}`,
		"email-domain":          `{"allow":["example.com"]}`,
		"static-table":          `{"lookup":"/idTokenClaims/sub","csv":"sub,roles\n` + strings.Repeat(`4711,a;b\n`, 200) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			module, _, _ := strings.Cut(name, " ")
			p, err := newRuntime(b).Open(context.Background(), plugin.Config{Name: "p", Module: "bundled:" + module, Sources: everySource, Config: json.RawMessage(config)})
			if err != nil {
				b.Fatal(err)
			}
			call := callOf(b, input)
			for b.Loop() {
				if _, err := p.Map(context.Background(), call); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// callOf is the login of an input.
func callOf(t testing.TB, input []byte) login.PluginCall {
	t.Helper()
	var document attrs.Document
	for _, source := range everySource {
		raw, ok := abi.Raw(input).Get("/sources/" + source)
		if !ok {
			continue
		}
		var err error
		if document, err = document.With(source, raw); err != nil {
			t.Fatal(err)
		}
	}
	return login.PluginCall{Document: login.Document{Sources: document, ReceivedAt: time.Unix(1577836800, 0)}}
}
