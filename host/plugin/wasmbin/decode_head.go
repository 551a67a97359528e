// Decoding the sections before the code: types to exports and start.

package wasmbin

import "fmt"

func (m *Module) decodeTypes(r *reader) {
	n := r.count("types", maxTypes)
	m.types = make([]FuncType, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		m.types = append(m.types, r.funcType())
	}
}

func (m *Module) decodeFunctions(r *reader) {
	n := r.count("functions", maxFuncs)
	for i := 0; i < n && r.err == nil; i++ {
		m.funcs = append(m.funcs, r.u32())
	}
}

func (m *Module) decodeTables(r *reader) {
	n := r.count("tables", maxTables)
	for i := 0; i < n && r.err == nil; i++ {
		m.tables = append(m.tables, r.tableType())
	}
}

func (m *Module) decodeMemories(r *reader) {
	n := r.count("memories", maxMemories)
	for i := 0; i < n && r.err == nil; i++ {
		m.memories = append(m.memories, r.limits())
	}
}

func (m *Module) decodeGlobals(r *reader) {
	n := r.count("globals", maxGlobals)
	for i := 0; i < n && r.err == nil; i++ {
		t := r.globalType()
		m.globals = append(m.globals, global{GlobalType: t, init: r.expression()})
	}
}

func (m *Module) decodeExports(r *reader) {
	n := r.count("exports", maxExports)
	for i := 0; i < n && r.err == nil; i++ {
		e := export{name: r.name(), kind: r.kind("export")}
		e.at = r.at
		e.n = r.u32()
		m.exports = append(m.exports, e)
	}
}

func (m *Module) decodeStart(r *reader) {
	at := r.at
	m.start = &index{n: r.u32(), at: at}
}

func (r *reader) kind(of string) Kind {
	k := Kind(r.byte())
	if k == 4 {
		r.failAt(r.at-1, unsupported("exceptions (a tag)"))
	}
	if k > Global {
		r.failAt(r.at-1, fmt.Errorf("malformed %s kind %d", of, byte(k)))
		return Func
	}
	return k
}

// expression reads a constant expression to its end.
func (r *reader) expression() span {
	from := r.at
	var in instr
	for r.err == nil {
		r.instr(&in)
		if in.code == opEnd {
			break
		}
		if in.opens() {
			r.failAt(in.at, fmt.Errorf("%s in a constant expression", in.name))
		}
	}
	return span{from, r.at}
}
