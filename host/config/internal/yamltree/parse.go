// Text to tree: the YAML library reads, this file keeps the strict subset.

package yamltree

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// MaxBytes bounds a file.
	MaxBytes = 1 << 20
	// MaxDepth bounds how deep mappings and lists are nested.
	MaxDepth = 32
	maxNodes = 100_000
)

// Parse reads text as one mapping. With faults, the Node holds what could be
// read, and is nil when nothing could. It is safe for concurrent use.
func Parse(text []byte) (root *Node, faults []Fault) {
	if fault := unreadable(text); fault != nil {
		return nil, []Fault{*fault}
	}
	source := string(text)
	// The library is not ours: whatever it stumbles over is a fault of the file.
	defer func() {
		if recover() != nil {
			root, faults = nil, []Fault{{1, 1, "this is not YAML that can be read; simplify the file"}}
		}
	}()
	b := &builder{lines: splitLines(source)}
	body := b.body(source)
	if body == nil {
		return nil, b.faults
	}
	root = b.node(body, 0)
	if root != nil && root.Kind != Mapping {
		b.fault(root.Line, root.Column, "the file is %s; write keys and values, such as public_url: https://login.example.com", root.Kind)
		root = nil
	}
	return root, b.faults
}

// unreadable finds what no YAML file may hold.
func unreadable(text []byte) *Fault {
	if len(text) > MaxBytes {
		return &Fault{1, 1, fmt.Sprintf("the file is larger than %d KiB; make it smaller", MaxBytes>>10)}
	}
	line, column := 1, 1
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			return &Fault{line, column, "the file is not UTF-8; save it as UTF-8"}
		case r == '\ufeff':
			return &Fault{line, column, "there is a byte order mark here; save the file as UTF-8 without one"}
		case r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029:
			return &Fault{line, column, "there is a control character here; remove it"}
		}
		column++
		if r == '\n' || r == '\r' && !(len(rest) > 1 && rest[1] == '\n') {
			line, column = line+1, 1
		}
		rest = rest[size:]
	}
	return nil
}

type builder struct {
	lines  []string
	faults []Fault
	nodes  int
}

func (b *builder) fault(line, column int, format string, args ...any) {
	line, column = b.inside(line, column)
	b.faults = append(b.faults, Fault{line, column, fmt.Sprintf(format, args...)})
}

// inside moves a place that the library reported beyond the text into it.
func (b *builder) inside(line, column int) (int, int) {
	line = min(max(line, 1), len(b.lines))
	return line, min(max(column, 1), utf8.RuneCountInString(b.lines[line-1])+1)
}

// body is the one document of the file, or nil with a fault.
func (b *builder) body(source string) ast.Node {
	tokens := lexer.Tokenize(source)
	if t := tooDeep(tokens); t != nil {
		b.fault(t.Position.Line, t.Position.Column, "the nesting is deeper than %d; make it flatter", MaxDepth)
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		b.syntax(err)
		return nil
	}
	if len(file.Docs) == 0 || len(file.Docs) == 1 && file.Docs[0].Body == nil {
		b.fault(1, 1, "the file is empty; write keys and values, such as public_url: https://login.example.com")
		return nil
	}
	if d, ok := file.Docs[0].Body.(*ast.DirectiveNode); ok {
		b.faultAt(d, "directives are not read; remove this line")
		return nil
	}
	if len(file.Docs) > 1 {
		if second := file.Docs[1].Body; second != nil {
			b.faultAt(second, "a second document begins before this line; keep one document in the file")
		} else {
			b.fault(len(b.lines), 1, "a second document begins before this line; keep one document in the file")
		}
		return nil
	}
	return file.Docs[0].Body
}

// tooDeep is the first token that opens a level beyond MaxDepth. It stands
// before the parser because that one recurses.
func tooDeep(tokens token.Tokens) *token.Token {
	flow, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			entries, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			entries++
		}
		opens := t.Type == token.MappingValueType || t.Type == token.SequenceEntryType
		if flow+entries > MaxDepth || flow == 0 && opens && t.Position.Column > 16*MaxDepth {
			return t
		}
	}
	return nil
}

// sentences say what to write instead for the library's commoner complaints.
// Its own texts may quote the file, so they are never passed on.
var sentences = []struct{ part, sentence string }{
	{"'\t' that cannot start", "there is a tab here; indent with spaces"},
	{"tab", "there is a tab here; indent with spaces"},
	{"end character of single-quoted", "this text has no closing quote; add a '"},
	{"end character of double-quoted", "this text has no closing quote; add a \""},
	{"escape character", "this escape is not known; write \\\\ for a backslash, or use single quotes"},
	{"reserved character", "a text cannot begin with this character; put it in quotes"},
	{"',' or ']'", "this list is not closed; add a , or ]"},
	{"',' or '}'", "this mapping is not closed; add a , or }"},
	{"mapping value is not allowed", "a key cannot stand here; check the indentation, or put a text that holds \": \" in quotes"},
	{"non-map value", "this is no key with a value; write key: value, with a space after the colon"},
	{"unexpected key name", "this is no key with a value; write key: value, with a space after the colon"},
	{"value is not allowed in this context", "this does not line up with what is above it; check the indentation"},
	{"alias", "aliases are not read; write the value out"},
	{"anchor", "anchors are not read; write the value out"},
}

func (b *builder) syntax(err error) {
	line, column, complaint := 1, 1, ""
	var y yaml.Error
	if errors.As(err, &y) {
		complaint = y.GetMessage()
		if t := y.GetToken(); t != nil && t.Position != nil {
			line, column = t.Position.Line, t.Position.Column
		}
	}
	for _, s := range sentences {
		if strings.Contains(complaint, s.part) {
			b.fault(line, column, "%s", s.sentence)
			return
		}
	}
	b.fault(line, column, "this is not YAML that can be read; check the indentation and the quotes")
}

func (b *builder) faultAt(n ast.Node, format string, args ...any) {
	line, column := 1, 1
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // the library gives the place of the first colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		line, column = t.Position.Line, t.Position.Column
	}
	b.fault(line, column, format, args...)
}
