package yamltree

import (
	"errors"
	"strings"
	"testing"
)

func str(text string) *Node { return &Node{Kind: String, Text: text} }

func list(texts ...string) *Node {
	n := &Node{Kind: Sequence}
	for _, t := range texts {
		n.Items = append(n.Items, str(t))
	}
	return n
}

// A key is changed, and every other byte stays.
func TestSetChangesOneKey(t *testing.T) {
	for _, c := range []struct {
		name, text, path string
		value            *Node
		want             string
	}{
		{"a text", "a: 1\nb: x  # why\nc: 3\n", "b", str("v"), "a: 1\nb: v  # why\nc: 3\n"},
		{"a text in quotes", "b: 'it''s'   # why\n", "b", str("y z"), "b: 'y z'   # why\n"},
		{"double quotes", `b: "a\"b" # why` + "\n", "b", str("v"), "b: v # why\n"},
		{"a hash inside", "b: 'a # b' # why\n", "b", str("y#z"), "b: 'y#z' # why\n"},
		{"without a line end", "b: x", "b", str("v"), "b: v"},
		{"windows", "a: 1\r\nb: x # why\r\n\r\nc: 3\r\n", "b", str("v"), "a: 1\r\nb: v # why\r\n\r\nc: 3\r\n"},
		{"a quoted key", "'b': x\n", "b", str("v"), "'b': v\n"},
		{"deep", "p:\n  # first\n  corp:\n    x: 1 # one\n\n    v: 2\n  # second\n  other: {}\n", "p/corp/x", str("z"), "p:\n  # first\n  corp:\n    x: z # one\n\n    v: 2\n  # second\n  other: {}\n"},
		{"a list", "b:\n  - x\n  # inside\n  - y\n# behind\nc: 1\n", "b", list("z"), "b: [z]\n# behind\nc: 1\n"},
		{"a list at the key's depth", "b:\n- x\n- y\nc: 1\n", "b", list("z"), "b: [z]\nc: 1\n"},
		{"a literal", "b: |\n  x\n  # y\n\n  z\nc: 1\n", "b", str("w"), "b: w\nc: 1\n"},
		{"several lines", "b: x\n  y\nc: 1\n", "b", str("w"), "b: w\nc: 1\n"},
		{"nothing", "b:\nc: 1\n", "b", str("w"), "b: w\nc: 1\n"},

		{"a new key", "p:\n  corp:\n    x: 1\n\n  # next\n  other: {}\n", "p/corp/v", list("a", "b c"), "p:\n  corp:\n    x: 1\n    v: [a, 'b c']\n\n  # next\n  other: {}\n"},
		{"a new key at the end", "p:\n  corp:\n    x: 1", "p/corp/v", str("z"), "p:\n  corp:\n    x: 1\n    v: z\n"},
		{"a new section", "p:\n  corp:\n    x: 1 # one\nq: 1\n", "p/corp/e/token", str("https://x/t"), "p:\n  corp:\n    x: 1 # one\n    e:\n      token: https://x/t\nq: 1\n"},
		{"a new top", "a: 1\n# end", "p/corp/x", str("1"), "a: 1\np:\n  corp:\n    x: '1'\n# end"},
		{"an empty section", "p: {} # none\nq: 1\n", "p/corp/x", str("v"), "p:\n  corp:\n    x: v\nq: 1\n"},
		{"a section in braces", "p:\n  corp: {x: 1, v: [a, b]}\n  # next\n  other: 2\n", "p/corp/z", str("w"), "p:\n  corp:\n    x: 1\n    v: [a, b]\n    z: w\n  # next\n  other: 2\n"},
		{"everything in braces", "p: {corp: {x: 1}}\nq: 1\n", "p/corp/x", str("w"), "p:\n  corp:\n    x: w\nq: 1\n"},
		{"a list of sections", "p:\n  corp: {m: [{d: {a: b, c: 'x y'}}, {e: f}]}\n", "p/corp/z", str("w"), "p:\n  corp:\n    m:\n      - d:\n          a: b\n          c: 'x y'\n      - e: f\n    z: w\n"},
		{"an odd key", "p: {}\n", "p/https:~~x/v", str("w"), "p:\n  https://x:\n    v: w\n"},

		{"gone", "a: 1\nb:\n  - x\n# about c\nc: 3\n", "b", nil, "a: 1\n# about c\nc: 3\n"},
		{"the last one gone", "a:\n  b: 1\nc: 3\n", "a/b", nil, "a: {}\nc: 3\n"},
		{"gone already", "a: 1\n", "b/c", nil, "a: 1\n"},
	} {
		path := strings.Split(c.path, "/")
		for i := range path {
			path[i] = strings.ReplaceAll(path[i], "~", "/")
		}
		got, err := Set([]byte(c.text), path, c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.name, err, got, c.want)
		}
	}
}

