// Decoding function bodies: their locals, and that blocks nest.

package wasmbin

import "errors"

var (
	errElse      = errors.New("an else without its if")
	errBodyEnd   = errors.New("the function does not end with its body")
	errDataCount = errors.New("an instruction names a data segment, and there is no data count section")
)

func (m *Module) decodeCode(r *reader) {
	n := r.count("functions", maxFuncs)
	m.bodies = make([]body, 0, n)
	left := maxAllLocal
	var nesting []byte
	for i := 0; i < n && r.err == nil; i++ {
		size := r.u32()
		from := r.at
		r.take(size)
		if size > maxBody {
			r.failAt(from, tooLarge("the size of a function in bytes", maxBody))
		}
		if r.err != nil {
			return
		}
		inner := reader{b: r.b[:r.at], at: from}
		b := body{span: span{from, r.at}}
		b.locals = inner.locals(&left)
		b.code = inner.at
		nesting = m.decodeBody(&inner, nesting[:0])
		r.err = inner.err
		m.bodies = append(m.bodies, b)
	}
}

func (r *reader) locals(left *int) []local {
	n := r.count("locals", maxLocals)
	var runs []local
	total := uint32(0)
	for i := 0; i < n && r.err == nil; i++ {
		at := r.at
		many := r.u32()
		if many > maxLocals || total+many > maxLocals {
			r.failAt(at, tooLarge("the number of a function's locals", maxLocals))
			return nil
		}
		total += many
		kind := r.valueType()
		if many > 0 {
			runs = append(runs, local{until: total, kind: kind})
		}
	}
	if *left -= int(total); *left < 0 {
		r.fail(tooLarge("the number of all locals", maxAllLocal))
	}
	return runs
}

// decodeBody reads instructions up to the end that closes the function, which
// must be the last byte. nesting holds the code of each open block.
func (m *Module) decodeBody(r *reader, nesting []byte) []byte {
	var in instr
	nesting = append(nesting, 0)
	for r.err == nil && len(nesting) > 0 {
		r.instr(&in)
		switch {
		case in.opens():
			nesting = append(nesting, byte(in.code))
			if len(nesting) > maxNesting {
				r.failAt(in.at, tooLarge("the depth of blocks", maxNesting))
			}
		case in.code == opElse:
			if nesting[len(nesting)-1] != opIf {
				r.failAt(in.at, errElse)
			}
			nesting[len(nesting)-1] = opElse
		case in.code == opEnd:
			nesting = nesting[:len(nesting)-1]
		case in.namesData() && !m.counted:
			r.failAt(in.at, errDataCount)
		}
	}
	if r.err == nil && r.at != len(r.b) {
		r.fail(errBodyEnd)
	}
	return nesting
}
