package attrs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

// vectors is the shape of testdata/references.json, which the policy library's
// tests read too.
type vectors struct {
	About      string
	Documents  map[string]attrs.Document
	References []vector
}

type vector struct {
	Name, Document, Reference, Error string
	Found                            *bool
	Value                            json.RawMessage
}

var errorKinds = map[string]error{
	"prefix": attrs.ErrPrefix, "source": attrs.ErrSource,
	"path": attrs.ErrPath, "ambiguous": attrs.ErrAmbiguous,
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/references.json")
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	var v vectors
	if err := decoder.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestReferenceVectors(t *testing.T) {
	v := readVectors(t)
	if len(v.References) < 100 {
		t.Fatalf("%d vectors, the file has lost some", len(v.References))
	}
	for _, test := range v.References {
		t.Run(test.Name, func(t *testing.T) {
			document, ok := v.Documents[test.Document]
			if !ok {
				t.Fatalf("no document %q", test.Document)
			}
			ref, err := attrs.ParseReference(test.Reference)
			var value any
			var found bool
			if err == nil {
				value, found, err = document.Lookup(ref)
			}
			switch {
			case test.Error != "":
				if !errors.Is(err, errorKinds[test.Error]) {
					t.Fatalf("error %v, want kind %s", err, test.Error)
				}
			case err != nil:
				t.Fatal(err)
			case test.Found != nil:
				if found || value != nil {
					t.Fatalf("found %v, want nothing", value)
				}
			default:
				if !found && !ref.Multi {
					t.Fatal("nothing found")
				}
				if want := decode(t, test.Value); !reflect.DeepEqual(value, want) {
					t.Fatalf("value %v, want %v", value, want)
				}
			}
		})
	}
}

func decode(t testing.TB, raw []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return v
}
