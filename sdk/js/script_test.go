package js_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	js "github.com/doorward/doorward/sdk/js"
)

// Pages wait for the script: it stays small.
func TestTheScriptIsSmall(t *testing.T) {
	var sent bytes.Buffer
	w := gzip.NewWriter(&sent)
	if _, err := w.Write(js.Script); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if sent.Len() > 6<<10 {
		t.Errorf("the script is %d bytes, compressed", sent.Len())
	}
}

func TestTheScriptNeedsNothingThatAPolicyForbids(t *testing.T) {
	for _, bad := range []string{"eval(", "new Function", "innerHTML", ".style", "document.write", "import(", "http:", "https:"} {
		if bytes.Contains(js.Script, []byte(bad)) {
			t.Errorf("the script has %s", bad)
		}
	}
}

// What the script exports, the module exports and the types declare; the codes
// of its errors are all declared and documented.
func TestTheTypesAreTheScripts(t *testing.T) {
	types := text(t, "doorward.d.ts")
	page := text(t, "../../docs/doorward-js.md")
	exported := names(t, string(js.Script), `Object\.freeze\(\{ (.*) \}\)`)
	if module := names(t, string(js.Module), `export const \{ (.*) \} =`); !slices.Equal(exported, module) {
		t.Errorf("the module exports %q, the script %q", module, exported)
	}
	for _, name := range exported {
		if !regexp.MustCompile(`export declare (function|class) ` + name + `\b`).MatchString(types) {
			t.Errorf("no type is declared for %s", name)
		}
	}
	for _, name := range names(t, string(js.Script), `const known = \[(.*)\];`) {
		if !strings.Contains(types, "\n  "+strings.Trim(name, `"`)+"?: ") {
			t.Errorf("no type is declared for the option %s", name)
		}
	}
	for _, code := range regexp.MustCompile(`(?:Error|cancel)\("([a-z_]+)"`).FindAllStringSubmatch(string(js.Script), -1) {
		if !strings.Contains(types, code[1]) || !strings.Contains(page, "`"+code[1]+"`") {
			t.Errorf("the code %s is not among the types, or not documented", code[1])
		}
	}
}

func names(t *testing.T, in, pattern string) []string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(in)
	if found == nil {
		t.Fatalf("nothing looks like %s", pattern)
	}
	return strings.Split(found[1], ", ")
}

func text(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
