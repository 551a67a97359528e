package attrs_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/doorward/doorward/host/attrs"
)

func TestPathErrorsPointAndAdvise(t *testing.T) {
	for _, test := range []struct {
		text   string
		column int
		advice string
	}{
		{"", 1, "write the name of a member"},
		{"a..b", 3, `["a..b"]`},
		{".a", 1, "write one dot"},
		{"a.", 3, "write one dot"},
		{"$.email", 1, "leave $. out"},
		{"my name", 3, `["my name"]`},
		{"größe", 3, `["my name"]`},
		{"a.*", 3, "no wildcards"},
		{"a[*]", 2, `write [0], or ["name"]`},
		{"a[-1]", 2, `write [0], or ["name"]`},
		{"a['b']", 2, `write [0], or ["name"]`},
		{"a[01]", 3, "without leading zeros"},
		{"a[1000000]", 3, "0 to 999999"},
		{"[0]", 1, "begin with the name of a member"},
		{`["é"][x]`, 6, `write [0]`},
		{`["é`, 4, `["name"]`},
		{`["a"`, 1, "write ]"},
		{`["a"]b`, 6, `["a"].b`},
		{`a.["b"]`, 2, "leave the dot out"},
		{`["a"].`, 7, "write a name after the dot"},
		{"https://example.com/roles[0]", 6, `["https://example.com/roles"][0]`},
		{"a]", 2, "leave ] out"},
		{"\xff", 1, "UTF-8"},
		{"[\"\xff\"]", 2, "UTF-8"},
	} {
		_, err := attrs.ParsePath(test.text)
		var at *attrs.ReferenceError
		if !errors.As(err, &at) || !errors.Is(err, attrs.ErrPath) {
			t.Errorf("%q: error %v", test.text, err)
			continue
		}
		if at.Column != test.column || !strings.Contains(at.Hint+" "+at.Problem, test.advice) {
			t.Errorf("%q: %v, want column %d and %q", test.text, err, test.column, test.advice)
		}
	}
}

func TestCanonicalText(t *testing.T) {
	for text, want := range map[string]string{
		"a":                   "a",
		"a.b":                 "a.b",
		`["a"]`:               "a",
		`["a"].b`:             `["a"].b`, // a.b would also mean the member a.b
		`a["b"]`:              `["a"].b`,
		`["a"]["b"][0]`:       "a.b[0]",
		`["a.b"]`:             `["a.b"]`,
		`a/b`:                 "a/b",
		`["a/b"]`:             "a/b",
		`["a/b"][0]`:          `["a/b"][0]`,
		`["\u0041\u00e9\/<"]`: `["Aé/<"]`,
		`[""]`:                `[""]`,
		`a[""].b`:             `a[""].b`,
	} {
		path, err := attrs.ParsePath(text)
		if err != nil || path.String() != want {
			t.Errorf("%s is written %s, %v, want %s", text, path, err, want)
		}
	}
	for text, want := range map[string]string{
		`{idp-attributes:amr}`:                    `{attribute-source:idTokenClaims:amr}`,
		`{multi-attribute-source:userInfo:["a"]}`: `{multi-attribute-source:userInfo:a}`,
	} {
		ref, err := attrs.ParseReference(text)
		if err != nil || ref.String() != want {
			t.Errorf("%s is written %s, %v, want %s", text, ref, err, want)
		}
	}
	if !(attrs.Path{}).IsZero() || (attrs.Path{}).String() != "" {
		t.Error("the zero path is a path")
	}
}

func TestUnknownSourcesAreAdvised(t *testing.T) {
	for text, want := range map[string]string{
		"{attribute-source:userinfo:email}":        "write userInfo",
		"{attribute-source:id_token_claims:email}": "write idTokenClaims",
		"{attribute-source:claims:email}":          "write one of idTokenClaims, tokenEndpointResponse, userInfo, authnResponse, claimSources",
	} {
		_, err := attrs.ParseReference(text)
		var at *attrs.ReferenceError
		if !errors.As(err, &at) || at.Hint != want || at.Column != 19 {
			t.Errorf("%s: %v, want %q at column 19", text, err, want)
		}
	}
}

// randomPath is a text that often is a path.
func randomPath(r *rand.Rand) string {
	parts := []string{"a", "b-c", ".", ".", "[0]", "[12]", `["x y"]`, `["a.b"]`, `[""]`, "/", ":", "https://x", "0", `["é\"\\"]`, "]", " ", "$"}
	var out string
	for range 1 + r.IntN(6) {
		out += parts[r.IntN(len(parts))]
	}
	return out
}

func TestWrittenPathsReadTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	parsed := 0
	for range 20000 {
		text := randomPath(r)
		path, err := attrs.ParsePath(text)
		if err != nil {
			continue
		}
		parsed++
		again, err := attrs.ParsePath(path.String())
		if err != nil || !reflect.DeepEqual(again, path) {
			t.Fatalf("%q is written %q, which reads %#v, %v, want %#v", text, path, again, err, path)
		}
	}
	if parsed < 2000 {
		t.Fatalf("only %d of the texts were paths", parsed)
	}
}

func TestLookupNeverPanics(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var doc attrs.Document
	hits := 0
	for n := range 60000 {
		if n%20 == 0 {
			doc = randomDocument(t, r)
		}
		path, err := attrs.ParsePath(randomPath(r))
		if err != nil {
			continue
		}
		ref := attrs.Reference{Multi: r.IntN(2) == 0, Source: attrs.UserInfo, Path: path}
		value, found, err := doc.Lookup(ref)
		if err != nil && !errors.Is(err, attrs.ErrAmbiguous) {
			t.Fatal(err)
		}
		if _, list := value.([]any); ref.Multi && err == nil && !list {
			t.Fatalf("a multi reference gave %#v", value)
		}
		if !found && !ref.Multi && value != nil {
			t.Fatalf("%v came from nowhere", value)
		}
		if found {
			hits++
		}
	}
	if hits < 100 {
		t.Fatalf("only %d paths led anywhere", hits)
	}
	if _, found, err := (attrs.Document{}).Lookup(attrs.Reference{}); found || err != nil {
		t.Error("the zero reference found something")
	}
}

func TestFindReferences(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{`lower({idp-attributes:a})`, []string{`{idp-attributes:a}`}},
		{`{attribute-source:userInfo:a} + {multi-attribute-source:userInfo:["}"][0]}`,
			[]string{`{attribute-source:userInfo:a}`, `{multi-attribute-source:userInfo:["}"][0]}`}},
		{`"{idp-attributes:a}"`, nil},
		{`'{idp-attributes:a}'`, nil},
		{`"\"{idp-attributes:a}"`, nil},
		{`"""x" {idp-attributes:a} ""y"""`, nil},
		{"'''\n'{idp-attributes:a}\n'''", nil},
		{`"\\"{idp-attributes:a}`, []string{`{idp-attributes:a}`}},
		{`r"\"{idp-attributes:a}`, []string{`{idp-attributes:a}`}},
		{`R'\'{idp-attributes:a}`, []string{`{idp-attributes:a}`}},
		{`b"\"{idp-attributes:a}"`, nil},
		{`bR"\"{idp-attributes:a}`, []string{`{idp-attributes:a}`}},
		{`r'''\'''{idp-attributes:a}`, []string{`{idp-attributes:a}`}},
		{`br"{idp-attributes:a}"`, nil},
		{`x."{idp-attributes:a}"`, nil},
		{"// {idp-attributes:a}\n{idp-attributes:b}", []string{`{idp-attributes:b}`}},
		{"`{idp-attributes:a}`", nil},
		{`{"a": 1, b: {c: 2}}`, nil},
		{`{idp-attributes:https://x.example//y}`, []string{`{idp-attributes:https://x.example//y}`}},
		{`"" + {idp-attributes:a}`, []string{`{idp-attributes:a}`}},
		{`"open {idp-attributes:a}`, nil},
		{"\"open\n{idp-attributes:b}", []string{`{idp-attributes:b}`}},
		{`"""open {idp-attributes:a}`, nil},
	} {
		found, err := attrs.FindReferences(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		var got []string
		for _, f := range found {
			got = append(got, test.text[f.Start:f.End])
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s has %q, want %q", test.text, got, test.want)
		}
	}
	for text, column := range map[string]int{
		`"é" + {attribute-source:userInfo:a b}`: 35,
		`{ idp-attributes:a}`:                   1,
		"x +\n{IDP_Attributes:a}":               5,
		`{idp-attributes:}`:                     17,
		`{attribute_sources:userInfo:a}`:        0, // a map of CEL
	} {
		_, err := attrs.FindReferences(text)
		var at *attrs.ReferenceError
		if errors.As(err, &at) != (column > 0) || at != nil && at.Column != column {
			t.Errorf("%s: %v, want column %d", text, err, column)
		}
	}
}
