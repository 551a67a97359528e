package attrs_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

func TestRefusals(t *testing.T) {
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + strings.Repeat(end, n) }
	for _, test := range []struct {
		name, text string
		want       error
		offset     int
	}{
		{"a duplicate member", `{"a":1,"b":2,"a":3}`, attrs.ErrDuplicateMember, 13},
		{"a duplicate member below", `{"x":[{"y":{"a":1,"a":1}}]}`, attrs.ErrDuplicateMember, 18},
		{"a duplicate by escape", `{"email":1,"\u0065mail":2}`, attrs.ErrDuplicateMember, 11},
		{"a duplicate by a pair of escapes", `{"😀":1,"\uD83D\uDE00":2}`, attrs.ErrDuplicateMember, 10},
		{"a duplicate of the empty name", `{"":1,"":2}`, attrs.ErrDuplicateMember, 6},
		{"65 levels", `{"a":` + deep(64, "[", "]") + `}`, attrs.ErrTooDeep, 68},
		{"65 levels of objects", deep(65, `{"a":`, "}"), attrs.ErrTooDeep, 320},
		{"more than 1 MiB", `{"a":"` + strings.Repeat("x", attrs.MaxSourceBytes) + `"}`, attrs.ErrTooLarge, attrs.MaxSourceBytes},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", attrs.ErrInvalidUTF8, 6},
		{"an overlong form", "{\"a\":\"\xc0\xaf\"}", attrs.ErrInvalidUTF8, 6},
		{"an encoded surrogate", "{\"a\":\"\xed\xa0\x80\"}", attrs.ErrInvalidUTF8, 6},
		{"a lone high surrogate", `{"a":"\ud800"}`, attrs.ErrLoneSurrogate, 6},
		{"a lone low surrogate", `{"a":"\udc00"}`, attrs.ErrLoneSurrogate, 6},
		{"two high surrogates", `{"a":"\ud800\ud800"}`, attrs.ErrLoneSurrogate, 6},
		{"a surrogate and a letter", `{"a":"\ud800x"}`, attrs.ErrLoneSurrogate, 6},
		{"a lone surrogate in a name", `{"\ud800":1}`, attrs.ErrLoneSurrogate, 2},
		{"an array", `[{}]`, attrs.ErrNotObject, 0},
		{"a string", `"{}"`, attrs.ErrNotObject, 0},
		{"null", ` null`, attrs.ErrNotObject, 1},
		{"nothing", ``, attrs.ErrNotObject, 0},
		{"HTML", `<html>`, attrs.ErrNotObject, 0},
		{"a byte order mark", "\ufeff{}", attrs.ErrNotObject, 0},
		{"data behind", `{} {}`, attrs.ErrTrailingData, 3},
		{"a NUL behind", "{}\x00", attrs.ErrTrailingData, 2},
		{"not closed", `{"a":1`, attrs.ErrSyntax, 6},
		{"a comma behind", `{"a":1,}`, attrs.ErrSyntax, 7},
		{"a comma behind an item", `{"a":[1,]}`, attrs.ErrSyntax, 8},
		{"no comma", `{"a":1 "b":2}`, attrs.ErrSyntax, 7},
		{"no comma between items", `{"a":[1 2]}`, attrs.ErrSyntax, 8},
		{"no colon", `{"a" 1}`, attrs.ErrSyntax, 5},
		{"no value", `{"a":}`, attrs.ErrSyntax, 5},
		{"a bare name", `{a:1}`, attrs.ErrSyntax, 1},
		{"single quotes", `{'a':1}`, attrs.ErrSyntax, 1},
		{"a comment", `{/*x*/}`, attrs.ErrSyntax, 1},
		{"a leading zero", `{"a":01}`, attrs.ErrSyntax, 6},
		{"a plus", `{"a":+1}`, attrs.ErrSyntax, 5},
		{"no digit before the point", `{"a":.5}`, attrs.ErrSyntax, 5},
		{"no digit behind the point", `{"a":1.}`, attrs.ErrSyntax, 7},
		{"no exponent", `{"a":1e}`, attrs.ErrSyntax, 7},
		{"a lone minus", `{"a":-}`, attrs.ErrSyntax, 6},
		{"NaN", `{"a":NaN}`, attrs.ErrSyntax, 5},
		{"an upper-case word", `{"a":True}`, attrs.ErrSyntax, 5},
		{"a longer word", `{"a":nulls}`, attrs.ErrSyntax, 9},
		{"a line break in a string", "{\"a\":\"x\ny\"}", attrs.ErrSyntax, 7},
		{"an unknown escape", `{"a":"\x"}`, attrs.ErrSyntax, 6},
		{"a short escape", `{"a":"\u12"}`, attrs.ErrSyntax, 6},
		{"a signed escape", `{"a":"\u+123"}`, attrs.ErrSyntax, 6},
		{"an open string", `{"a":"`, attrs.ErrSyntax, 6},
		{"an open string after an escape", `{"a":"\n`, attrs.ErrSyntax, 8},
		{"an escape at the end", `{"a":"\`, attrs.ErrSyntax, 6},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := attrs.Document{}.With(attrs.UserInfo, []byte(test.text))
			var at *attrs.DocumentError
			if !errors.Is(err, test.want) || !errors.As(err, &at) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if at.Source != attrs.UserInfo || at.Offset != test.offset || !strings.Contains(err.Error(), `source "userInfo"`) {
				t.Errorf("%v at %d of %q, want %d", err, at.Offset, at.Source, test.offset)
			}
			if json.Unmarshal([]byte(`{"userInfo":`+test.text+`}`), new(attrs.Document)) == nil {
				t.Error("the same text passes inside a document")
			}
		})
	}
}

func TestLimitsThatAreJustKept(t *testing.T) {
	with(t, attrs.UserInfo, `{"a":`+strings.Repeat("[", 63)+strings.Repeat("]", 63)+`}`)
	with(t, attrs.UserInfo, `{"a":"`+strings.Repeat("x", attrs.MaxSourceBytes-8)+`"}`)
}

func TestErrorsTellNoValue(t *testing.T) {
	long := strings.Repeat("é", 100)
	_, err := attrs.Document{}.With(attrs.UserInfo, []byte(`{"x":"canary","`+long+`":"canary","`+long+`":"canary"}`))
	var at *attrs.DocumentError
	if !errors.As(err, &at) || at.Member != strings.Repeat("é", 32) || strings.Contains(err.Error(), "canary") {
		t.Errorf("error %v", err)
	}
}

func TestSourceNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"idTokenClaims": true, "x": true, "a_b-1": true, strings.Repeat("a", 64): true,
		"": false, "1a": false, "a.b": false, `a"b`: false, "é": false, strings.Repeat("a", 65): false,
	} {
		if _, err := (attrs.Document{}).With(name, []byte(`{}`)); (err == nil) != ok || !ok && !errors.Is(err, attrs.ErrSourceName) {
			t.Errorf("%q: %v", name, err)
		}
	}
	doc := attrs.Document{}
	var err error
	for n := range attrs.MaxSources + 1 {
		if doc, err = doc.With("s"+string(rune('a'+n)), []byte(`{}`)); n < attrs.MaxSources && err != nil {
			t.Fatal(err)
		}
	}
	if !errors.Is(err, attrs.ErrTooManySources) {
		t.Errorf("17 sources: %v", err)
	}
}

