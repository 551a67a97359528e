// Parse: bytes from outside become one bounded tree, or nothing.

package samlsp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	validator "github.com/mattermost/xml-roundtrip-validator"
)

// limits bound one document.
type limits struct {
	bytes, elements, depth, attributes int // attributes of one element

	// Canonicalizing copies the declarations that are in scope for every element,
	// and moves everything behind a comment for every comment: without bounds, a
	// stranger's 256 KiB take seconds.
	namespaces, comments int
}

var (
	messageLimits  = limits{bytes: 256 << 10, elements: 8192, depth: 32, attributes: 64, namespaces: 64, comments: 256}
	noticeLimits   = limits{bytes: 64 << 10, elements: 1024, depth: 32, attributes: 64, namespaces: 64, comments: 64} // of sign-out: strangers send them
	metadataLimits = limits{bytes: 1 << 20, elements: 65536, depth: 32, attributes: 64, namespaces: 64, comments: 4096}
)

// parse reads one XML document in UTF-8 and returns its root. Document types,
// and with them entities and their expansion, processing instructions, a second
// root, an attribute that comes twice and whatever encoding/xml does not write
// back as it was read are refused before a tree is made.
func parse(raw []byte, l limits) (*etree.Element, error) {
	if len(raw) > l.bytes {
		return nil, fmt.Errorf("the document is longer than %d KiB", l.bytes>>10)
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")) // a byte order mark, as metadata files have it
	if !utf8.Valid(raw) {
		return nil, errors.New("the document is not UTF-8")
	}
	if err := scan(raw, l); err != nil {
		return nil, err
	}
	if err := validator.Validate(bytes.NewReader(raw)); err != nil {
		return nil, errors.New("the document does not survive being written again")
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(raw); err != nil || doc.Root() == nil {
		return nil, errors.New("the document is not well-formed")
	}
	root := doc.Root()
	doc.RemoveChild(root) // what stands beside it is nobody's business
	return root, nil
}

// scan looks at every token once, without keeping any.
func scan(raw []byte, l limits) error {
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	decoder.CharsetReader = func(string, io.Reader) (io.Reader, error) {
		return nil, errors.New("another encoding than UTF-8")
	}
	depth, elements, comments, roots := 0, 0, 0, 0
	var scopes []int // namespace declarations up to and with each open element
	for {
		at := decoder.InputOffset()
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.New("the document is not well-formed")
		}
		switch token := token.(type) {
		case xml.Directive:
			return errors.New("the document has a document type")
		case xml.ProcInst:
			if token.Target != "xml" || at != 0 {
				return errors.New("the document has a processing instruction")
			}
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
			elements++
			if err := bound(token, depth, elements, l); err != nil {
				return err
			}
			scopes = append(scopes[:depth-1], declarations(token)+last(scopes[:depth-1]))
			if last(scopes) > l.namespaces {
				return fmt.Errorf("the document has more than %d namespace declarations inside of each other", l.namespaces)
			}
		case xml.EndElement:
			if depth--; depth < 0 {
				return errors.New("the document is not well-formed")
			}
		case xml.Comment:
			if comments++; comments > l.comments {
				return fmt.Errorf("the document has more than %d comments", l.comments)
			}
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(token)) > 0 {
				return errors.New("the document has text outside its root")
			}
		}
	}
	if roots != 1 || depth != 0 {
		return errors.New("the document does not have one root")
	}
	return nil
}

func bound(e xml.StartElement, depth, elements int, l limits) error {
	switch {
	case depth > l.depth:
		return fmt.Errorf("the document is more than %d elements deep", l.depth)
	case elements > l.elements:
		return fmt.Errorf("the document has more than %d elements", l.elements)
	case len(e.Attr) > l.attributes:
		return fmt.Errorf("an element has more than %d attributes", l.attributes)
	}
	seen := make(map[xml.Name]bool, len(e.Attr))
	for _, a := range e.Attr {
		if seen[a.Name] {
			return errors.New("an attribute comes twice")
		}
		seen[a.Name] = true
		if a.Name.Space == "xmlns" && (a.Name.Local == "xml" || a.Name.Local == "xmlns") {
			return errors.New("a reserved prefix is declared")
		}
	}
	return nil
}

// declarations counts the namespaces that e declares.
func declarations(e xml.StartElement) (n int) {
	for _, a := range e.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			n++
		}
	}
	return n
}

func last(counts []int) int {
	if len(counts) == 0 {
		return 0
	}
	return counts[len(counts)-1]
}

// is reports whether e has that name.
func is(e *etree.Element, space, tag string) bool {
	return e.Tag == tag && e.NamespaceURI() == space
}

// children are e's own children of that name.
func children(e *etree.Element, space, tag string) (list []*etree.Element) {
	for _, child := range e.ChildElements() {
		if is(child, space, tag) {
			list = append(list, child)
		}
	}
	return list
}

// child is e's only child of that name: nil when there is none, an error when
// there are several.
func child(e *etree.Element, space, tag string) (*etree.Element, error) {
	list := children(e, space, tag)
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return nil, fmt.Errorf("there are %d %s elements in one %s", len(list), tag, e.Tag)
}

// required is child, and an error when there is none.
func required(e *etree.Element, space, tag string) (*etree.Element, error) {
	found, err := child(e, space, tag)
	if err == nil && found == nil {
		return nil, fmt.Errorf("the %s has no %s", e.Tag, tag)
	}
	return found, err
}

// walk calls f for e and every element below it.
func walk(e *etree.Element, f func(*etree.Element)) {
	f(e)
	for _, c := range e.ChildElements() {
		walk(c, f)
	}
}

// text is the whole text of an element that may hold nothing else. Comments do
// not end it: what comes after one belongs to it as much as what came before.
func text(e *etree.Element) (string, error) {
	var out strings.Builder
	for _, token := range e.Child {
		switch token := token.(type) {
		case *etree.CharData:
			out.WriteString(token.Data)
		case *etree.Comment:
		default:
			return "", fmt.Errorf("the %s holds more than text", e.Tag)
		}
	}
	return out.String(), nil
}

// attribute is the value of an attribute without a prefix, and whether there is
// one.
func attribute(e *etree.Element, name string) (string, bool) {
	for _, a := range e.Attr {
		if a.Space == "" && a.Key == name {
			return a.Value, true
		}
	}
	return "", false
}

func value(e *etree.Element, name string) string {
	v, _ := attribute(e, name)
	return v
}
