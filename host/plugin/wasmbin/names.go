// The name section: names of functions.

package wasmbin

import "unicode/utf8"

// funcName is the name of a function in the name section.
type funcName struct {
	function uint32
	name     string
}

// functionNames reads the names of functions, in the section's order. A name
// section that is broken has no names: the specification lets nobody refuse a
// module for that.
func (m *Module) functionNames() []funcName {
	for _, s := range m.sections {
		if s.ID != idCustom || s.Name != "name" {
			continue
		}
		r := reader{b: s.Payload}
		for r.at < len(s.Payload) && r.err == nil {
			id, size := r.byte(), r.u32()
			content := r.take(size)
			if id == 1 && r.err == nil {
				return m.readNames(content)
			}
		}
		return nil
	}
	return nil
}

func (m *Module) readNames(content []byte) []funcName {
	r := reader{b: content}
	n := r.count("names", maxFuncs)
	names := make([]funcName, 0, n/2)
	for i := 0; i < n && r.err == nil; i++ {
		f := funcName{function: r.u32(), name: r.name()}
		if int(f.function) < len(m.funcs) {
			names = append(names, f)
		}
	}
	if r.err != nil {
		return nil
	}
	return names
}

// FunctionName is the name of a function in the name section, or "". The index
// counts imports.
func (m *Module) FunctionName(function uint32) string {
	for _, f := range m.functionNames() {
		if f.function == function {
			return f.name
		}
	}
	return ""
}

// FunctionNames gives the names of functions in the name section, by index,
// imports counted.
func (m *Module) FunctionNames() map[uint32]string {
	names := make(map[uint32]string)
	for _, f := range m.functionNames() {
		names[f.function] = f.name
	}
	return names
}

// maxName bounds the names of functions that a rewritten module keeps, in
// bytes: the engine copies them into the text of each trap.
const maxName = 256

func short(name string) string {
	if len(name) <= maxName {
		return name
	}
	at := maxName
	for !utf8.RuneStart(name[at]) {
		at--
	}
	return name[:at]
}

// appendNames writes a name section with the functions' names alone.
func (w *rewriter) appendNames(out []byte) []byte {
	names := w.m.functionNames()
	if len(names) == 0 {
		return out
	}
	list := appendU32(nil, uint32(len(names)))
	for _, f := range names {
		list = appendName(appendU32(list, w.function(f.function)), short(f.name))
	}
	content := appendU32(append(appendName(nil, "name"), 1), uint32(len(list)))
	return appendSection(out, idCustom, append(content, list...))
}
