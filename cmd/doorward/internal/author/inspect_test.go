package author_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/cmd/doorward/internal/author"
)

func inspected(t *testing.T, h *author.Host, m *author.Module) (author.Inspected, string) {
	t.Helper()
	i := author.Inspect(context.Background(), h, m)
	var out bytes.Buffer
	i.Write(&out)
	return i, out.String()
}

func TestInspectShowsWhatAModuleIs(t *testing.T) {
	h := host(t)
	p := project(t, "team", `,"abi":1,"version":"2.1","description":"a test","license":"MIT","sources":["userInfo"],"deny":true,"config":{"type":"object"}`)
	if _, _, err := build(t, h, p); err != nil {
		t.Fatal(err)
	}
	m, err := author.ReadModule(p.Module())
	if err != nil {
		t.Fatal(err)
	}
	i, text := inspected(t, h, m)
	if i.Kind != "reactor" || len(i.Faults) != 0 || i.Runs == nil || i.Runs.Traits == "" || i.Metadata == nil || i.Metadata.ABI != 1 || !i.Metadata.Deny {
		t.Errorf("%+v", i)
	}
	if want := (author.Item{Name: "doorward.get", Kind: "function", Type: "(i32, i32, i32, i32) -> (i32)"}); !slices.Contains(i.Imports, want) {
		t.Errorf("imports %v", i.Imports)
	}
	if want := (author.Item{Name: "map", Kind: "function", Type: "() -> (i32)"}); !slices.Contains(i.Exports, want) {
		t.Errorf("exports %v", i.Exports)
	}
	total := 8 // the module's head
	for _, s := range i.Sections {
		total += s.Size
	}
	if total != i.Size {
		t.Errorf("the sections have %d bytes of %d", total, i.Size)
	}
	for _, want := range []string{
		`kind      reactor, ABI v1`, `name      team 2\.1`, `is        a test`, `license   MIT`, `needs     userInfo; it may deny logins`,
		`config    \{\n +"type": "object"\n +\}`, `exports   .*\n          map +function \(\) -> \(i32\)`, `sha256    [0-9a-f]{64}`, ` +custom "doorward.plugin" +[0-9]+ bytes`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
}

// Of a module that a host refuses, all that can be read is shown, and why it
// is refused.
func TestInspectReadsBrokenModules(t *testing.T) {
	h := host(t)
	whole, err := os.ReadFile("testdata/team.wasm")
	if err != nil {
		t.Fatal(err)
	}
	broken := func(change func([]byte) []byte) *author.Module {
		path := filepath.Join(t.TempDir(), "broken.wasm")
		if err := os.WriteFile(path, change(slices.Clone(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := author.ReadModule(path)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, c := range []struct {
		name   string
		module *author.Module
		fault  string
		shown  string
	}{
		{"imports what no host has", module(t, "wrong"), "it imports the function env.now", "env.now"},
		{"cut off", broken(func(b []byte) []byte { return b[:len(b)/2] }), "not a core Wasm module: at byte", "doorward.output_write"},
		{"trailing bytes", broken(func(b []byte) []byte { return append(b, 1) }), "not a core Wasm module: at byte", "not readable"},
		{"invalid code", broken(func(b []byte) []byte { return bytes.Replace(b, []byte{0x41, 0x16}, []byte{0x42, 0x16}, 1) }), "not a valid Wasm module: at byte", "map "},
		{"a component", broken(func(b []byte) []byte { return append(b[:4], 0x0d, 0, 1, 0) }), "it has another version or is a component", ""},
		{"empty", broken(func([]byte) []byte { return nil }), "not a core Wasm module", "0 bytes"},
		{"metadata that is none", broken(func(b []byte) []byte { return append(b, "\x00\x12\x0fdoorward.plugin{}"...) }), "section doorward.plugin: name: missing; mend plugin.json", "map "},
	} {
		i, text := inspected(t, h, c.module)
		if len(i.Faults) == 0 || !strings.Contains(i.Faults[0], c.fault) || !strings.Contains(i.Faults[0], "; ") || !strings.Contains(text, c.shown) || i.Runs != nil {
			t.Errorf("%s: %q\n%s", c.name, i.Faults, text)
		}
	}
}

// Without a metadata section the version is told by the exports, and what to do
// is said.
func TestInspectOfAModuleWithoutMetadata(t *testing.T) {
	i, text := inspected(t, host(t), module(t, "team"))
	if i.ABI != 1 || i.Metadata != nil || len(i.Faults) != 0 ||
		!strings.Contains(text, "kind      reactor, ABI v1 (by what it exports)\nmetadata  no metadata section; write a plugin.json ") {
		t.Errorf("%+v\n%s", i, text)
	}
}

// A module that needs a config is no broken one.
func TestInspectNeedsNoConfig(t *testing.T) {
	h, p := host(t), project(t, "team", `,"config":{"type":"object","required":["prefix"]}`)
	if _, _, err := build(t, h, p); err != nil {
		t.Fatal(err)
	}
	m, err := author.ReadModule(p.Module())
	if err != nil {
		t.Fatal(err)
	}
	if i, text := inspected(t, h, m); len(i.Faults) != 0 || !strings.Contains(text, "runs      not without a config: ") {
		t.Error(text)
	}
}
