package wasmbin_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/plugin/wasmbin"
)

const header = "\x00asm\x01\x00\x00\x00"

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	module, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return module
}

func TestCustomSections(t *testing.T) {
	module := fixture(t, "probe.wasm")
	if _, ok, err := wasmbin.Custom(module, "a"); ok || err != nil {
		t.Fatalf("got %v, %v", ok, err)
	}
	payload := bytes.Repeat([]byte{'x'}, 300)
	once, err := wasmbin.WithCustom(module, "a", payload)
	if err != nil || !bytes.HasPrefix(once, module) {
		t.Fatalf("the module changed: %v", err)
	}
	got, ok, err := wasmbin.Custom(once, "a")
	if err != nil || !ok || !bytes.Equal(got, payload) {
		t.Fatalf("got %d bytes, %v, %v", len(got), ok, err)
	}
	other, err := wasmbin.WithCustom(once, "b", nil)
	if err != nil {
		t.Fatal(err)
	}
	twice, err := wasmbin.WithCustom(other, "a", []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	got, _, _ = wasmbin.Custom(twice, "a")
	_, hasB, _ := wasmbin.Custom(twice, "b")
	before, _ := wasmbin.Sections(module)
	after, _ := wasmbin.Sections(twice)
	if string(got) != "new" || !hasB || len(after) != len(before)+2 {
		t.Errorf("got %q, b %v, %d sections", got, hasB, len(after))
	}
	if _, err := wasmbin.WithCustom(module, "\xff", nil); err == nil {
		t.Error("a name that is not UTF-8 was accepted")
	}
}

func TestImports(t *testing.T) {
	imports, err := wasmbin.Imports(fixture(t, "unknown.wasm"))
	want := []wasmbin.Import{{"doorward", "http_get", wasmbin.Func}, {"env", "abort", wasmbin.Func}, {"wasi_snapshot_preview1", "sock_open", wasmbin.Func}}
	if err != nil || !slices.Equal(imports, want) {
		t.Errorf("got %v, %v", imports, err)
	}
	imports, err = wasmbin.Imports(fixture(t, "memoryimport.wasm"))
	if err != nil || len(imports) != 1 || imports[0].Kind != wasmbin.Memory {
		t.Errorf("got %v, %v", imports, err)
	}
	all := header + "\x02\x1a\x04" + "\x01a\x01f\x00\x05" + "\x01a\x01t\x01\x70\x01\x01\x02" + "\x01a\x01g\x03\x7f\x00"
	if _, err := wasmbin.Imports([]byte(all)); !errors.Is(err, wasmbin.ErrNotModule) {
		t.Errorf("a count that is too large: %v", err)
	}
}

func TestBytesThatAreNoModule(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":        "",
		"text":           "(module)",
		"cut header":     header[:6],
		"component":      "\x00asm\x0d\x00\x01\x00",
		"no size":        header + "\x01",
		"short section":  header + "\x01\x05\x00",
		"endless size":   header + "\x01\x80\x80\x80\x80\x80\x00",
		"33 bits":        header + "\x01\xff\xff\xff\xff\x1f",
		"long name":      header + "\x00\x02\x09a",
		"broken name":    header + "\x00\x02\x01\xff",
		"empty custom":   header + "\x00\x00",
		"many sections":  header + strings.Repeat("\x00\x01\x00", 5000),
		"import cut off": header + "\x02\x02\x01\x01",
		"import kind":    header + "\x02\x06\x01\x01a\x01b\x09",
		"import flood":   header + "\x02\x05\xff\xff\xff\xff\x0f",
		"shared table":   header + "\x04\x05\x01\x70\x03\x01\x02",
		"table cut off":  header + "\x04\x02\x01\x70",
		"two tables":     header + "\x04\x04\x01\x70\x00\x01" + "\x04\x04\x01\x70\x00\x01",
	} {
		_, errS := wasmbin.Sections([]byte(text))
		_, errI := wasmbin.Imports([]byte(text))
		_, errT := wasmbin.BoundTables([]byte(text), 10)
		if errS == nil && errI == nil && errT == nil {
			t.Errorf("%s: accepted", name)
		}
		for _, err := range []error{errS, errI, errT} {
			if err != nil && !errors.Is(err, wasmbin.ErrNotModule) {
				t.Errorf("%s: %v does not wrap ErrNotModule", name, err)
			}
		}
	}
}

func TestBoundTables(t *testing.T) {
	table := func(content string) string {
		return header + "\x04" + string(rune(len(content))) + content + "\x00\x02\x01z"
	}
	tests := []struct{ module, want string }{
		{table("\x01\x70\x00\x05"), table("\x01\x70\x01\x05\x64")},                              // no maximum: 100
		{table("\x01\x70\x01\x05\x06"), table("\x01\x70\x01\x05\x06")},                          // within: as it was
		{table("\x01\x70\x01\x05\xff\xff\x03"), table("\x01\x70\x01\x05\x64")},                  // too large
		{table("\x02\x70\x01\x01\x02\x6f\x00\x01"), table("\x02\x70\x01\x01\x02\x6f\x01\x01d")}, // the second only
		{header, header},
	}
	for _, test := range tests {
		got, err := wasmbin.BoundTables([]byte(test.module), 100)
		if err != nil || string(got) != test.want {
			t.Errorf("%q: got %q, %v", test.module, got, err)
		}
	}
	for _, module := range []string{table("\x01\x70\x00\x65"), table("\x11" + strings.Repeat("\x70\x00\x01", 17))} {
		if _, err := wasmbin.BoundTables([]byte(module), 100); err == nil {
			t.Errorf("%q was accepted", module)
		}
	}
}

// Whatever the bytes: an error that wraps ErrNotModule, or sections that make
// up the module exactly; and a section that is put in comes out again.
func FuzzSections(f *testing.F) {
	for _, name := range []string{"probe.wasm", "unknown.wasm", "memoryimport.wasm", "trapstart.wasm"} {
		f.Add(fixture(f, name))
	}
	f.Add([]byte(header + "\x04\x04\x01\x70\x00\x05\x00\x02\x01z"))
	f.Fuzz(func(t *testing.T, module []byte) {
		sections, err := wasmbin.Sections(module)
		if err != nil {
			if !errors.Is(err, wasmbin.ErrNotModule) {
				t.Fatalf("an untyped error: %v", err)
			}
			return
		}
		if _, err := wasmbin.Imports(module); err != nil && !errors.Is(err, wasmbin.ErrNotModule) {
			t.Fatalf("an untyped error: %v", err)
		}
		with, err := wasmbin.WithCustom(module, "fuzz", []byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := wasmbin.Custom(with, "fuzz"); err != nil || !ok || string(got) != "payload" {
			t.Fatalf("got %q, %v, %v", got, ok, err)
		}
		bounded, err := wasmbin.BoundTables(module, 100)
		if err != nil {
			return
		}
		after, err := wasmbin.Sections(bounded)
		if err != nil || len(after) != len(sections) {
			t.Fatalf("%d sections became %d: %v", len(sections), len(after), err)
		}
		if again, err := wasmbin.BoundTables(bounded, 100); err != nil || !bytes.Equal(again, bounded) {
			t.Fatalf("bounding is not stable: %v", err)
		}
	})
}
