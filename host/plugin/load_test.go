package plugin_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/sdk/abi"
)

func TestModulesThatAreNone(t *testing.T) {
	runtime := newRuntime(t)
	tests := []struct {
		module string
		key    string
		wants  []string // what the message says
	}{
		{"probe.wat", "module", []string{"not a core Wasm module"}},
		{"absent.wasm", "module", []string{"no such file"}},
		{".", "module", []string{"not a regular file"}},
		{"", "module", []string{"missing"}},
		{"bundled:nothing", "module", []string{`"nothing"`}},
		{"http://example.com/x.wasm", "module", []string{"http://", "https URL"}},
		{"https://example.com/x.wasm", "sha256", []string{"pinned"}},
	}
	for _, test := range tests {
		t.Run(test.module, func(t *testing.T) {
			_, err := runtime.Open(context.Background(), declare(test.module, ""))
			var load *plugin.LoadError
			if !errors.As(err, &load) {
				t.Fatalf("got %v, want a LoadError", err)
			}
			if load.Key != "plugins.p."+test.key || load.Module != test.module {
				t.Errorf("it blames %s of %s", load.Key, load.Module)
			}
			for _, want := range append(test.wants, load.Key, test.module) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestDeclarationFaultsAreReportedTogether(t *testing.T) {
	config := plugin.Config{
		Name: "p", Module: "loop.wasm", SHA256: "xyz", Sources: []string{"userinfo"}, Config: json.RawMessage("{"),
		Limits: plugin.Limits{Input: 1, Memory: 1 << 40, Output: -1, Fuel: 1, FuelPerByte: -1, Timeout: time.Hour, Concurrent: -1},
	}
	_, err := newRuntime(t).Open(context.Background(), config)
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, key := range []string{"sha256", "sources", "config", "limits.input", "limits.memory", "limits.output", "limits.fuel", "limits.fuel_per_byte", "limits.timeout", "limits.concurrent"} {
		if !strings.Contains(err.Error(), "plugins.p."+key+": ") {
			t.Errorf("%q does not name %s", err, key)
		}
	}
	if !strings.Contains(err.Error(), "userInfo") {
		t.Errorf("%q does not offer userInfo for userinfo", err)
	}
}

func TestDigest(t *testing.T) {
	runtime := newRuntime(t)
	p := open(t, runtime, declare("trapmap.wasm", "")) // its warm-up fails, which is tolerated
	config := declare("trapmap.wasm", "")
	config.SHA256 = strings.ToUpper(p.Info().SHA256)
	open(t, runtime, config)
	config.SHA256 = strings.Repeat("0", 64)
	_, err := runtime.Open(context.Background(), config)
	if err == nil || !strings.Contains(err.Error(), "plugins.p.sha256") || !strings.Contains(err.Error(), p.Info().SHA256) {
		t.Errorf("got %v, want both digest and key", err)
	}
}

func TestMetadataAgainstTheDeclaration(t *testing.T) {
	runtime := newRuntime(t)
	const schema = `,"config":{"type":"object","required":["team"],"additionalProperties":false,"properties":{"team":{"type":"string","maxLength":3},"n":{"enum":["a","b"]}}}`
	tests := []struct {
		name, section, config string
		skip                  bool
		wants                 string // empty: it loads
	}{
		{"plain", `{"name":"a"}`, ``, false, ""},
		{"sources", `{"name":"a","sources":["idTokenClaims","tokenEndpointResponse"]}`, ``, false, `plugins.p.sources: module`},
		{"deny skipped", `{"name":"a","deny":true}`, ``, true, `plugins.p.on_error: module`},
		{"deny", `{"name":"a","deny":true}`, ``, false, ""},
		{"skip", `{"name":"a","deny":false}`, ``, true, ""},
		{"other version", `{"name":"a","abi":2}`, ``, false, "version 2"},
		{"misspelt", `{"name":"a","denny":true}`, ``, true, `"denny"`},
		{"no JSON", `{"name":`, ``, false, "section doorward.plugin"},
		{"config fits", `{"name":"a"` + schema + `}`, `{"team":"x"}`, false, ""},
		{"config misses", `{"name":"a"` + schema + `}`, ``, false, "plugins.p.config: module"},
		{"config type", `{"name":"a"` + schema + `}`, `{"team":1}`, false, "/team: want string, got number"},
		{"config member", `{"name":"a"` + schema + `}`, `{"team":"x","tame":1}`, false, "no member tame"},
		{"config value", `{"name":"a"` + schema + `}`, `{"team":"hunter2"}`, false, "/team: it breaks the schema's rule maxLength"},
		{"schema elsewhere", `{"name":"a","config":{"$ref":"https://example.com/x.json"}}`, ``, false, "must not refer to another document"},
		{"schema in a file", `{"name":"a","config":{"$ref":"file:///etc/passwd"}}`, ``, false, "must not refer to another document"},
		{"no schema", `{"name":"a","config":{"type":7}}`, ``, false, "the module's config schema"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			module, err := wasmbin.WithCustom(guestWriting([]byte("{}")), abi.MetadataSection, []byte(test.section))
			if err != nil {
				t.Fatal(err)
			}
			config := declare(write(t, module), test.config)
			config.SkipOnError = test.skip
			p, err := runtime.Open(context.Background(), config)
			switch {
			case test.wants == "" && err != nil:
				t.Errorf("it does not load: %v", err)
			case test.wants == "" && p.Info().Metadata.Name != "a":
				t.Errorf("its metadata is %+v", p.Info().Metadata)
			case test.wants != "" && (err == nil || !strings.Contains(err.Error(), test.wants)):
				t.Errorf("got %v, want %q", err, test.wants)
			case err != nil && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("%q holds a value of the config", err)
			}
		})
	}
}

func TestWarmUpFailureIsToleratedAndKept(t *testing.T) {
	p := open(t, newRuntime(t), declare("fail.wasm", ""))
	var guest *plugin.GuestError
	if !errors.As(p.Info().WarmUp, &guest) || guest.Status != 7 {
		t.Errorf("the warm-up's failure is %v, want status 7", p.Info().WarmUp)
	}
}
