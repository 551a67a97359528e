package plugin

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/doorward/doorward/host/login"
)

func sameAsJSON(t *testing.T, text []byte) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var want any
	if err := decoder.Decode(&want); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	got := valueOf(text)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q became %#v, want %#v", text, got, want)
	}
	written, err := appendValue(nil, got)
	if err != nil || !reflect.DeepEqual(valueOf(written), want) {
		t.Fatalf("%q was written as %q, %v", text, written, err)
	}
}

// A user reaches the guest as encoding/json would write it.
func TestUserAsJSON(t *testing.T) {
	for _, user := range []login.User{
		{},
		{ID: "1", UserName: "ü\"\\\n", FirstName: "a", LastName: "b", Email: "a<b>@example.com", Roles: []string{"x", ""}},
		{Attributes: map[string]any{"z": json.Number("12345678901234567890.10"), "a": []any{nil, true, false, "s"}, "m": map[string]any{"k": map[string]any{}}, "f": 1.5, "t": []string{"u"}}},
		{Attributes: map[string]any{"bad": json.Number("1e")}},
	} {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		failure := encoder.Encode(user)
		got, err := appendUser(nil, user)
		if (err != nil) != (failure != nil) {
			t.Errorf("%+v: %v, encoding/json %v", user, err, failure)
		} else if err == nil && !reflect.DeepEqual(valueOf(got), valueOf(text.Bytes())) {
			t.Errorf("got %s, want %s", got, text.Bytes())
		}
	}
}
