// The code of a rewritten module.

package wasmbin

// coder writes one function after the other.
type coder struct {
	*rewriter
	out   []byte // the functions so far
	body  []byte // the present one
	from  int    // what of the original is not copied yet begins here
	shape shape
	ways  ways

	left, count uint32 // locals that are added: i64, i32
	depths      bool   // the function counts depth
	weight      int64  // what it counts as
	values      int    // how many it may hold at once; a vector is two
	blocks      int    // that the engine's compiler makes of it
	targets     int    // how many of them are of tables
	work        work   // of all functions
	loops       []uint32
	at          int      // of loops and shape: how many began
	added       []uint32 // for each open block, the function first: loops added around it and what it is in
}

func (w *rewriter) code() ([]byte, error) {
	c := coder{rewriter: w, out: appendU32(nil, uint32(len(w.m.bodies)))}
	for i, b := range w.m.bodies {
		c.function(uint32(i)+w.slice, b)
		if err := c.compiles(uint32(i)+w.slice, b); err != nil {
			return nil, err
		}
		c.out = appendU32(c.out, uint32(len(c.body)))
		c.out = append(c.out, c.body...)
		if len(c.out) > growthTimes*len(w.m.raw)+growthBase {
			break // the caller refuses it
		}
	}
	return c.out, nil
}

func (c *coder) function(n uint32, b body) {
	signature := c.m.signature(n)
	c.shape.scan(c.m, b)
	cost := c.ways.measure(c.meter, b, c.shape.back)
	c.loops, c.depths, c.at = cost.loops, c.shape.calls, 0
	c.added = append(c.added[:0], 0)
	checked := c.meter.leaf[n] == 0
	c.values = c.slots(n, b)
	c.weight = c.weigh(b)
	c.blocks, c.targets = 0, 0
	c.body = c.appendLocals(c.body[:0], b, uint32(len(signature.Params)), checked)
	if checked {
		c.charge(int64(max(cost.entry, 1)))
	}
	if c.depths {
		c.enter()
		c.openBlock(signature.Results)
	}
	c.from = b.code
	r := reader{b: c.m.raw[:b.to], at: b.code}
	var in instr
	for r.at < b.to {
		r.instr(&in)
		c.instr(&in, in.end == b.to)
	}
	c.copy(b.to)
}

// What a call may have for each that it counts as in the depth of calls. The
// engine never uses a place in a frame for two values, so that a frame grows
// with the code too, and, where ways meet, with each value that differs there.
const (
	valuesOfACall = 16   // at once
	bytesOfACall  = 1024 // of code
	meetsOfACall  = 1024 // of values, in all blocks
)

func (c *coder) weigh(b body) int64 {
	return int64(1 + c.values/valuesOfACall + (b.to-b.code)/bytesOfACall + c.shape.joins*c.values/meetsOfACall)
}

// slots is how many values a call of a function may hold at once; a vector
// counts as two.
func (c *coder) slots(n uint32, b body) int {
	slots := width(c.m.signature(n).Params) + int(c.m.heights[n-c.slice])
	last := uint32(0)
	for _, l := range b.locals {
		slots += int(l.until-last) * l.kind.width()
		last = l.until
	}
	return slots
}

func (c *coder) appendLocals(dst []byte, b body, params uint32, checked bool) []byte {
	locals := params
	if len(b.locals) > 0 {
		locals += b.locals[len(b.locals)-1].until
	}
	c.left = locals
	c.count = locals
	added := uint32(0)
	if checked {
		c.count++
		added++
	}
	counts := c.depths || c.shape.bulk
	if counts {
		added++
	}
	dst = appendU32(dst, uint32(len(b.locals))+added)
	last := uint32(0)
	for _, l := range b.locals {
		dst = append(appendU32(dst, l.until-last), byte(l.kind))
		last = l.until
	}
	if checked {
		dst = append(dst, 1, byte(I64))
	}
	if counts {
		dst = append(dst, 1, byte(I32))
	}
	return dst
}

// copy copies the original up to an offset.
func (c *coder) copy(to int) {
	c.body = append(c.body, c.m.raw[c.from:to]...)
	c.from = to
}

// replace leaves an instruction out; what stands for it is appended after.
func (c *coder) replace(in *instr) {
	c.copy(in.at)
	c.from = in.end
}

func (c *coder) instr(in *instr, last bool) {
	if in.marks != 0 {
		c.copy(in.at)
		c.before(in)
	}
	c.blocks += blocksOf(in)
	if in.code == opBrTable {
		c.targets += len(in.targets)
	}
	switch in.code {
	case opBlock, opIf:
		c.added = append(c.added, c.added[len(c.added)-1])
	case opLoop:
		c.loop(in)
	case opEnd:
		c.end(in, last)
	case opBr, opBrIf, opBrTable:
		c.branch(in)
	case opReturn:
		if c.depths { // to the block around the body, whose end counts
			c.replace(in)
			c.op32(opBr, c.label(uint32(len(c.added)-1)))
		}
	case opMemoryGrow:
		c.copy(in.end)
		c.grown()
	case opCall, opRefFunc:
		if in.x >= c.slice {
			c.replace(in)
			c.op32(byte(in.code), c.rewriter.function(in.x))
		}
	default:
		c.canonical(in)
	}
}

// label gives the new label of a branch: loops that were added stand between.
func (c *coder) label(old uint32) uint32 {
	top := len(c.added) - 1
	return old + c.added[top] - c.added[top-int(old)]
}

func (c *coder) branch(in *instr) {
	if c.added[len(c.added)-1] == 0 {
		return
	}
	c.replace(in)
	if in.code != opBrTable {
		c.op32(byte(in.code), c.label(in.x))
		return
	}
	c.op32(opBrTable, uint32(len(in.targets)-1))
	for _, old := range in.targets {
		c.body = appendU32(c.body, c.label(old))
	}
}

func (c *coder) loop(in *instr) {
	cost, far := c.loops[c.at], c.shape.far[c.at]
	c.at++
	added := c.added[len(c.added)-1]
	switch {
	case cost == 0:
	case far || len(c.m.parameters(in.block)) > 0:
		c.copy(in.end)
		c.charge(int64(cost))
	default:
		added++
		c.replace(in)
		c.tight(in, int64(cost))
	}
	c.added = append(c.added, added)
}

func (c *coder) end(in *instr, last bool) {
	top := len(c.added) - 1
	switch {
	case last && c.depths:
		c.copy(in.at)
		c.op(opEnd)
		c.leave()
	case !last && c.added[top] != c.added[top-1]:
		c.copy(in.end)
		c.op(opEnd)
	}
	c.added = c.added[:top]
}

// canonical writes an instruction anew when its code is longer than it need
// be (engines are known to read no long ones), and one that names a data
// segment.
func (c *coder) canonical(in *instr) {
	switch {
	case in.namesData() && c.data.renamed != nil:
		c.replace(in)
		c.body = appendU32(appendOpcode(c.body, in.code), c.data.index(in.x))
		if in.code == opMemoryInit {
			c.body = append(c.body, 0)
		}
	case in.code == opSelectType:
		c.replace(in)
		c.body = append(c.body, opSelectType, 1, byte(in.kind))
	case in.code >= bulk && in.args-in.at != opcodeLen(in.code):
		c.replace(in)
		c.body = append(appendOpcode(c.body, in.code), c.m.raw[in.args:in.end]...)
	}
}

func opcodeLen(code uint32) int {
	if code&0xffff < 0x80 {
		return 2
	}
	return 3
}
