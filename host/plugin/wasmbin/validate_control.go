// Validation of blocks, branches and calls.

package wasmbin

import "slices"

func (c *checker) control() {
	switch c.in.code {
	case opUnreachable:
		c.unreachable()
	case opBlock, opLoop:
		c.open()
	case opIf:
		c.want(I32)
		c.open()
	case opElse:
		c.other()
	case opEnd:
		c.end()
	case opReturn:
		c.wantAll(c.results)
		c.unreachable()
	case opCall:
		if int64(c.in.x) >= int64(len(c.m.funcs)) {
			c.fail("%w", unknown("function", c.in.x))
			return
		}
		c.call(c.m.signature(c.in.x))
	case opCallIndirect:
		c.indirect()
	default:
		c.branch()
	}
}

func (c *checker) call(t FuncType) {
	c.wantAll(t.Params)
	c.pushAll(t.Results)
}

func (c *checker) indirect() {
	if t := c.table(c.in.y); t != FuncRef {
		c.fail("type mismatch: table %d holds %v", c.in.y, t)
	}
	c.want(I32)
	if int64(c.in.x) >= int64(len(c.m.types)) {
		c.fail("%w", unknown("type", c.in.x))
		return
	}
	c.call(c.m.types[c.in.x])
}

// singles are the types of blocks that have one result.
var singles = newSingles()

func newSingles() (all [256][]ValueType) {
	for i := range all {
		all[i] = []ValueType{ValueType(i)}
	}
	return all
}

func (c *checker) open() {
	f := frame{code: c.in.code}
	switch b := c.in.block; {
	case b.known && int64(b.index) >= int64(len(c.m.types)):
		c.fail("%w", unknown("type", b.index))
	case b.known:
		f.start, f.end = c.m.types[b.index].Params, c.m.types[b.index].Results
	case b.result != anyType:
		f.end = singles[b.result]
	}
	c.wantAll(f.start)
	f.height = len(c.stack)
	c.frames = append(c.frames, f)
	c.pushAll(f.start)
}

// close takes the innermost block off, whose results must be all that it left.
func (c *checker) close() frame {
	f := *c.top()
	c.wantAll(f.end)
	if len(c.stack) != f.height {
		c.fail("type mismatch: values remain on the stack at the end of a block")
	}
	c.frames = c.frames[:len(c.frames)-1]
	return f
}

func (c *checker) other() {
	f := c.close()
	if c.err != nil {
		return
	}
	c.frames = append(c.frames, frame{code: opElse, start: f.start, end: f.end, height: f.height})
	c.pushAll(f.start)
}

func (c *checker) end() {
	f := c.close()
	if f.code == opIf && !slices.Equal(f.start, f.end) {
		c.fail("type mismatch: an if without else whose results are not its parameters")
	}
	if len(c.frames) > 0 {
		c.pushAll(f.end)
	}
}

// label gives the types that a branch to a label carries.
func (c *checker) label(n uint32) []ValueType {
	if int64(n) >= int64(len(c.frames)) {
		c.fail("%w", unknown("label", n))
		return nil
	}
	f := &c.frames[len(c.frames)-1-int(n)]
	if f.code == opLoop {
		return f.start
	}
	return f.end
}

func (c *checker) branch() {
	switch c.in.code {
	case opBr:
		c.wantAll(c.label(c.in.x))
		c.unreachable()
	case opBrIf:
		c.want(I32)
		types := c.label(c.in.x)
		c.wantAll(types)
		c.pushAll(types)
	case opBrTable:
		c.want(I32)
		c.targets()
		c.unreachable()
	}
}

func (c *checker) targets() {
	last := len(c.in.targets) - 1
	fallback := c.label(c.in.targets[last])
	for _, n := range c.in.targets[:last] {
		types := c.label(n)
		if len(types) != len(fallback) {
			c.fail("type mismatch: labels %d and %d take different numbers of values", n, c.in.targets[last])
		}
		c.sees(types)
		if c.err != nil {
			return
		}
	}
	c.wantAll(fallback)
}
