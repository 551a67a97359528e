// Validation of code: one function after the other.

package wasmbin

import (
	"errors"
	"fmt"
)

// checker is the specification's validation algorithm: a stack of operand
// types and a stack of open blocks. Its first error stays.
type checker struct {
	m        *Module
	declared []bool // functions that ref.func may name
	moves    int    // how many types may still be moved

	function uint32
	params   []ValueType
	locals   []ValueType
	results  []ValueType
	stack    []ValueType
	vectors  int // how many of stack
	height   int // the most that was on stack; a vector is two
	frames   []frame
	in       instr
	err      error
}

// frame is an open block.
type frame struct {
	code       uint32 // what opened it
	start, end []ValueType
	height     int
	dead       bool // the rest of the block is not reached
}

var errMoves = errors.New("its types need more work to check than its size allows: it")

func (m *Module) checkCode() error {
	s := m.section(idCode)
	if s == nil {
		return nil
	}
	c := checker{m: m, declared: m.declared(), moves: movesBase + movesPerByte*s.Size()}
	m.heights = make([]uint32, len(m.bodies))
	for i, b := range m.bodies {
		if c.check(uint32(m.imported(Func)+i), b); c.err != nil {
			return c.err
		}
		m.heights[i] = uint32(c.height)
	}
	return nil
}

// declared lists the functions that stand outside code.
func (m *Module) declared() []bool {
	is := make([]bool, len(m.funcs))
	expression := func(s span) {
		r := reader{b: m.raw[:s.to], at: s.from}
		var in instr
		if r.instr(&in); in.code == opRefFunc {
			is[in.x] = true
		}
	}
	for _, g := range m.globals[m.imported(Global):] {
		expression(g.init)
	}
	for _, e := range m.exports {
		if e.kind == Func {
			is[e.n] = true
		}
	}
	for _, e := range m.elements {
		for _, f := range e.funcs {
			is[f.n] = true
		}
		for _, x := range e.exprs {
			expression(x)
		}
	}
	return is
}

func (c *checker) check(function uint32, b body) {
	t := c.m.signature(function)
	c.function, c.params, c.results = function, t.Params, t.Results
	c.locals = c.locals[:0]
	for _, run := range b.locals {
		for uint32(len(c.locals)) < run.until {
			c.locals = append(c.locals, run.kind)
		}
	}
	c.stack, c.vectors, c.height = c.stack[:0], 0, 0
	c.frames = append(c.frames[:0], frame{end: t.Results})
	r := reader{b: c.m.raw[:b.to], at: b.code}
	for r.at < b.to && c.err == nil {
		r.instr(&c.in)
		c.instr()
		c.height = max(c.height, len(c.stack)+c.vectors)
	}
}

func (c *checker) fail(format string, args ...any) {
	if c.err == nil {
		c.err = &ValidationError{
			Offset: c.in.at, Func: int(c.function), Name: c.m.FunctionName(c.function),
			Err: fmt.Errorf(c.in.name+": "+format, args...),
		}
	}
}

// move takes from the bound of moves.
func (c *checker) move(types int) {
	if c.moves -= types; c.moves < 0 {
		c.fail("%w %w", errMoves, ErrBound)
	}
}

func (c *checker) top() *frame { return &c.frames[len(c.frames)-1] }

func (c *checker) push(t ValueType) {
	c.stack = append(c.stack, t)
	c.vectors += t.width() - 1
}

func (c *checker) pushAll(types []ValueType) {
	c.move(len(types))
	if c.err == nil {
		c.stack = append(c.stack, types...)
		c.vectors += width(types) - len(types)
	}
}

func (c *checker) pop() ValueType {
	f := c.top()
	if len(c.stack) > f.height {
		t := c.stack[len(c.stack)-1]
		c.stack = c.stack[:len(c.stack)-1]
		c.vectors -= t.width() - 1
		return t
	}
	if !f.dead {
		c.fail("type mismatch: an operand is missing")
	}
	return anyType
}

func (c *checker) want(t ValueType) {
	if got := c.pop(); got != t && got != anyType {
		c.fail("type mismatch: %v where %v is wanted", got, t)
	}
}

func (c *checker) wantAll(types []ValueType) {
	c.move(len(types))
	for i := len(types) - 1; i >= 0 && c.err == nil; i-- {
		c.want(types[i])
	}
}

// sees checks that the topmost operands have the types, and leaves them.
func (c *checker) sees(types []ValueType) {
	c.move(len(types))
	f := c.top()
	for i := range types {
		at := len(c.stack) - len(types) + i
		if at < f.height {
			if !f.dead {
				c.fail("type mismatch: an operand is missing")
			}
			continue
		}
		if got := c.stack[at]; got != types[i] && got != anyType {
			c.fail("type mismatch: %v where %v is wanted", got, types[i])
		}
	}
}

// unreachable forgets the block's operands: what follows is not reached.
func (c *checker) unreachable() {
	f := c.top()
	c.vectors -= width(c.stack[f.height:]) - len(c.stack[f.height:])
	c.stack = c.stack[:f.height]
	f.dead = true
}
