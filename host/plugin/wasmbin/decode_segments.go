// Decoding element and data segments.

package wasmbin

import "errors"

var errElemKind = errors.New("malformed element kind")

func (m *Module) decodeElements(r *reader) {
	n := r.count("element segments", maxElements)
	left := maxEntries
	for i := 0; i < n && r.err == nil; i++ {
		m.elements = append(m.elements, r.element(&left))
	}
}

// element reads a segment. Bits of its flag: 1 passive or declared, 2 with a
// table's index (active) or declared, 4 with expressions.
func (r *reader) element(left *int) element {
	e := element{at: r.at, elem: FuncRef}
	flag := r.u32()
	if flag > 7 {
		r.failAt(e.at, errors.New("malformed element segment"))
		return e
	}
	switch flag & 3 {
	case 1:
		e.mode = passive
	case 3:
		e.mode = declared
	case 2:
		e.table = r.u32()
	}
	e.long = flag&4 != 0
	if e.mode == active {
		e.offset = r.expression()
	}
	if flag&3 != 0 {
		e.elem = r.elementType(e.long)
	}
	n := r.count("entries of element segments", *left)
	*left -= n
	for i := 0; i < n && r.err == nil; i++ {
		if e.long {
			e.exprs = append(e.exprs, r.expression())
			continue
		}
		at := r.at
		e.funcs = append(e.funcs, index{n: r.u32(), at: at})
	}
	return e
}

func (r *reader) elementType(expressions bool) ValueType {
	if expressions {
		return r.refType()
	}
	if r.byte() != 0 {
		r.failAt(r.at-1, errElemKind)
	}
	return FuncRef
}

func (m *Module) decodeDataCount(r *reader) {
	m.counted = true
	m.dataCount = r.u32()
}

func (m *Module) decodeData(r *reader) {
	n := r.count("data segments", maxData)
	m.data = make([]segment, 0, n)
	for i := 0; i < n && r.err == nil; i++ {
		m.data = append(m.data, r.segment())
	}
}

func (r *reader) segment() segment {
	s := segment{at: r.at}
	switch flag := r.u32(); flag {
	case 0:
	case 1:
		s.mode = passive
	case 2:
		s.memory = r.u32()
	default:
		r.failAt(s.at, errors.New("malformed data segment"))
	}
	if s.mode == active {
		s.offset = r.expression()
	}
	n := r.u32()
	from := r.at
	r.take(n)
	s.bytes = span{from, r.at}
	return s
}
