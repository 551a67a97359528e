package abi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/doorward/doorward/sdk/abi"
)

func golden(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The inputs of testdata are what the host writes, byte for byte.
func TestInputs(t *testing.T) {
	claims := abi.Raw(`{ "iss":"https://idp.example.com", "sub":"4711", "big":12345678901234567890.10, "groups":["app-admin","staff"], "https://example.com/roles":["editor"], "a~b":{"c/d":[[],[1]]} }`)
	login := abi.Login{IdP: "corp", Protocol: "oidc", Time: 1577836800}
	forced := login
	forced.ForceAuth = true
	tests := map[string]abi.Input{
		"input-minimal.json": {Login: login},
		"input-full.json": {
			Sources: []abi.Member{{Name: "idTokenClaims", Value: claims}, {Name: "userInfo", Value: abi.Raw(`{"sub":"4711","name":"\u00dcmit","locale":null}`)}},
			User:    abi.Raw(`{"id":"4711","email":"a<b>@example.com","roles":["member"],"attributes":{"level":2.50}}`),
			Login:   forced,
			Config:  abi.Raw(`{"prefix":"app-"}`),
		},
		"input-greased.json": {
			Sources: []abi.Member{{Name: "idTokenClaims", Value: abi.Raw(`{"sub":"4711","grease-7f3a":{"a":[null,{"b":[]}]},"":0}`)}, {Name: "userInfo", Value: abi.Raw(`{}`)}},
			User:    abi.Raw(`{"id":"4711"}`),
			Login:   login,
			Config:  abi.Raw(`{"grease-7f3a":[1e400]}`),
			Extra:   []abi.Member{{Name: "grease-7f3a", Value: abi.Raw(`{"version":2,"sources":{"idTokenClaims":{"sub":"wrong"}}}`)}, {Name: "grease-9b21", Value: abi.Raw(`"\u0022}"`)}},
		},
	}
	for name, in := range tests {
		got, want := abi.AppendInput(nil, in), golden(t, name)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
		}
		if err := abi.Raw(got).Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	odd := abi.AppendInput(nil, abi.Input{Login: abi.Login{IdP: "a\"\\\n\x7f\xff😀"}})
	var decoded struct{ Login struct{ IdP string } }
	if err := json.Unmarshal(odd, &decoded); err != nil || decoded.Login.IdP != "a\"\\\n\x7f\ufffd😀" {
		t.Errorf("got %q, %v", decoded.Login.IdP, err)
	}
}

func TestPointers(t *testing.T) {
	var vectors []struct {
		Document, Pointer string
		Text              *string
		Code              int
	}
	if err := json.Unmarshal(golden(t, "pointers.json"), &vectors); err != nil || len(vectors) < 25 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		tokens, err := abi.ParsePointer(v.Pointer)
		if (v.Code == abi.GetMalformed) != errors.Is(err, abi.ErrPointer) {
			t.Errorf("%s: got %v, want code %d", v.Pointer, err, v.Code)
			continue
		}
		if err != nil {
			continue
		}
		value, found := abi.Find(golden(t, v.Document), tokens)
		if found != (v.Text != nil) || found && string(value) != *v.Text {
			t.Errorf("%s: got %q, %v", v.Pointer, value, found)
		}
	}
	if _, err := abi.ParsePointer("/" + strings.Repeat("a", abi.MaxPointer)); !errors.Is(err, abi.ErrPointer) {
		t.Errorf("a pointer that is too long: %v", err)
	}
	if whole, ok := abi.Find([]byte(" {} "), nil); !ok || string(whole) != "{}" {
		t.Errorf("the empty pointer gave %q", whole)
	}
	odd := "a/b~c~1"
	if tokens, err := abi.ParsePointer("/" + abi.EncodeToken(odd)); err != nil || len(tokens) != 1 || tokens[0] != odd {
		t.Errorf("EncodeToken does not come back: %q, %v", tokens, err)
	}
}

func TestResults(t *testing.T) {
	var vectors []struct {
		Name, Result, Error, Canonical string
		ResultBase64                   []byte
		Accepted                       bool
	}
	if err := json.Unmarshal(golden(t, "results.json"), &vectors); err != nil || len(vectors) < 40 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			text := append([]byte(v.Result), v.ResultBase64...)
			result, err := abi.DecodeResult(text)
			if !v.Accepted {
				if err == nil || !strings.Contains(err.Error(), v.Error) {
					t.Errorf("got %v, want %q", err, v.Error)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := abi.AppendResult(nil, result); string(got) != v.Canonical {
				t.Errorf("written again it is %s, want %s", got, v.Canonical)
			}
		})
	}
}

