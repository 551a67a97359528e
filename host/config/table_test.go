package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/config/internal/keys"
	"github.com/doorward/doorward/host/config/internal/yamltree"
)

// paths lists the keys that a type takes, as the table names them.
func paths(t reflect.Type, at string) []string {
	var out []string
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("key")
		if name == "-" || !t.Field(i).IsExported() {
			continue
		}
		if t.Field(i).Anonymous {
			out = append(out, paths(t.Field(i).Type, at)...)
			continue
		}
		if name == "" {
			out = append(out, at+"."+t.Field(i).Name+" has no key")
			continue
		}
		path := join(at, name)
		out = append(out, path)
		kind := t.Field(i).Type
		switch {
		case kind == reflect.TypeFor[Secret]() && at != "people[]":
			out = append(out, path+"_file", path+"_env")
		case kind.Kind() == reflect.Pointer && kind.Elem().Kind() == reflect.Struct:
			out = append(out, paths(kind.Elem(), path)...)
		case kind.Kind() == reflect.Map:
			if out = append(out, path+".*"); kind.Elem().Kind() == reflect.Struct {
				out = append(out, paths(kind.Elem(), path+".*")...)
			}
		case kind.Kind() == reflect.Slice && kind.Elem().Kind() == reflect.Struct && kind.Elem().PkgPath() == reflect.TypeFor[Config]().PkgPath():
			out = append(append(out, path+"[]"), paths(kind.Elem(), path+"[]")...)
		case kind.Kind() == reflect.Struct && kind != reflect.TypeFor[Secret]():
			out = append(out, paths(kind, path)...)
		}
	}
	return out
}

func TestEveryFieldHasARowAndEveryRowAField(t *testing.T) {
	type people struct {
		People []Person `key:"people"`
	}
	for _, c := range []struct {
		fields []string
		table  keys.Table
	}{
		{paths(reflect.TypeFor[Config](), ""), keys.Config},
		{paths(reflect.TypeFor[people](), ""), keys.People},
	} {
		var rows []string
		for _, k := range c.table {
			rows = append(rows, k.Path)
			if k.Doc == "" || !strings.HasSuffix(k.Doc, ".") && !strings.HasSuffix(k.Doc, ").") {
				t.Errorf("%s is not described in a sentence", k.Path)
			}
			if k.Kind != keys.Section && k.Example == "" {
				t.Errorf("%s has no example", k.Path)
			}
		}
		slices.Sort(rows)
		slices.Sort(c.fields)
		for _, path := range c.fields {
			if !slices.Contains(rows, path) {
				t.Errorf("the field of %s has no row in the table", path)
			}
		}
		for _, path := range rows {
			if !slices.Contains(c.fields, path) {
				t.Errorf("the row %s has no field", path)
			}
		}
		if len(rows) != len(slices.Compact(slices.Clone(rows))) {
			t.Error("a row stands in the table twice")
		}
	}
}

// Examples and defaults are read by the reader itself.
func TestEveryExampleAndDefaultIsValid(t *testing.T) {
	for _, table := range []keys.Table{keys.Config, keys.People} {
		for _, k := range table {
			for what, text := range map[string]string{"example": k.Example, "default": k.Default} {
				if text == "" {
					continue
				}
				root, faults := yamltree.Parse([]byte("key: " + text + "\n"))
				if len(faults) > 0 {
					t.Errorf("%s: %s: %v", k.Path, what, faults)
					continue
				}
				r := newReader("d.yaml", table, surroundings{read: os.ReadFile, env: os.LookupEnv})
				out := field(k.Path, table)
				if !out.IsValid() { // a form of a secret
					continue
				}
				r.value(root.Get("key"), &k, k.Path, k.Path, out)
				for _, f := range r.faults {
					if !strings.Contains(f.Message, "the file that is named here cannot be read") {
						t.Errorf("%s: %s: %v", k.Path, what, f)
					}
				}
			}
		}
	}
}

// field is a fresh value of the field that path describes.
func field(path string, table keys.Table) reflect.Value {
	type people struct {
		People []Person `key:"people"`
	}
	at := reflect.TypeFor[Config]()
	if table.Find("people") != nil {
		at = reflect.TypeFor[people]()
	}
	for _, part := range strings.Split(strings.ReplaceAll(path, "[]", ".[]"), ".") {
		if at.Kind() == reflect.Pointer {
			at = at.Elem()
		}
		if part == "*" || part == "[]" {
			at = at.Elem()
			continue
		}
		found := false
		for _, f := range reflect.VisibleFields(at) {
			if f.Tag.Get("key") == part {
				at, found = f.Type, true
				break
			}
		}
		if !found {
			return reflect.Value{}
		}
	}
	return reflect.New(at).Elem()
}

func TestShippedSchemaAndPagesAreTheGeneratedOnes(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	same := func(path string, want []byte) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what the table says; run go generate ./host/config (%v)", path, err)
		}
	}
	same(filepath.Join(docs, "doorward.schema.json"), Schema())
	pages := keys.Pages()
	for name, text := range pages {
		same(filepath.Join(docs, "configuration", name), text)
	}
	entries, err := os.ReadDir(filepath.Join(docs, "configuration"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := pages[e.Name()]; !ok {
			t.Errorf("docs/configuration/%s belongs to no key", e.Name())
		}
	}
}

func TestEveryKeyHasItsHeading(t *testing.T) {
	pages := keys.Pages()
	for _, k := range keys.Config {
		page := string(pages[strings.FieldsFunc(k.Path, func(r rune) bool { return r == '.' || r == '[' })[0]+".md"])
		heading := "# " + keys.Shown(k.Path) + "\n"
		if !strings.Contains(page, heading) {
			t.Errorf("%s is on no page", k.Path)
		}
		if !strings.Contains(page, k.Doc) {
			t.Errorf("the page does not describe %s", k.Path)
		}
	}
}
