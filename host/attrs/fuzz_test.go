package attrs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/doorward/doorward/host/attrs"
)

// FuzzWith compares the parser with encoding/json: what we accept it accepts,
// with the same value, and what only we refuse has one of our own reasons.
func FuzzWith(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":[1,-0.5e+3,"\u00e9\ud83d\ude00",null,true,{"b":{}}]}`, `{"a":1,"\u0061":2}`, ` {"a" : "x\/y"} `,
		`{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `[1]`, `{"a":01}`, `{"a":1}{}`, strings.Repeat(`{"a":`, 70),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := attrs.Document{}.With(attrs.UserInfo, text)
		theirs, theirErr := decodeWhole(text)
		if err == nil {
			if theirErr != nil {
				t.Fatalf("%q is accepted, encoding/json says %v", text, theirErr)
			}
			ours, _ := doc.Object(attrs.UserInfo)
			if !reflect.DeepEqual(any(ours), theirs) {
				t.Fatalf("%q is %v, encoding/json reads %v", text, ours, theirs)
			}
			return
		}
		var at *attrs.DocumentError
		if !errors.As(err, &at) || at.Offset < 0 || at.Offset > len(text) || at.Source != attrs.UserInfo {
			t.Fatalf("%q: error %#v", text, err)
		}
		_, isObject := theirs.(map[string]any)
		if errors.Is(err, attrs.ErrSyntax) && theirErr == nil {
			t.Fatalf("%q is called malformed at %d, encoding/json accepts it", text, at.Offset)
		}
		if errors.Is(err, attrs.ErrNotObject) && theirErr == nil && isObject {
			t.Fatalf("%q is an object", text)
		}
		if errors.Is(err, attrs.ErrInvalidUTF8) && utf8.Valid(text) {
			t.Fatalf("%q is valid UTF-8", text)
		}
	})
}

func decodeWhole(text []byte) (any, error) {
	if !json.Valid(text) {
		return nil, errors.New("not valid")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	err := decoder.Decode(&v)
	return v, err
}

func FuzzReference(f *testing.F) {
	for _, test := range readVectors(f).References {
		f.Add(test.Reference)
	}
	doc := readVectors(f).Documents["oidc"]
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := attrs.ParseReference(text)
		if err != nil {
			var at *attrs.ReferenceError
			if !errors.As(err, &at) || at.Offset < 0 || at.Offset > len(text) || at.Column < 1 || at.Hint == "" {
				t.Fatalf("%q: error %#v", text, err)
			}
			return
		}
		again, err := attrs.ParseReference(ref.String())
		if err != nil || !reflect.DeepEqual(again, ref) {
			t.Fatalf("%q is written %q, which reads %#v, %v", text, ref, again, err)
		}
		value, _, err := doc.Lookup(ref)
		if _, list := value.([]any); err == nil && ref.Multi && !list {
			t.Fatalf("%q gave %#v", text, value)
		}
		found, err := attrs.FindReferences(text)
		if err != nil || len(found) != 1 || found[0].Start != 0 || found[0].End != len(text) {
			t.Fatalf("%q alone in an expression: %v, %v", text, found, err)
		}
	})
}

func FuzzFindReferences(f *testing.F) {
	for _, seed := range []string{`lower({idp-attributes:a})`, `"""x" {idp-attributes:a} """ + r'\'`, "// x\n`{`{multi-attribute-source:userInfo:a}", `{ idp-attributes:`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := attrs.FindReferences(text)
		if err != nil {
			return
		}
		end := 0
		for _, one := range found {
			if one.Start < end || one.End > len(text) {
				t.Fatalf("%q: %v overlap", text, found)
			}
			end = one.End
			ref, err := attrs.ParseReference(text[one.Start:one.End])
			if err != nil || !reflect.DeepEqual(ref, one.Reference) {
				t.Fatalf("%q: %v, %v", text, ref, err)
			}
		}
	})
}
