// Data segments of a rewritten module.

package wasmbin

import "fmt"

// segments says which data segments a rewritten module keeps, and under which
// indices. With a snapshot the active ones go; once applied they are as good
// as empty, so whatever still names one names a segment that is passive and
// empty.
type segments struct {
	kept    []segment
	count   bool     // the code names segments, so their count stands before it
	empty   bool     // one is added for those that are gone
	renamed []uint32 // the new index of each; nil when nothing moves
}

func (w *rewriter) takeData() error {
	w.data = segments{kept: w.m.data, count: w.m.counted}
	if !w.o.Snapshot {
		return nil
	}
	if err := w.m.elementsFit(); err != nil {
		return err
	}
	w.data.kept = nil
	w.data.renamed = make([]uint32, len(w.m.data))
	for i, s := range w.m.data {
		if s.mode == passive {
			w.data.renamed[i] = uint32(len(w.data.kept))
			w.data.kept = append(w.data.kept, s)
			continue
		}
		if _, ok := w.m.constant(s.offset); !ok {
			return fmt.Errorf("data segment %d: its place in memory is not a constant; a plugin cannot import globals", i)
		}
	}
	for i, s := range w.m.data {
		if s.mode == active {
			w.data.empty = w.m.counted
			w.data.renamed[i] = uint32(len(w.data.kept))
		}
	}
	w.out.Data = w.m.joined()
	return nil
}

// elementsFit checks what instantiation would trap for; the engine passes over
// it in silence.
func (m *Module) elementsFit() error {
	for i, e := range m.elements {
		if e.mode != active || int(e.table) < m.imported(Table) {
			continue
		}
		at, ok := m.constant(e.offset)
		if !ok {
			return fmt.Errorf("element segment %d: its place in the table is not a constant; a plugin cannot import globals", i)
		}
		if end := uint64(at) + uint64(len(e.funcs)+len(e.exprs)); end > uint64(m.tables[e.table].Min) {
			return fmt.Errorf("out of bounds table access by an element segment: segment %d ends at %d of %d entries", i, end, m.tables[e.table].Min)
		}
	}
	return nil
}

// constant is the value of a constant expression that is one i32.const.
func (m *Module) constant(s span) (uint32, bool) {
	r := reader{b: m.raw[:s.to], at: s.from}
	var in instr
	r.instr(&in)
	return uint32(in.value), in.code == opI32Const
}

// joined lists the active segments, those that follow each other as one.
func (m *Module) joined() []DataSegment {
	var all []DataSegment
	var pieces []segment
	var begin, end uint64
	flush := func() {
		if len(pieces) > 0 {
			all = append(all, DataSegment{Offset: uint32(begin), Bytes: m.join(pieces, int(end-begin))})
		}
		pieces = pieces[:0]
	}
	for _, s := range m.data {
		if s.mode != active {
			continue
		}
		at, _ := m.constant(s.offset)
		if uint64(at) != end {
			flush()
		}
		if len(pieces) == 0 {
			begin, end = uint64(at), uint64(at)
		}
		pieces = append(pieces, s)
		end += uint64(s.bytes.to - s.bytes.from)
	}
	flush()
	return all
}

func (m *Module) join(pieces []segment, size int) []byte {
	first := pieces[0].bytes
	if len(pieces) == 1 {
		return m.raw[first.from:first.to:first.to]
	}
	joined := make([]byte, 0, size)
	for _, s := range pieces {
		joined = append(joined, m.raw[s.bytes.from:s.bytes.to]...)
	}
	return joined
}

func (d *segments) index(n uint32) uint32 {
	if d.renamed == nil {
		return n
	}
	return d.renamed[n]
}

func (d *segments) len() uint32 { return uint32(len(d.kept)) + uint32(flag(d.empty)) }

func (d *segments) appendCount(out []byte) []byte {
	if !d.count {
		return out
	}
	return appendSection(out, idDataCount, appendU32(nil, d.len()))
}

func (d *segments) append(out, raw []byte) []byte {
	if d.len() == 0 {
		return out
	}
	content := appendU32(nil, d.len())
	for _, s := range d.kept {
		if s.mode == passive {
			content = append(content, 1)
		} else {
			content = append(append(content, 0), raw[s.offset.from:s.offset.to]...)
		}
		content = appendU32(content, uint32(s.bytes.to-s.bytes.from))
		content = append(content, raw[s.bytes.from:s.bytes.to]...)
	}
	if d.empty {
		content = append(content, 1, 0)
	}
	return appendSection(out, idData, content)
}
