package wasmbin_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
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
		_, errD := wasmbin.Decode([]byte(text))
		if message := typed(errD, len(text)); message != "" {
			t.Errorf("%s: %s", name, message)
		}
		for _, err := range []error{errS, errI} {
			if err != nil && !errors.Is(err, wasmbin.ErrNotModule) {
				t.Errorf("%s: %v does not wrap ErrNotModule", name, err)
			}
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
		_, err := wasmbin.Sections(module)
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
	})
}
