package plugins_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin/wasmbin"
	"github.com/doorward/doorward/plugins"
	"github.com/doorward/doorward/sdk/abi"
)

func TestBundled(t *testing.T) {
	if !slices.Contains(plugins.Names(), "groups-to-roles") {
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
	for _, name := range []string{"", ".", "..", "nothing", "../plugins/groups-to-roles", "groups-to-roles/"} {
		if _, ok := plugins.Bundled(name); ok {
			t.Errorf("there is a bundled plugin %q", name)
		}
	}
}

// Each bundled plugin has its metadata, a test, and a page.
func TestEachPluginIsComplete(t *testing.T) {
	declared, err := filepath.Glob("*/plugin.json")
	if err != nil || len(declared) != len(plugins.Names()) {
		t.Errorf("%d plugin.json and %q: %v", len(declared), plugins.Names(), err)
	}
	for _, name := range plugins.Names() {
		module, _ := plugins.Bundled(name)
		if len(module) > 2_100_000 {
			t.Errorf("%s has %d bytes", name, len(module))
		}
		inside, ok, err := wasmbin.Custom(module, abi.MetadataSection)
		if err != nil || !ok {
			t.Errorf("%s has no metadata: %v", name, err)
			continue
		}
		metadata, err := abi.DecodeMetadata(inside)
		if err != nil || metadata.Name != name || metadata.Config == nil {
			t.Errorf("%s: %+v, %v", name, metadata, err)
		}
		var compact bytes.Buffer
		if text, err := os.ReadFile(filepath.Join(name, "plugin.json")); err != nil || json.Compact(&compact, text) != nil || !bytes.Equal(compact.Bytes(), inside) {
			t.Errorf("%s: plugin.json is not what is in the module; run go generate ./plugins", name)
		}
		if tests, _ := filepath.Glob(filepath.Join(name, "*_test.go")); len(tests) == 0 {
			t.Errorf("%s has no test", name)
		}
		page, err := os.ReadFile(filepath.Join("..", "docs", "plugins", name+".md"))
		if err != nil || !strings.Contains(string(page), "bundled:"+name) {
			t.Errorf("%s has no page that says how to declare it: %v", name, err)
		}
	}
}

// The committed modules are what their source builds to, byte for byte, with
// the toolchain they were built with. Another toolchain must still build them.
func TestModulesComeFromTheirSource(t *testing.T) {
	out := t.TempDir()
	if text, err := exec.Command("go", "run", "build.go", "-out", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	recorded, err := os.ReadFile("GOVERSION")
	if err != nil {
		t.Fatal(err)
	}
	built, err := os.ReadFile(filepath.Join(out, "GOVERSION"))
	if err != nil {
		t.Fatal(err)
	}
	same := bytes.Equal(recorded, built)
	if !same {
		t.Logf("the modules were built with %s, this is %s (%s): their bytes are not compared", bytes.TrimSpace(recorded), bytes.TrimSpace(built), runtime.Version())
	}
	for _, name := range plugins.Names() {
		fresh, err := os.ReadFile(filepath.Join(out, name, name+".wasm"))
		if err != nil {
			t.Error(err)
			continue
		}
		if committed, _ := plugins.Bundled(name); same && !bytes.Equal(fresh, committed) {
			t.Errorf("%s.wasm is not what its source builds to; run go generate ./plugins and commit the result", name)
		}
	}
}
