package attrs_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

func with(t testing.TB, name, text string) attrs.Document {
	t.Helper()
	doc, err := attrs.Document{}.With(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestValuesStayExactlyAsReceived(t *testing.T) {
	const text = ` {"n": 1.10, "big":12345678901234567890123, "e":1E+2, "u":"\u00e9\ud83d\ude00\/<&>",
		"list":[ ], "object":{ }, "t":true,"f":false,"nil":null, "":"", "a\"b":"\b\f\n\r\t\\"} `
	doc := with(t, attrs.UserInfo, text)
	raw, ok := doc.Raw(attrs.UserInfo)
	if !ok || string(raw) != text {
		t.Errorf("raw is %q", raw)
	}
	object, _ := doc.Object(attrs.UserInfo)
	want := map[string]any{
		"n": json.Number("1.10"), "big": json.Number("12345678901234567890123"), "e": json.Number("1E+2"), "u": "é😀/<&>",
		"list": []any{}, "object": map[string]any{}, "t": true, "f": false, "nil": nil, "": "", `a"b`: "\b\f\n\r\t\\",
	}
	if !reflect.DeepEqual(object, want) {
		t.Errorf("object\n%#v, want\n%#v", object, want)
	}
}

func TestADocumentIsImmutable(t *testing.T) {
	text := []byte(`{"a":"first"}`)
	one, err := attrs.Document{}.With(attrs.UserInfo, text)
	if err != nil {
		t.Fatal(err)
	}
	copy(text, `{"a":"other"}`)
	raw, _ := one.Raw(attrs.UserInfo)
	raw[2] = 'z'
	two, err := one.With(attrs.UserInfo, []byte(`{"a":"second"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.With(attrs.IDTokenClaims, []byte(`{"b":1}`)); err != nil {
		t.Fatal(err)
	}
	for doc, want := range map[*attrs.Document]string{&one: `{"a":"first"}`, &two: `{"a":"second"}`} {
		if raw, _ := doc.Raw(attrs.UserInfo); string(raw) != want || len(doc.Names()) != 1 {
			t.Errorf("%s in %v, want %s", raw, doc.Names(), want)
		}
	}
}

func TestNamesAndOnly(t *testing.T) {
	doc := with(t, attrs.UserInfo, `{}`)
	for _, name := range []string{attrs.TokenEndpointResponse, attrs.IDTokenClaims} {
		var err error
		if doc, err = doc.With(name, []byte(`{"x":1}`)); err != nil {
			t.Fatal(err)
		}
	}
	if got := doc.Names(); !reflect.DeepEqual(got, []string{"idTokenClaims", "tokenEndpointResponse", "userInfo"}) {
		t.Errorf("names %v", got)
	}
	only := doc.Only(attrs.UserInfo, attrs.AuthnResponse)
	if got := only.Names(); !reflect.DeepEqual(got, []string{"userInfo"}) {
		t.Errorf("only %v", got)
	}
	if _, ok := only.Object(attrs.IDTokenClaims); ok {
		t.Error("a source that was left out is still there")
	}
	if _, ok := (attrs.Document{}).Raw(attrs.UserInfo); ok || len((attrs.Document{}).Names()) != 0 {
		t.Error("the zero document has a source")
	}
}

// randomJSON is a JSON value in a random spelling.
func randomJSON(r *rand.Rand, depth int) string {
	space := strings.Repeat(" ", r.IntN(2)) + strings.Repeat("\n", r.IntN(2))
	pick := r.IntN(9)
	if depth == 0 {
		pick = r.IntN(6)
	}
	switch pick {
	case 0:
		return space + "null"
	case 1:
		return space + "true"
	case 2:
		return "-1.50e+07" + space
	case 3:
		return "12345678901234567890"
	case 4:
		return `"\u0041\n<é&😀"`
	case 5:
		return randomName(r)
	case 6:
		var items []string
		for range r.IntN(4) {
			items = append(items, randomJSON(r, depth-1))
		}
		return space + "[" + strings.Join(items, ",") + "]"
	}
	return randomObject(r, depth) + space
}

func randomObject(r *rand.Rand, depth int) string {
	members := map[string]string{}
	for range r.IntN(5) {
		members[randomName(r)] = randomJSON(r, max(depth-1, 0))
	}
	var out []string
	for name, value := range members {
		out = append(out, name+" :"+value)
	}
	return "{" + strings.Join(out, " ,") + "}"
}

func randomName(r *rand.Rand) string {
	parts := []string{"a", "b", ".", "/", ":", "[0]", `\"`, "é", "https://x.example/y", "0", " ", "]", "}"}
	var out string
	for range r.IntN(4) {
		out += parts[r.IntN(len(parts))]
	}
	return `"` + out + `"`
}

func randomDocument(t testing.TB, r *rand.Rand) attrs.Document {
	var doc attrs.Document
	for _, name := range []string{attrs.IDTokenClaims, attrs.UserInfo, attrs.TokenEndpointResponse, attrs.AuthnResponse} {
		if r.IntN(3) == 0 {
			continue
		}
		var err error
		if doc, err = doc.With(name, []byte(strings.Repeat(" \n", r.IntN(2))+randomObject(r, 4)+strings.Repeat("\t", r.IntN(2)))); err != nil {
			t.Fatal(err)
		}
	}
	return doc
}

func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		doc := randomDocument(t, r)
		text, err := doc.MarshalJSON()
		if err != nil || !json.Valid(text) {
			t.Fatalf("%s: %v", text, err)
		}
		var again attrs.Document
		if err := again.UnmarshalJSON(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !reflect.DeepEqual(again.Names(), doc.Names()) {
			t.Fatalf("sources %v, want %v", again.Names(), doc.Names())
		}
		for _, name := range doc.Names() {
			before, _ := doc.Raw(name)
			after, _ := again.Raw(name)
			if string(before) != string(after) {
				t.Fatalf("%s became %s", before, after)
			}
			object, _ := again.Object(name)
			if want := decode(t, before); !reflect.DeepEqual(any(object), want) {
				t.Fatalf("%s is read as %v, want %v", before, object, want)
			}
		}
	}
}

func TestMarshalInsideAnotherValueKeepsValues(t *testing.T) {
	doc := with(t, attrs.UserInfo, `{ "n": 1.10, "h":"<b>" }`)
	text, err := json.Marshal(map[string]any{"sources": doc})
	if err != nil {
		t.Fatal(err)
	}
	var back struct{ Sources attrs.Document }
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	want, _ := doc.Object(attrs.UserInfo)
	if got, _ := back.Sources.Object(attrs.UserInfo); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