func TestSetRefusesWhatItCannotChange(t *testing.T) {
	for _, text := range []string{"", "{a: 1}\n", `{"a": 1}`, "a: 1\r\nb: 2\n", "a: 1\rb: 2\r", "a: &x 1\n", "- a\n", "a: [1\n"} {
		if got, err := Set([]byte(text), []string{"a"}, str("x")); !errors.Is(err, ErrStyle) {
			t.Errorf("%q became %q: %v", text, got, err)
		}
	}
}

// Whatever a text is, it is read again as it was.
func TestTextsSurviveBeingWritten(t *testing.T) {
	for _, text := range []string{
		"x", "true", "No", "on", "~", "null", "1", "1.5", "0x1f", "-1", "1e3", ".inf", "...", "---", "", " ", "a b", " a", "a ", "a: b", "a #b", "#a", "a:", ":a", "-", "- a", "?", "? a", "|", ">", "&a", "*a", "!a", "%a", "@a", "`a",
		"{a}", "[a]", "a,b", "it's", `"q"`, `\`, "a\nb", "a\n", "\ta", "é", "😀", "\u2028", "\u00a0", "https://x.example/a?b=c&d=e#f", "a{attribute-source:idTokenClaims:x}", "<<", "=", "12:30", "2026-01-02", "lower(\"a\") + 'b'",
		"\x1b", "$select=id&$top=999", "/run/secrets/x", "./x", ".hidden",
	} {
		out, err := Set([]byte("a: 1\n"), []string{"b"}, str(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		root, _ := Parse(out)
		if got := root.Get("b"); got.Kind != String || got.Text != text {
			t.Errorf("%q was written as %q", text, out)
		}
	}
}

func TestFromJSON(t *testing.T) {
	n, err := FromJSON([]byte(`{"a":"é\n\"","b":[1,2.50,1e3,123456789012345678901234567890,true,null],"c":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	out, err := Set([]byte("x: 1\n"), []string{"v"}, n)
	if err != nil {
		t.Fatal(err)
	}
	if want := "x: 1\nv:\n  a: \"é\\n\\\"\"\n  b: [1, 2.50, 1e3, 123456789012345678901234567890, true, null]\n  c: {}\n"; string(out) != want {
		t.Errorf("got %q", out)
	}
	for _, bad := range []string{"", "{", `{"a":1,"a":2}`, "1 2", "[1,]", "{1:2}", strings.Repeat("[", 40) + strings.Repeat("]", 40), "nul"} {
		if n, err := FromJSON([]byte(bad)); err == nil {
			t.Errorf("%q became %v", bad, n)
		}
	}
}

// FuzzSet: what is changed reads as before with that one change, and comments
// that stand apart stay.
func FuzzSet(f *testing.F) {
	for _, text := range []string{"a: 1\nb: {c: 2} # x\n", "p:\n  a:\n  - x\n  b: |\n   y\n", "p: 'x'\n# end", "a: \"b\\n\" # c\n", "a:\n\n  b: 1\n"} {
		f.Add(text, "p/a", "x")
	}
	f.Fuzz(func(t *testing.T, text, path, value string) {
		before, faults := Parse([]byte(strings.ReplaceAll(text, "\r\n", "\n")))
		out, err := Set([]byte(text), strings.Split(path, "/"), str(value))
		if err != nil {
			return
		}
		if before == nil || len(faults) > 0 {
			t.Fatal("what is not read was changed")
		}
		after, faults := Parse(out)
		if len(faults) > 0 || !Same(after, with(before, strings.Split(path, "/"), str(value))) {
			t.Fatalf("%q became %q", text, out)
		}
	})
}
