// The vectors that lie beside the boundary's specification.

package tck

import (
	"encoding/json"
	"io/fs"
	"path"
	"testing"

	"github.com/doorward/doorward/sdk/abi"
)

// pointers lets the guest get each pointer of pointers.json. What a malformed
// one gives is up to the SDK's types, as long as it finds nothing.
func pointers(t *testing.T, runner Runner, vectors fs.FS) {
	var all []struct {
		Document, Pointer string
		Text              *string
	}
	text, err := fs.ReadFile(vectors, "pointers.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(all) < 25 {
		t.Fatalf("%d vectors, %v", len(all), err)
	}
	for _, v := range all {
		document, err := fs.ReadFile(vectors, v.Document)
		if err != nil {
			t.Fatal(err)
		}
		c := check{want: want(`"found":false`)}
		if v.Text != nil {
			c.want = want(`"found":true,"value":[` + *v.Text + `]`)
		}
		t.Run(v.Document+" "+v.Pointer, func(t *testing.T) { c.judge(t, run(t, runner, told(document, v.Pointer))) })
	}
}

// texts lets the guest read each string of strings.json and write it again.
func texts(t *testing.T, runner Runner, vectors fs.FS) {
	var all []struct {
		JSON    string
		Written *string
	}
	text, err := fs.ReadFile(vectors, "strings.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(all) < 25 {
		t.Fatalf("%d vectors, %v", len(all), err)
	}
	for _, v := range all {
		if v.Written == nil {
			continue // no host sends such a document
		}
		for do, want := range map[string]string{"text": *v.Written, "texts": "[" + *v.Written + `,"end"]`} {
			c := reads(do, do, want)
			c.claims = `{"text":` + v.JSON + `,"texts":[` + v.JSON + `,"end"]}`
			t.Run(c.name+" "+v.JSON, func(t *testing.T) { c.judge(t, run(t, runner, c.input())) })
		}
	}
}

// told is document with the order to get pointer.
func told(document []byte, pointer string) []byte {
	config, _ := abi.Raw(document).Get("/config")
	order := append([]byte(`{"do":"get","pointer":`), abi.AppendString(nil, pointer)...)
	config.Members(func(name string, value abi.Raw) bool {
		order = append(append(abi.AppendString(append(order, ','), name), ':'), value...)
		return true
	})
	order = append(order, '}')
	var out []byte
	abi.Raw(document).Members(func(name string, value abi.Raw) bool {
		if name == "config" {
			value = order
		}
		out = append(append(abi.AppendString(append(out, ','), name), ':'), value...)
		return true
	})
	out[0] = '{'
	return append(out, '}')
}

// Golden runs a guest of the example mapper staff on the golden cases of
// vectors.
func Golden(t *testing.T, runner Runner, vectors fs.FS) {
	inputs, err := fs.Glob(vectors, "golden/*/input.json")
	if err != nil || len(inputs) < 12 {
		t.Fatalf("%d golden cases, %v", len(inputs), err)
	}
	for _, file := range inputs {
		t.Run(path.Base(path.Dir(file)), func(t *testing.T) {
			input, err := fs.ReadFile(vectors, file)
			if err != nil {
				t.Fatal(err)
			}
			output, err := fs.ReadFile(vectors, path.Join(path.Dir(file), "output.json"))
			if err != nil {
				t.Fatal(err)
			}
			expected(t, output).judge(t, run(t, runner, input))
		})
	}
}

// expected is what a golden output says.
func expected(t *testing.T, output abi.Raw) check {
	t.Helper()
	var c check
	result, hasResult := output.Get("/result")
	c.want = string(result)
	failure, _ := output.Get("/failure")
	reason, failed := failure.Text()
	c.failed = reason
	log, _ := output.Get("/log")
	lines, hasLog := log.Texts()
	c.log = lines
	if hasResult == failed || !hasLog {
		t.Fatalf("%s is no golden output", output)
	}
	return c
}
