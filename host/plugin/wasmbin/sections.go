// The sections of a module.

package wasmbin

import (
	"bytes"
	"errors"
	"unicode/utf8"
)

// Section ids of the core specification.
const (
	idCustom = iota
	idType
	idImport
	idFunction
	idTable
	idMemory
	idGlobal
	idExport
	idStart
	idElement
	idCode
	idData
	idDataCount
	idTag
)

var header = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

var errHeader = errors.New("it does not begin with \\0asm")
var errVersion = errors.New("it has another version or is a component; build a core module")

// Section is one section. Payload is a part of the module's bytes; that of a
// custom section begins after its name.
type Section struct {
	ID      byte
	Name    string // of a custom section
	Payload []byte

	start, body, end int // where it, its content and what follows begin
}

// Size is the section's size in the module, in bytes, its head included.
func (s Section) Size() int { return s.end - s.start }

// Kind is what the section holds, in one or two words.
func (s Section) Kind() string {
	names := [...]string{"custom", "type", "import", "function", "table", "memory", "global",
		"export", "start", "element", "code", "data", "data count", "tag"}
	if int(s.ID) < len(names) {
		return names[s.ID]
	}
	return "unknown"
}

// Sections lists the sections of module in their order, at most 4096 of them.
//
// It fails with a SyntaxError when the bytes are not a sequence of sections.
func Sections(module []byte) ([]Section, error) {
	switch {
	case len(module) > maxModule:
		return nil, &SyntaxError{Err: tooLarge("the module's size in bytes", maxModule)}
	case len(module) < 4 || !bytes.Equal(module[:4], header[:4]):
		return nil, &SyntaxError{Err: errHeader}
	case !bytes.HasPrefix(module, header):
		return nil, &SyntaxError{Offset: 4, Err: errVersion}
	}
	var sections []Section
	r := reader{b: module, at: len(header)}
	for r.at < len(module) {
		if len(sections) == maxSections {
			r.fail(tooLarge("the number of sections", maxSections))
		}
		section := r.section()
		if r.err != nil {
			return nil, r.err
		}
		sections = append(sections, section)
	}
	return sections, nil
}

func (r *reader) section() Section {
	s := Section{start: r.at}
	s.ID = r.byte()
	size := r.u32()
	s.body = r.at
	s.Payload = r.take(size)
	s.end = r.at
	if s.ID != idCustom || r.err != nil {
		return s
	}
	inner := reader{b: r.b[:s.end], at: s.body}
	s.Name = inner.name()
	r.err = inner.err
	s.Payload = r.b[inner.at:s.end]
	return s
}

// Custom returns the payload of the first custom section called name, and
// whether there is one.
func Custom(module []byte, name string) ([]byte, bool, error) {
	sections, err := Sections(module)
	if err != nil {
		return nil, false, err
	}
	for _, s := range sections {
		if s.ID == idCustom && s.Name == name {
			return s.Payload, true, nil
		}
	}
	return nil, false, nil
}

// WithCustom returns a copy of module in which the custom section called name
// has the payload. It stands at the end; sections of that name which were
// there before are left out.
func WithCustom(module []byte, name string, payload []byte) ([]byte, error) {
	sections, err := Sections(module)
	if err != nil {
		return nil, err
	}
	if name == "" || !utf8.ValidString(name) {
		return nil, errors.New("a custom section needs a name of valid UTF-8")
	}
	out := append(make([]byte, 0, len(module)+len(name)+len(payload)+16), header...)
	for _, s := range sections {
		if s.ID != idCustom || s.Name != name {
			out = append(out, module[s.start:s.end]...)
		}
	}
	return appendSection(out, idCustom, append(appendName(nil, name), payload...)), nil
}
