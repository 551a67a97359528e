// The sections of a module.

package wasmbin

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Section ids of the core specification.
const (
	idCustom = 0
	idImport = 2
	idTable  = 4
)

const (
	maxSections = 4096
	maxNames    = 1 << 20 // entries of an import or table section
)

var header = []byte{0, 'a', 's', 'm', 1, 0, 0, 0}

// ErrNotModule is wrapped by every error about bytes that are no core Wasm
// module of version 1.
var ErrNotModule = errors.New("not a core Wasm module")

// Section is one section. Payload is a part of the module's bytes; that of a
// custom section begins after its name.
type Section struct {
	ID      byte
	Name    string // of a custom section
	Payload []byte

	start, end int // of the whole section in the module
}

// Sections lists the sections of module in their order, at most 4096 of them.
//
// It fails, wrapping ErrNotModule, when the bytes are not a sequence of
// sections.
func Sections(module []byte) ([]Section, error) {
	if !bytes.HasPrefix(module, header) {
		if bytes.HasPrefix(module, header[:4]) {
			return nil, fmt.Errorf("%w: it has another version or is a component; build a core module", ErrNotModule)
		}
		return nil, fmt.Errorf("%w: it does not begin with \\0asm", ErrNotModule)
	}
	var sections []Section
	r := reader{bytes: module, at: len(header)}
	for r.at < len(module) {
		if len(sections) == maxSections {
			return nil, fmt.Errorf("%w: more than %d sections", ErrNotModule, maxSections)
		}
		section, err := r.section()
		if err != nil {
			return nil, fmt.Errorf("%w: section %d: %w", ErrNotModule, len(sections), err)
		}
		sections = append(sections, section)
	}
	return sections, nil
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
	content := appendU32(nil, uint32(len(name)))
	content = append(content, name...)
	content = append(content, payload...)
	return appendSection(out, idCustom, content), nil
}

func appendSection(dst []byte, id byte, content []byte) []byte {
	dst = append(dst, id)
	dst = appendU32(dst, uint32(len(content)))
	return append(dst, content...)
}

func appendU32(dst []byte, n uint32) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}
