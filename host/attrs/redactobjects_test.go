package attrs_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

func TestT48_RedactedObjectsAreThoseOfRedacted(t *testing.T) {
	plain, err := attrs.Document{}.With(attrs.IDTokenClaims, []byte(`{"sub": "ada"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]attrs.Document{"empty": {}, "no tokens": plain, "tokens": tokenDocument(t)} {
		got, want := d.RedactedObjects(d.Secrets()), d.Redacted()
		if !slices.Equal(slices.Sorted(maps.Keys(got)), want.Names()) {
			t.Errorf("%s: sources %v, want %v", name, slices.Sorted(maps.Keys(got)), want.Names())
		}
		if some := d.RedactedObjects(d.Secrets(), attrs.TokenEndpointResponse); !reflect.DeepEqual(some, without(got, attrs.TokenEndpointResponse)) {
			t.Errorf("%s: left out %v", name, some)
		}
		for _, source := range want.Names() {
			if object, _ := want.Object(source); !reflect.DeepEqual(got[source], object) {
				t.Errorf("%s: %s\ngot  %v\nwant %v", name, source, got[source], object)
			}
		}
	}
}

func without(objects map[string]map[string]any, name string) map[string]map[string]any {
	rest := maps.Clone(objects)
	delete(rest, name)
	return rest
}
