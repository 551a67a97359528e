package yamltree

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// written is n on one line: kinds, texts and places.
func written(n *Node) string {
	switch n.Kind {
	case Mapping:
		var parts []string
		for _, p := range n.Pairs {
			parts = append(parts, written(p.Key)+"="+written(p.Value))
		}
		return fmt.Sprintf("{%s}@%d:%d", strings.Join(parts, " "), n.Line, n.Column)
	case Sequence:
		var parts []string
		for _, i := range n.Items {
			parts = append(parts, written(i))
		}
		return fmt.Sprintf("[%s]@%d:%d", strings.Join(parts, " "), n.Line, n.Column)
	}
	return fmt.Sprintf("%d%q@%d:%d", n.Kind, n.Text, n.Line, n.Column)
}

func TestEveryValueKeepsItsPlace(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"a: b\n", `{4"a"@1:1=4"b"@1:4}@1:1`},
		{"é: 'é x' # c\nb: \"q\\u00e9\"\n", `{4"é"@1:1=4"é x"@1:4 4"b"@2:1=4"qé"@2:4}@1:1`},
		{"a:\r\n  - 1\r\n  - x\r\n", `{4"a"@1:1=[2"1"@2:5 4"x"@3:5]@2:3}@1:1`},
		{"a: {x: 1, y: [t, true, ~]}\n", `{4"a"@1:1={4"x"@1:5=2"1"@1:8 4"y"@1:11=[4"t"@1:15 1"true"@1:18 0""@1:24]@1:14}@1:4}@1:1`},
		{"a: |\n  one\n  two\nb: >-\n  x\n  y\n", `{4"a"@1:1=4"one\ntwo\n"@1:4 4"b"@4:1=4"x y"@4:4}@1:1`},
		{"a:\nb: 1.5\n", `{4"a"@1:1=0""@1:3 4"b"@2:1=3"1.5"@2:4}@1:1`},
		{"a: [{k: v}, [w]]\n", `{4"a"@1:1=[{4"k"@1:6=4"v"@1:9}@1:5 [4"w"@1:14]@1:13]@1:4}@1:1`},
		{"l:\n  - k: v\n    m: n\n", `{4"l"@1:1=[{4"k"@2:5=4"v"@2:8 4"m"@3:5=4"n"@3:8}@2:5]@2:3}@1:1`},
		{"{\"a\":1,\"b\":\"c\"}", `{4"a"@1:2=2"1"@1:6 4"b"@1:8=4"c"@1:12}@1:1`},
		// A colon without a space belongs to the text, also inside braces.
		{"a: {l: [http://h:80/x, y], u: http://h:80}\n", `{4"a"@1:1={4"l"@1:5=[4"http://h:80/x"@1:9 4"y"@1:24]@1:8 4"u"@1:28=4"http://h:80"@1:31}@1:4}@1:1`},
		{"a: [h:80, {b: [c:d]}]\n", `{4"a"@1:1=[4"h:80"@1:5 {4"b"@1:12=[4"c:d"@1:16]@1:15}@1:11]@1:4}@1:1`},
		{"a: {l: [k: v]}\n", `{4"a"@1:1={4"l"@1:5=[{4"k"@1:9=4"v"@1:12}@1:9]@1:8}@1:4}@1:1`},
	} {
		root, faults := Parse([]byte(c.text))
		if len(faults) > 0 {
			t.Errorf("%q: %v", c.text, faults)
			continue
		}
		if got := written(root); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestWhatIsOutsideTheSubsetIsAFault(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "1:1 the file is empty; write keys and values, such as public_url: https://login.example.com"},
		{"# only\n", "1:1 the file is empty; write keys and values, such as public_url: https://login.example.com"},
		{"- a\n", "1:1 the file is a list; write keys and values, such as public_url: https://login.example.com"},
		{"a: &x 1\nb: 2\n", "1:4 anchors, aliases and merge keys are not read; write the value out"},
		{"a: 1\nb: *x\n", "2:4 anchors, aliases and merge keys are not read; write the value out"},
		{"<<: {a: 1}\n", "1:1 anchors, aliases and merge keys are not read; write the value out"},
		{"a: !!binary aGk=\n", "1:4 tags are not read; write the value without one, in quotes when it is text"},
		{"%YAML 1.2\n---\na: 1\n", "1:1 directives are not read; remove this line"},
		{"a: 1\n---\nb: 2\n", "3:1 a second document begins before this line; keep one document in the file"},
		{"? a\n: b\n", "1:1 keys that begin with ? are not read; write key: value"},
		{"a:\n\t- b\n", "2:1 there is a tab here; indent with spaces"},
		{"a: 'x\n", "1:4 this text has no closing quote; add a '"},
		{"a: \"x\n", "1:4 this text has no closing quote; add a \""},
		{"a: \"\\q\"\n", "1:6 this escape is not known; write \\\\ for a backslash, or use single quotes"},
		{"a: @b\n", "1:4 a text cannot begin with this character; put it in quotes"},
		{"a: [1, 2\nb: 2\n", "2:1 this list is not closed; add a , or ]"},
		{"a: b: c\n", "1:4 a key cannot stand here; check the indentation, or put a text that holds \": \" in quotes"},
		{"a: 1\nb:c\n", "2:1 this is no key with a value; write key: value, with a space after the colon"},
		{"a: {b:c}\n", "1:7 there is no space after the colon; write key: value, or put the whole text in quotes"},
		{"a:\n  b: 1\n c: 2\n", "3:2 this does not line up with what is above it; check the indentation"},
		{"\ufeffa: 1\n", "1:1 there is a byte order mark here; save the file as UTF-8 without one"},
		{"a: x\xffy\n", "1:5 the file is not UTF-8; save it as UTF-8"},
		{"a: 1\nb: \x00\n", "2:4 there is a control character here; remove it"},
		{"a: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "1:36 the nesting is deeper than 32; make it flatter"},
		{"a:\n" + strings.Repeat("- ", 40) + "x\n", "2:65 the nesting is deeper than 32; make it flatter"},
		{"a: " + strings.Repeat("x", MaxBytes), "1:1 the file is larger than 1024 KiB; make it smaller"},
	} {
		_, faults := Parse([]byte(c.text))
		var got []string
		for _, f := range faults {
			got = append(got, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.Message))
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("%.60q:\n got %s\nwant %s", c.text, strings.Join(got, "\n"), c.want)
		}
	}
}