func TestResultBounds(t *testing.T) {
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	text := func(n int) string { return strings.Repeat("x", n) }
	tests := []struct {
		format string
		fits   any
		over   any
	}{
		{`{"set":{"roles":%s}}`, list(abi.MaxRoles, `"r"`), list(abi.MaxRoles+1, `"r"`)},
		{`{"set":{"roles":["%s"]}}`, text(abi.MaxRole), text(abi.MaxRole + 1)},
		{`{"set":{"email":"%s"}}`, text(abi.MaxString), text(abi.MaxString + 1)},
		{`{"set":{"attributes":{"%s":1}}}`, text(abi.MaxName), text(abi.MaxName + 1)},
		{`{"unset":["attributes.%s"]}`, text(abi.MaxName), text(abi.MaxName + 1)},
		{`{"deny":{"reason":"%s"}}`, text(abi.MaxReason), text(abi.MaxReason + 1)},
	}
	for _, test := range tests {
		if _, err := abi.DecodeResult(fmt.Appendf(nil, test.format, test.fits)); err != nil {
			t.Errorf("%s at its bound: %v", test.format, err)
		}
		_, err := abi.DecodeResult(fmt.Appendf(nil, test.format, test.over))
		if err == nil || len(err.Error()) > 400 {
			t.Errorf("%s over its bound: %v", test.format, err)
		}
	}
}

func TestMetadata(t *testing.T) {
	m, err := abi.DecodeMetadata([]byte(`{"abi":1,"name":"a-1","version":"1.2","description":"d","license":"MIT","sources":["userInfo"],"deny":true,"config":{"type":"object"},"x-mine":{"a":1}}`))
	if err != nil || m.ABI != 1 || m.Name != "a-1" || m.Version != "1.2" || m.Description != "d" || m.License != "MIT" || len(m.Sources) != 1 || !m.Deny || string(m.Config) != `{"type":"object"}` {
		t.Errorf("got %+v, %v", m, err)
	}
	for text, want := range map[string]string{
		``:                                       "expected a JSON value",
		`[]`:                                     "want an object",
		`{}`:                                     "name: missing",
		`{"name":"A"}`:                           "lower case",
		`{"name":7}`:                             "lower case",
		`{"name":"a","deny":"no"}`:               "true or false",
		`{"name":"a","denny":1}`:                 `unknown member "denny"`,
		`{"name":"a","deny":false,"deny":true}`:  "duplicate member",
		`{"name":"a","sources":"userInfo"}`:      "list of source names",
		`{"name":"a","description":"a\u001bb"}`:  "a line of text",
		`{"name":"a","config":"x"}`:              "a JSON schema",
		`{"name":"a","abi":1.5}`:                 "the number 1",
		`{"name":"` + strings.Repeat("a", 65536): "64 KiB",
	} {
		if _, err := abi.DecodeMetadata([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %v, want %q", text, err, want)
		}
	}
}

func TestRaw(t *testing.T) {
	v := abi.Raw(` {"s":"\u00fc","n":-12,"f":1.50,"t":true,"l":["a","b"],"m":[1],"z":null} `)
	get := func(p string) abi.Raw { r, _ := v.Get(p); return r }
	if s, ok := get("/s").Text(); !ok || s != "ü" {
		t.Error(s, ok)
	}
	if n, ok := get("/n").Int(); !ok || n != -12 {
		t.Error(n, ok)
	}
	for text, want := range map[string]int64{"0": 0, " -0 ": 0, "9223372036854775807": math.MaxInt64, "-9223372036854775808": math.MinInt64} {
		if n, ok := abi.Raw(text).Int(); !ok || n != want {
			t.Error(text, n, ok)
		}
	}
	for _, text := range []string{"", "-", "9223372036854775808", "-9223372036854775809", "99999999999999999999999", "1e2", "01", "1 2", `"1"`} {
		if n, ok := abi.Raw(text).Int(); ok {
			t.Error(text, n)
		}
	}
	if q := abi.Quote("a\"\\\n\u00fc😀" + strings.Repeat("x", 100)); !strings.HasPrefix(q, `"a\"\\\u{000a}\u{00fc}\u{1f600}xxx`) || !strings.HasSuffix(q, `x"…`) || len(q) > 100 {
		t.Error(q)
	}
	if _, ok := get("/f").Int(); ok {
		t.Error("1.50 is no integer")
	}
	if n, ok := get("/f").Number(); !ok || n != "1.50" {
		t.Error(n, ok)
	}
	if b, ok := get("/t").Bool(); !ok || !b {
		t.Error(b, ok)
	}
	if l, ok := get("/l").Texts(); !ok || len(l) != 2 || l[1] != "b" {
		t.Error(l, ok)
	}
	if _, ok := get("/m").Texts(); ok {
		t.Error("a list of numbers is no list of strings")
	}
	if l, ok := abi.Raw(`[]`).Texts(); !ok || l == nil || len(l) != 0 {
		t.Error(l, ok)
	}
	var order string
	if !v.Members(func(name string, _ abi.Raw) bool { order += name; return name != "l" }) || order != "snftl" {
		t.Error(order)
	}
	var absent abi.Raw
	if _, ok := absent.Text(); ok || absent.Kind() != 0 || get("/z").Kind() != 'n' || v.Kind() != '{' || get("/n").Kind() != '0' {
		t.Error("kinds")
	}
	if _, ok := abi.Raw(`["a"`).Texts(); ok {
		t.Error("a cut off list was read")
	}
}

func TestWarmUpIsAnInputWithoutConfig(t *testing.T) {
	w := abi.WarmUp()
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/sources/idTokenClaims/sub", "/sources/userInfo/sub", "/sources/tokenEndpointResponse/access_token", "/sources/authnResponse/nameId", "/user/id", "/login/idp"} {
		if _, ok := w.Get(p); !ok {
			t.Errorf("it has no %s", p)
		}
	}
	w[0] = 'x'
	if abi.WarmUp()[0] != '{' {
		t.Error("a caller can change it")
	}
}

