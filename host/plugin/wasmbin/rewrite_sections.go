// The sections of a rewritten module.

package wasmbin

import (
	"fmt"
	"math"
)

// module writes the sections around the code, which came first because it may
// have added types.
func (w *rewriter) module(code []byte) []byte {
	slice := w.typeOf(nil)
	out := append(make([]byte, 0, len(code)+len(code)/4+4096), header...)
	out = appendSection(out, idType, w.typeSection())
	out = appendSection(out, idImport, w.importSection(slice))
	out = w.appendKept(out, idFunction)
	out = w.appendTables(out)
	out = w.appendKept(out, idMemory)
	out = appendSection(out, idGlobal, w.globalSection())
	out = appendSection(out, idExport, w.exportSection())
	if w.m.start != nil && !w.o.Snapshot {
		out = appendSection(out, idStart, appendU32(nil, w.function(w.m.start.n)))
	}
	out = w.appendElements(out)
	out = w.data.appendCount(out)
	if len(w.m.bodies) > 0 {
		out = appendSection(out, idCode, code)
	}
	out = w.data.append(out, w.m.raw)
	return w.appendNames(out)
}

func (w *rewriter) typeSection() []byte {
	content := appendU32(nil, uint32(len(w.m.types)+len(w.types)))
	for _, t := range w.m.types {
		content = appendFuncType(content, t)
	}
	for _, t := range w.types {
		content = appendFuncType(content, t)
	}
	return content
}

func (w *rewriter) importSection(slice uint32) []byte {
	content := appendU32(nil, uint32(len(w.m.imports)+1))
	if s := w.m.section(idImport); s != nil {
		content = append(content, w.m.raw[w.m.entries:s.end]...)
	}
	content = appendName(appendName(content, MeterModule), MeterSlice)
	return appendU32(append(content, byte(Func)), slice)
}

func (w *rewriter) appendKept(out []byte, id byte) []byte {
	if s := w.m.section(id); s != nil {
		out = append(out, w.m.raw[s.start:s.end]...)
	}
	return out
}

func (m *Module) section(id byte) *Section {
	for i := range m.sections {
		if m.sections[i].ID == id {
			return &m.sections[i]
		}
	}
	return nil
}

func (w *rewriter) appendTables(out []byte) []byte {
	tables := w.m.tables[w.m.imported(Table):]
	if len(tables) == 0 {
		return out
	}
	content := appendU32(nil, uint32(len(tables)))
	room := (uint64(w.o.TableMax) - w.m.entriesAtFirst()) / uint64(len(tables)) // for each to grow
	for _, t := range tables {
		if most := t.Min + uint32(room); !t.Bounded || t.Max > most {
			t.Bounded, t.Max = true, most
		}
		content = appendLimits(append(content, byte(t.Elem)), t.Limits)
	}
	return appendSection(out, idTable, content)
}

func (w *rewriter) globalSection() []byte {
	globals := w.m.globals[w.m.imported(Global):]
	content := appendU32(nil, uint32(len(globals)+4))
	for _, g := range globals {
		content = append(content, byte(g.Value), flag(g.Mutable))
		content = w.appendExpression(content, g.init)
	}
	content = append(content, byte(I64), 1, opI64Const, 0, opEnd)
	content = appendSigned(append(content, byte(I32), 1, opI32Const), int64(min(w.o.MaxDepth, math.MaxInt32)))
	content = append(content, opEnd)
	for range 2 {
		content = append(content, byte(I32), 1, opI32Const, 0, opEnd)
	}
	return content
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// appendExpression copies a constant expression with its function renumbered.
func (w *rewriter) appendExpression(dst []byte, s span) []byte {
	r := reader{b: w.m.raw[:s.to], at: s.from}
	var in instr
	for r.at < s.to {
		r.instr(&in)
		if in.code == opRefFunc {
			dst = appendU32(append(dst, opRefFunc), w.function(in.x))
			continue
		}
		dst = append(appendOpcode(dst, in.code), w.m.raw[in.args:in.end]...)
	}
	return dst
}

func appendOpcode(dst []byte, code uint32) []byte {
	if code >= bulk {
		return appendU32(append(dst, byte(code>>16)), code&0xffff)
	}
	return append(dst, byte(code))
}

func (w *rewriter) exportSection() []byte {
	var names []byte
	add := func(name string, kind Kind, n uint32) {
		names = appendU32(append(appendName(names, name), byte(kind)), n)
	}
	count := uint32(len(w.m.exports) + 4)
	for _, e := range w.m.exports {
		if e.kind == Func {
			e.n = w.function(e.n)
		}
		add(e.name, e.kind, e.n)
	}
	add(ExportFuel, Global, w.fuel)
	add(ExportDepth, Global, w.depth)
	add(ExportDeep, Global, w.deep)
	add(ExportTouched, Global, w.touched)
	if w.m.start != nil && w.o.Snapshot {
		add(ExportStart, Func, w.function(w.m.start.n))
		count++
	}
	w.out.Resettable = true
	for i, g := range w.m.globals {
		if !g.Mutable {
			continue
		}
		name := fmt.Sprintf("%sg%d", Reserved, len(w.out.Globals))
		add(name, Global, uint32(i))
		w.out.Globals = append(w.out.Globals, GlobalExport{Export: name, Type: byte(g.Value)})
		w.out.Resettable = w.out.Resettable && !g.Value.isRef() && g.Value != V128
	}
	return append(appendU32(nil, count+uint32(len(w.out.Globals))), names...)
}

func (w *rewriter) appendElements(out []byte) []byte {
	if len(w.m.elements) == 0 {
		return out
	}
	content := appendU32(nil, uint32(len(w.m.elements)))
	for _, e := range w.m.elements {
		content = w.appendElement(content, e)
	}
	return appendSection(out, idElement, content)
}

func (w *rewriter) appendElement(dst []byte, e element) []byte {
	form := map[mode]uint32{active: 0, passive: 1, declared: 3}[e.mode]
	plain := e.mode == active && e.table == 0 && e.elem == FuncRef
	if e.mode == active && !plain {
		form = 2
	}
	if e.long {
		form |= 4
	}
	dst = appendU32(dst, form)
	if form&3 == 2 {
		dst = appendU32(dst, e.table)
	}
	if e.mode == active {
		dst = w.appendExpression(dst, e.offset)
	}
	if !plain && e.long {
		dst = append(dst, byte(e.elem))
	} else if !plain {
		dst = append(dst, 0)
	}
	dst = appendU32(dst, uint32(len(e.funcs)+len(e.exprs)))
	for _, f := range e.funcs {
		dst = appendU32(dst, w.function(f.n))
	}
	for _, x := range e.exprs {
		dst = w.appendExpression(dst, x)
	}
	return dst
}
