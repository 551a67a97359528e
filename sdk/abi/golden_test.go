package abi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
)

// A string that is read and written again has one form.
func TestStrings(t *testing.T) {
	var vectors []struct {
		JSON    string
		Written *string
	}
	if err := json.Unmarshal(golden(t, "strings.json"), &vectors); err != nil || len(vectors) < 25 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		text, ok := abi.Raw(v.JSON).Text()
		if ok != (v.Written != nil) {
			t.Errorf("%q was read: %v", v.JSON, ok)
			continue
		}
		if ok && string(abi.AppendString(nil, text)) != *v.Written {
			t.Errorf("%q was written as %s", v.JSON, abi.AppendString(nil, text))
		}
		list, alsoOK := abi.Raw("[" + v.JSON + `,"end"]`).Texts()
		if alsoOK != ok || ok && (len(list) != 2 || list[0] != text) {
			t.Errorf("%q in a list is %q, %v", v.JSON, list, alsoOK)
		}
	}
	for text, want := range map[string]string{"a\xffb": `"a\uFFFDb"`, "\xed\xa0\x80": `"\uFFFD\uFFFD\uFFFD"`, "\ufffd": `"\uFFFD"`, "é\xc3": `"é\uFFFD"`} {
		if got := string(abi.AppendString(nil, text)); got != strings.ReplaceAll(want, `\uFFFD`, "\uFFFD") {
			t.Errorf("%q was written as %q", text, got)
		}
	}
}

// The golden inputs are as strict as a host's, and the results are accepted.
func TestGolden(t *testing.T) {
	cases, err := filepath.Glob("testdata/golden/*/input.json")
	if err != nil || len(cases) < 12 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, file := range cases {
		input, err := os.ReadFile(file)
		if err != nil || abi.Raw(input).Check() != nil {
			t.Errorf("%s: %v, %v", file, err, abi.Raw(input).Check())
		}
		output, err := os.ReadFile(filepath.Join(filepath.Dir(file), "output.json"))
		if err != nil {
			t.Error(err)
			continue
		}
		text, hasResult := abi.Raw(output).Get("/result")
		if _, hasFailure := abi.Raw(output).Get("/failure"); hasResult == hasFailure {
			t.Errorf("%s: want either a result or a failure", file)
		}
		result, err := abi.DecodeResult(text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if hasResult && !bytes.Equal(abi.AppendResult(nil, result), text) {
			t.Errorf("%s: written again the result is %s", file, abi.AppendResult(nil, result))
		}
	}
}

// The bytes that the specification spells out are those of its examples.
func TestSpecificationsBytes(t *testing.T) {
	specification := string(golden(t, "../README.md"))
	for _, text := range []string{`/sources/userInfo/team`, `{"set":{"id":"ü"}}`, `"x"`, `no team`, `{"name":"a"}`, `{"versi`, "\x0fdoorward.plugin"} {
		if spelt := fmt.Sprintf("% x", text); !strings.Contains(specification, spelt) {
			t.Errorf("%s is spelt otherwise than %s", text, spelt)
		}
	}
	section := "\x0fdoorward.plugin" + `{"name":"a"}`
	if spelt := fmt.Sprintf("%02x ", len(section)); !strings.Contains(specification, "\n"+spelt) {
		t.Errorf("the section's length is not %s", spelt)
	}
}