// A result is refused with a typed error, or comes back from its writing as
// the same result, whose text is valid JSON for others too.
func FuzzDecodeResult(f *testing.F) {
	var vectors []struct {
		Result       string
		ResultBase64 []byte
	}
	if err := json.Unmarshal(golden(f, "results.json"), &vectors); err != nil {
		f.Fatal(err)
	}
	for _, v := range vectors {
		f.Add(append([]byte(v.Result), v.ResultBase64...))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		result, err := abi.DecodeResult(text)
		if err != nil {
			var syntax *abi.SyntaxError
			var shape *abi.ResultError
			if !errors.As(err, &syntax) && !errors.As(err, &shape) {
				t.Fatalf("an untyped error: %v", err)
			}
			return
		}
		if len(text) > 0 && (!json.Valid(text) || !utf8.Valid(text)) {
			t.Fatalf("accepted what is not JSON: %q", text)
		}
		once := abi.AppendResult(nil, result)
		again, err := abi.DecodeResult(once)
		if err != nil || !bytes.Equal(once, abi.AppendResult(nil, again)) {
			t.Fatalf("%q was written as %q: %v", text, once, err)
		}
	})
}

// Check accepts nothing that encoding/json refuses, and Find never panics and
// finds in a valid document what encoding/json finds.
func FuzzRaw(f *testing.F) {
	for _, name := range []string{"input-full.json", "input-greased.json", "warmup.json"} {
		f.Add(golden(f, name), "/sources/idTokenClaims/groups/0")
	}
	f.Add([]byte(`{"a":[1,{"b\u0063":"\\"}]}`), "/a/1/bc")
	f.Add([]byte(` [ [ ] , {"":{}} , "x" ] `), "/1/")
	f.Add([]byte(`{"a\\u0062":1,"ab":2}`), `/a\u0062`)
	f.Add([]byte(`}1]{"a"`), "/a")
	f.Fuzz(func(t *testing.T, document []byte, pointer string) {
		tokens, err := abi.ParsePointer(pointer)
		if err != nil {
			return
		}
		value, found := abi.Find(document, tokens)
		if abi.Raw(document).Check() != nil {
			return
		}
		if !json.Valid(document) {
			t.Fatalf("accepted what is not JSON: %q", document)
		}
		want, exists := lookup(t, document, tokens)
		if found != exists || found && canonical(t, value) != want {
			t.Fatalf("%q in %q: got %q, %v; want %q, %v", pointer, document, value, found, want, exists)
		}
	})
}

func lookup(t *testing.T, document []byte, tokens []string) (string, bool) {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[token]
			if !ok {
				return "", false
			}
			value = next
		case []any:
			var n int
			if _, err := fmt.Sscanf(token, "%d", &n); err != nil || fmt.Sprint(n) != token || n < 0 || n >= len(v) {
				return "", false
			}
			value = v[n]
		default:
			return "", false
		}
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), true
}

func canonical(t *testing.T, text []byte) string {
	value, ok := lookup(t, text, nil)
	if !ok {
		t.Fatal("nothing")
	}
	return value
}

func BenchmarkDecodeResult(b *testing.B) {
	text := []byte(`{"set":{"userName":"ada","email":"ada@example.com","roles":["admin","reader","member"],"attributes":{"locale":"de-DE","teams":["a","b","c"],"org":{"id":4711,"name":"Plant"}}},"unset":["lastName"]}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := abi.DecodeResult(text); err != nil {
			b.Fatal(err)
		}
	}
}

// Metadata is refused with a typed error, or has a plain name.
func FuzzDecodeMetadata(f *testing.F) {
	f.Add([]byte(`{"abi":1,"name":"a","sources":["userInfo"],"deny":true,"config":{"type":"object"},"x-mine":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := abi.DecodeMetadata(text)
		var syntax *abi.SyntaxError
		var shape *abi.MetadataError
		switch {
		case err == nil && m.Name == "":
			t.Fatal("no name")
		case err != nil && !errors.As(err, &syntax) && !errors.As(err, &shape):
			t.Fatalf("an untyped error: %v", err)
		}
	})
}
