package plugins_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/plugins"
	"github.com/doorward/doorward/sdk/abi"
)

func TestBundled(t *testing.T) {
	want := []string{"claim-types", "email-domain", "groups-to-roles", "keycloak-roles", "static-table"}
	if !slices.Equal(plugins.Names(), want) {
		t.Fatalf("the bundled plugins are %q", plugins.Names())
	}
	module, ok := plugins.Bundled("groups-to-roles")
	if !ok || !bytes.HasPrefix(module, []byte("\x00asm")) {
		t.Fatal("groups-to-roles is no module")
	}
	module[0] = 'x'
	if again, _ := plugins.Bundled("groups-to-roles"); again[0] != 0 {
		t.Error("a caller can change the bundled bytes")
	}
	for _, name := range []string{"", ".", "..", "nothing", "parts", "../plugins/groups-to-roles", "groups-to-roles/"} {
		if _, ok := plugins.Bundled(name); ok {
			t.Errorf("there is a bundled plugin %q", name)
		}
	}
}

// Together they are small enough to travel in the binary.
func TestSize(t *testing.T) {
	sum := 0
	for _, name := range plugins.Names() {
		module, _ := plugins.Bundled(name)
		sum += len(module)
	}
	if sum == 0 || sum > 3<<20 {
		t.Errorf("the modules have %d bytes", sum)
	}
}

// Each bundled plugin has its metadata, a page, and says what each member of
// its config is.
func TestEachPluginIsComplete(t *testing.T) {
	declared, err := filepath.Glob("*/plugin.json")
	if err != nil || len(declared) != len(plugins.Names()) {
		t.Errorf("%d plugin.json and %q: %v", len(declared), plugins.Names(), err)
	}
	index, err := os.ReadFile(filepath.Join("..", "docs", "plugins.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range plugins.Names() {
		t.Run(name, func(t *testing.T) {
			metadata := metadataOf(t, name)
			if metadata.Name != name || metadata.ABI != abi.Version || metadata.Version == "" || metadata.Description == "" || metadata.License == "" {
				t.Errorf("its metadata is %+v", metadata)
			}
			page, err := os.ReadFile(filepath.Join("..", "docs", "plugins", name+".md"))
			if err != nil || !strings.Contains(string(page), "bundled:"+name) {
				t.Errorf("it has no page that says how to declare it: %v", err)
			}
			if !strings.Contains(string(index), "(plugins/"+name+".md)") {
				t.Error("docs/plugins.md does not list it")
			}
			properties, _ := metadata.Config.Get("/properties")
			members := 0
			properties.Members(func(member string, schema abi.Raw) bool {
				members++
				if _, ok := schema.Get("/description"); !ok && member != "standard" {
					t.Errorf("the schema does not describe %s", member)
				}
				if !bytes.Contains(page, []byte("| `"+member+"` |")) {
					t.Errorf("the page's table does not have %s", member)
				}
				return true
			})
			if members == 0 {
				t.Error("its schema has no members")
			}
		})
	}
}

// metadataOf is what a module says about itself, which is its plugin.json.
func metadataOf(t *testing.T, name string) abi.Metadata {
	t.Helper()
	module, _ := plugins.Bundled(name)
	inside, ok, err := wasmbin.Custom(module, abi.MetadataSection)
	if err != nil || !ok {
		t.Fatalf("it has no metadata: %v", err)
	}
	var compact bytes.Buffer
	if text, err := os.ReadFile(filepath.Join(name, "plugin.json")); err != nil || json.Compact(&compact, text) != nil || !bytes.Equal(compact.Bytes(), inside) {
		t.Error("plugin.json is not what is in the module; run go generate ./plugins")
	}
	metadata, err := abi.DecodeMetadata(inside)
	if err != nil {
		t.Fatal(err)
	}
	return metadata
}

// There is one table of claim types; the plugin has a copy of it.
func TestClaimTypesAreThoseOfTheHost(t *testing.T) {
	ours, err := os.ReadFile(filepath.Join("claim-types", "claim-types.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.ReadFile(filepath.Join("..", "host", "attrs", "claim-types.tsv"))
	if err != nil || !bytes.Equal(ours, host) {
		t.Errorf("claim-types/claim-types.tsv is not a copy of host/attrs/claim-types.tsv: %v", err)
	}
	if module, _ := plugins.Bundled("claim-types"); !bytes.Contains(module, host) {
		t.Error("claim-types.wasm holds another table; run go generate ./plugins")
	}
}
