// Decoding: the order of the sections, and what must agree between them.

package wasmbin

import (
	"errors"
	"fmt"
)

// Decode reads a module: its structure and its instructions, but no types of
// operands and no index (Validate does that).
//
// It fails with a SyntaxError, which wraps ErrNotModule, and ErrUnsupported or
// ErrBound besides where that is the cause.
//
// See the WebAssembly Core Specification 2.0, section 5.
func Decode(module []byte) (*Module, error) {
	sections, err := Sections(module)
	if err != nil {
		return nil, err
	}
	m := &Module{raw: module, sections: sections}
	last := 0
	for _, s := range sections {
		if s.ID == idCustom {
			continue
		}
		if last, err = inOrder(s, last); err != nil {
			return nil, &SyntaxError{Offset: s.start, Err: err}
		}
		if err := m.decodeSection(s); err != nil {
			return nil, err
		}
	}
	if err := m.agree(); err != nil {
		return nil, &SyntaxError{Offset: len(module), Err: err}
	}
	return m, nil
}

// inOrder checks that a section may follow the one before it, and gives its
// place in the order. The data count stands between elements and code.
func inOrder(s Section, last int) (int, error) {
	place := int(s.ID) * 2
	switch {
	case s.ID == idTag:
		return 0, unsupported(tagSection)
	case s.ID > idTag:
		return 0, fmt.Errorf("malformed section id %d", s.ID)
	case s.ID == idDataCount:
		place = idElement*2 + 1
	}
	if place <= last {
		return 0, fmt.Errorf("the %s section stands twice or out of order", s.Kind())
	}
	return place, nil
}

func (m *Module) decodeSection(s Section) error {
	r := reader{b: m.raw[:s.end], at: s.body}
	m.decoders()[s.ID](&r)
	if r.err == nil && r.at != s.end {
		r.fail(fmt.Errorf("the %s section is longer than what it holds", s.Kind()))
	}
	return r.err
}

func (m *Module) decoders() [idTag]func(*reader) {
	return [idTag]func(*reader){
		idType:      m.decodeTypes,
		idImport:    m.decodeImports,
		idFunction:  m.decodeFunctions,
		idTable:     m.decodeTables,
		idMemory:    m.decodeMemories,
		idGlobal:    m.decodeGlobals,
		idExport:    m.decodeExports,
		idStart:     m.decodeStart,
		idElement:   m.decodeElements,
		idDataCount: m.decodeDataCount,
		idCode:      m.decodeCode,
		idData:      m.decodeData,
	}
}

func (m *Module) agree() error {
	if len(m.bodies) != len(m.funcs)-m.imported(Func) {
		return errors.New("function and code section have inconsistent lengths")
	}
	if m.counted && int(m.dataCount) != len(m.data) {
		return errors.New("data count and data section have inconsistent lengths")
	}
	return nil
}