func TestUnmarshalRefusals(t *testing.T) {
	many := `{"a":{}`
	for n := range attrs.MaxSources {
		many += `,"a` + string(rune('a'+n)) + `":{}`
	}
	for text, want := range map[string]error{
		`null`:                     attrs.ErrNotObject,
		`[]`:                       attrs.ErrNotObject,
		`{"a":[]}`:                 attrs.ErrNotObject,
		`{"a":null}`:               attrs.ErrNotObject,
		`{"a":{},"a":{}}`:          attrs.ErrDuplicateMember,
		`{"a":{},"\u0061":{}}`:     attrs.ErrDuplicateMember,
		`{"a b":{}}`:               attrs.ErrSourceName,
		`{"a":{"x":1,"x":1}}`:      attrs.ErrDuplicateMember,
		`{"a":{}} x`:               attrs.ErrTrailingData,
		`{"a":{},}`:                attrs.ErrSyntax,
		"{\"a\":{\"b\":\"\xff\"}}": attrs.ErrInvalidUTF8,
		many + `}`:                 attrs.ErrTooManySources,
		`{"a":{` + strings.Repeat(" ", attrs.MaxSourceBytes) + `}}`: attrs.ErrTooLarge,
	} {
		doc := with(t, attrs.UserInfo, `{"kept":true}`)
		err := doc.UnmarshalJSON([]byte(text))
		if !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", text, err, want)
		}
		if _, ok := doc.Object(attrs.UserInfo); !ok {
			t.Errorf("%.40s: a failed read changed the document", text)
		}
	}
}