func TestDeepBlocksAreRefusedWithoutRecursion(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	if _, faults := Parse([]byte(b.String())); len(faults) == 0 {
		t.Error("a thousand levels were read")
	}
}

func TestPlaceFindsCharactersInsideValues(t *testing.T) {
	for _, c := range []struct {
		text         string
		character    int
		line, column int
	}{
		{"k: abcdef\n", 3, 1, 6},
		{"k: abcdef\n", 7, 1, 10}, // just behind it
		{"k: abcdef\n", 8, 1, 4},  // beyond: the value
		{"k: abcdef\n", 0, 1, 4},
		{"k: 'a''b'\n", 3, 1, 8},
		{"k: \"é\\u00e9x\"\n", 3, 1, 12},
		{"k: \"\\\"x\"\n", 2, 1, 7},
		{"k: |\n  one\n  two\n", 6, 3, 4},
		{"k: |\n\n   one\n", 2, 3, 4},
		{"k: >\n  one\n  two\n", 6, 1, 4},
		{"k: a\n  b\n", 3, 1, 4}, // folded
	} {
		root, faults := Parse([]byte(c.text))
		if len(faults) > 0 {
			t.Fatalf("%q: %v", c.text, faults)
		}
		line, column := root.Get("k").Place(c.character)
		if line != c.line || column != c.column {
			t.Errorf("%q character %d: got %d:%d, want %d:%d", c.text, c.character, line, column, c.line, c.column)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a: b\n", "a: |\n x\n", "a: {b: [c:d, 'e']}\n", "a: &x\n- *x", "? a", "a:\n\t", "%TAG", "---\n...\n", "a: \"\\x", "- - - [", "!!map {", "<<: ["} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, faults := Parse(text)
		if root == nil && len(faults) == 0 {
			t.Fatal("nothing was read and nothing is wrong")
		}
		lines := splitLines(string(text))
		inside := func(line, column int) {
			if line < 1 || line > len(lines) || column < 1 || column > utf8.RuneCountInString(lines[line-1])+1 {
				t.Fatalf("%d:%d is outside the text", line, column)
			}
		}
		for _, fault := range faults {
			inside(fault.Line, fault.Column)
		}
		if root != nil {
			walk(root, func(n *Node) {
				inside(n.Line, n.Column)
				inside(n.Place(utf8.RuneCountInString(n.Text)))
			})
		}
	})
}

func walk(n *Node, visit func(*Node)) {
	visit(n)
	for _, p := range n.Pairs {
		walk(p.Key, visit)
		walk(p.Value, visit)
	}
	for _, i := range n.Items {
		walk(i, visit)
	}
}
