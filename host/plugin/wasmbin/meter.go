// What each function costs: where its checks stand and what each subtracts.
// The rule is in doc.go.

package wasmbin

// maxLeaf is the most that a function without a check may cost.
const maxLeaf = 64

// shape is what of a function decides where its checks stand.
type shape struct {
	calls bool   // it calls, so it counts depth
	bulk  bool   // it has an instruction that is charged by an operand
	any   bool   // it has anything that needs a check beside its entry
	back  []bool // of each loop in order: it is branched back to
	far   []bool // of each loop in order: it calls
	open  []int  // scratch: the loop of each open block, or -1
	joins int    // how many blocks it has, where ways meet
	began []int  // scratch: how many calls stood before each loop
}

// costs are what the checks of one function subtract.
type costs struct {
	entry uint32
	loops []uint32 // of each loop in order; 0 is no check
}

// scan finds the shape of a function.
func (s *shape) scan(m *Module, b body) {
	s.calls, s.bulk, s.any, s.joins = false, false, false, 0
	s.back, s.far, s.began = s.back[:0], s.far[:0], s.began[:0]
	s.open = append(s.open[:0], -1)
	calls := 0
	r := reader{b: m.raw[:b.to], at: b.code}
	var in instr
	for r.at < b.to {
		r.instr(&in)
		s.joins += int(flag(in.opens()))
		switch in.code {
		case opBlock, opIf:
			s.open = append(s.open, -1)
		case opLoop:
			s.open = append(s.open, len(s.back))
			s.back, s.far, s.began = append(s.back, false), append(s.far, false), append(s.began, calls)
		case opEnd:
			if loop := s.open[len(s.open)-1]; loop >= 0 {
				s.far[loop] = calls > s.began[loop]
			}
			s.open = s.open[:len(s.open)-1]
		case opBr, opBrIf:
			s.target(in.x)
		case opBrTable:
			for _, label := range in.targets {
				s.target(label)
			}
		case opCall, opCallIndirect:
			calls++
		}
		s.bulk = s.bulk || in.marks&^touches != 0
	}
	s.calls = calls > 0
	s.any = s.any || s.calls || s.bulk
}

func (s *shape) target(label uint32) {
	if loop := s.open[len(s.open)-1-int(label)]; loop >= 0 {
		s.back[loop] = true
		s.any = true
	}
}

// meter knows the cost of calling each function that has no check.
type meter struct {
	m       *Module
	leaf    []byte // by index, imports first; 0: the function has a check
	dearest uint32 // of leaf
}

func newMeter(m *Module) *meter {
	t := &meter{m: m, leaf: make([]byte, len(m.funcs))}
	var s shape
	var w ways
	first := m.imported(Func)
	for i, b := range m.bodies {
		if b.to-b.code > 4*maxLeaf { // long enough to have a check without a closer look
			continue
		}
		if s.scan(m, b); s.any {
			continue
		}
		if c := w.measure(t, b, s.back).entry; c <= maxLeaf {
			t.leaf[first+i] = byte(max(c, 1))
			t.dearest = max(t.dearest, c)
		}
	}
	return t
}

// price is what an instruction costs, the call of a function without a check
// included.
func (t *meter) price(in *instr) uint32 {
	switch in.code {
	case opCall:
		return uint32(in.cost) + uint32(t.leaf[in.x])
	case opCallIndirect:
		return uint32(in.cost) + t.dearest
	}
	return uint32(in.cost)
}
