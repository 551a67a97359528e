package wasmbin_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/tetratelabs/wazero"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

func decode(t testing.TB, module []byte) *wasmbin.Module {
	t.Helper()
	m, err := wasmbin.Decode(module)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestInspect(t *testing.T) {
	m := decode(t, own(t, "meter.wasm"))
	imports := m.Imports()
	if len(imports) != 1 || imports[0].Module != "env" || imports[0].Name != "host" || imports[0].Type != "() -> ()" {
		t.Errorf("imports: %+v", imports)
	}
	types := map[string]string{}
	for _, e := range m.Exports() {
		types[e.Name] = e.Kind.String() + " " + e.Type
	}
	for name, want := range map[string]string{
		"leaf": "function (i32) -> (i32)", "memory": "memory 1 to 4 pages",
		"table": "table funcref, 4 or more entries", "plain": "global mutable i32",
	} {
		if types[name] != want {
			t.Errorf("%s: %q", name, types[name])
		}
	}
	if names := m.FunctionNames(); names[0] != "host" || names[2] != "leaf" || m.FunctionName(2) != "leaf" || m.FunctionName(3) != "" {
		t.Errorf("names: %v", names)
	}
	imported, defined := m.Functions()
	if imported != 1 || defined < 20 || m.CodeSize(2) != 7 || m.CodeSize(0) != 0 || m.CodeSize(1<<31) != 0 || !m.HasStart() {
		t.Errorf("%d imported, %d defined, leaf has %d bytes", imported, defined, m.CodeSize(2))
	}
	if got := m.Memories(); !reflect.DeepEqual(got, []wasmbin.Limits{{Min: 1, Max: 4, Bounded: true}}) {
		t.Errorf("memories: %v", got)
	}
	if got := m.Tables(); len(got) != 2 || got[1].Elem != wasmbin.ExternRef || got[0].Min != 4 {
		t.Errorf("tables: %v", got)
	}
	total := 8
	for _, s := range m.Sections() {
		total += s.Size()
	}
	if total != m.Size() {
		t.Errorf("the sections make up %d of %d bytes", total, m.Size())
	}
}

func TestStripKeepsNamesAndWhatIsOurs(t *testing.T) {
	plain := own(t, "meter.wasm")
	want, err := wasmbin.WithCustom(plain, "doorward.plugin", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	full := want
	for _, name := range []string{".debug_info", "producers", "sourceMappingURL"} {
		if full, err = wasmbin.WithCustom(full, name, bytes.Repeat([]byte("x"), 500)); err != nil {
			t.Fatal(err)
		}
	}
	m := decode(t, full)
	if !bytes.Equal(m.Strip(), want) {
		t.Error("other bytes remain")
	}
	if payload, ok := m.Custom("producers"); !ok || len(payload) != 500 {
		t.Errorf("producers: %d bytes, %v", len(payload), ok)
	}
	if _, ok := m.Custom("absent"); ok {
		t.Error("a section that is not there")
	}
}

// What toolchains write is read, kept, and rewritten into what the engine takes.
func TestModulesOfToolchains(t *testing.T) {
	bundled, _ := filepath.Glob(filepath.Join("..", "..", "..", "plugins", "*", "*.wasm"))
	fixtures, _ := filepath.Glob(filepath.Join("..", "testdata", "*.wasm"))
	if len(bundled) == 0 || len(fixtures) < 10 {
		t.Fatalf("%d plugins, %d fixtures", len(bundled), len(fixtures))
	}
	ctx := context.Background()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer r.Close(ctx)
	for _, file := range append(bundled, fixtures...) {
		original, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := decode(t, original)
		if !bytes.Equal(m.Encode(), original) {
			t.Errorf("%s: encoding gives other bytes", file)
		}
		rewritten, err := m.Rewrite(wasmbin.Options{TableMax: 100_000, MaxDepth: 1000, Snapshot: true})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if _, err := r.CompileModule(ctx, rewritten.Module); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
