// The longest way through the code between checks.

package wasmbin

// dead is the cost of a point that is not reached.
const dead = -1

// ways measures one function. The code between a check and the next has no
// way back, so one walk over it suffices: a point's cost is the largest of the
// ways that reach it from the check.
type ways struct {
	regions []region // the function, and each open loop with a check
	blocks  []way
	loops   []uint32
}

// region is the code of one check.
type region struct {
	now  int64 // cost of the present point; of an outer region, of where it was left
	most int64
	loop int // its place in loops; -1 for the function
}

// way is an open block.
type way struct {
	region int   // of the code behind its end
	begin  int64 // cost of an if's other arm
	end    int64 // the largest cost of a branch to its end
	loop   bool  // a check stands at its head; branches go there
	arm    bool  // an if whose other arm has not come
}

// measure finds what each check subtracts. back says of each loop whether it
// is branched back to. The result's loops are valid until the next call.
func (w *ways) measure(t *meter, b body, back []bool) costs {
	w.regions = append(w.regions[:0], region{loop: -1})
	w.blocks = append(w.blocks[:0], way{end: dead})
	w.loops = w.loops[:0]
	r := reader{b: t.m.raw[:b.to], at: b.code}
	var in instr
	var entry uint32
	for r.at < b.to {
		r.instr(&in)
		w.spend(int64(t.price(&in)))
		switch in.code {
		case opBlock, opIf:
			w.blocks = append(w.blocks, w.block(in.code == opIf))
		case opLoop:
			w.enter(back)
		case opElse:
			w.other()
		case opEnd:
			entry = w.leave()
		default:
			w.jump(&in)
		}
	}
	return costs{entry: entry, loops: w.loops}
}

func (w *ways) top() *region { return &w.regions[len(w.regions)-1] }

func (w *ways) spend(cost int64) {
	if r := w.top(); r.now != dead {
		r.now += cost
		r.most = max(r.most, r.now)
	}
}

func (w *ways) block(arm bool) way {
	return way{region: len(w.regions) - 1, begin: w.top().now, end: dead, arm: arm}
}

// enter opens a loop; one with a check is a region of its own.
func (w *ways) enter(back []bool) {
	b := w.block(false)
	b.loop = back[len(w.loops)]
	if b.loop {
		now := int64(0)
		if b.begin == dead {
			now = dead
		}
		w.regions = append(w.regions, region{now: now, loop: len(w.loops)})
	}
	w.blocks = append(w.blocks, b)
	w.loops = append(w.loops, 0)
}

// other goes from an if's first arm to its second.
func (w *ways) other() {
	b := &w.blocks[len(w.blocks)-1]
	b.end = max(b.end, w.top().now)
	b.arm = false
	w.top().now = b.begin
}

// leave closes a block, and gives the cost of the region when it is one.
func (w *ways) leave() uint32 {
	b := w.blocks[len(w.blocks)-1]
	w.blocks = w.blocks[:len(w.blocks)-1]
	r := w.top()
	switch {
	case len(w.blocks) == 0:
		return clip(r.most)
	case b.loop:
		reached := r.now != dead
		w.loops[r.loop] = max(clip(r.most), 1)
		w.regions = w.regions[:len(w.regions)-1]
		if !reached {
			w.top().now = dead
		}
		return 0
	case b.arm:
		b.end = max(b.end, b.begin)
	}
	r.now = max(r.now, b.end)
	return 0
}

// jump notes the branches that an instruction takes, and what it ends.
func (w *ways) jump(in *instr) {
	switch in.code {
	case opBr, opBrIf:
		w.branch(in.x)
	case opBrTable:
		for _, label := range in.targets {
			w.branch(label)
		}
	}
	switch in.code {
	case opBr, opBrTable, opReturn, opUnreachable:
		w.top().now = dead
	}
}

func (w *ways) branch(label uint32) {
	b := &w.blocks[len(w.blocks)-1-int(label)]
	if !b.loop && w.top().now != dead {
		b.end = max(b.end, w.regions[b.region].now)
	}
}

// clip cannot lose anything while a function's bytes have their bound.
func clip(cost int64) uint32 { return uint32(min(cost, 1<<31)) }
