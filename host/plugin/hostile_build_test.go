package plugin_test

import "slices"

// module is a Wasm binary in the making, for what no text can express and for
// what would be megabytes of text. It is a reactor; its first function is map.
type module struct {
	types    [][]byte // behind () -> (i32)
	funcs    []function
	pages    int
	tables   []byte // the content of a section, as those below
	globals  []byte
	exports  []byte // entries behind memory and map
	exported int    // how many
	elements []byte
	data     []byte
	rest     []byte // whole sections, at the end
}

// function has one of the module's types, of which 0 is () -> (i32).
type function struct {
	kind   int
	locals []byte // the whole vector; nil means none
	code   []byte // without the last end
}

const i32, v128 = 0x7f, 0x7b

func vector(entries ...[]byte) []byte { return append(leb(len(entries)), slices.Concat(entries...)...) }

func name(s string) []byte { return append(leb(len(s)), s...) }

func sectionOf(id byte, content []byte) []byte {
	if content == nil {
		return nil
	}
	return slices.Concat([]byte{id}, leb(len(content)), content)
}

func (m module) bytes() []byte {
	var kinds, bodies [][]byte
	for _, f := range m.funcs {
		locals := f.locals
		if locals == nil {
			locals = []byte{0}
		}
		kinds = append(kinds, leb(f.kind))
		bodies = append(bodies, slices.Concat(leb(len(locals)+len(f.code)+1), locals, f.code, []byte{0x0b}))
	}
	exports := slices.Concat(leb(2+m.exported), name("memory"), []byte{2, 0}, name("map"), []byte{0, 0}, m.exports)
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		sectionOf(1, vector(append([][]byte{{0x60, 0, 1, i32}}, m.types...)...)),
		sectionOf(3, vector(kinds...)),
		sectionOf(4, m.tables),
		sectionOf(5, slices.Concat([]byte{1, 0}, leb(max(m.pages, 1)))),
		sectionOf(6, m.globals),
		sectionOf(7, exports),
		sectionOf(9, m.elements),
		sectionOf(10, vector(bodies...)),
		sectionOf(11, m.data),
		m.rest)
}

// zero is the code of a map that does nothing.
var zero = []byte{0x41, 0}

func repeated(code []byte, times int) []byte { return slices.Repeat(code, times) }
