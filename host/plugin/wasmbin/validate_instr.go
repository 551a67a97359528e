// Validation of one instruction.

package wasmbin

// instr checks the instruction that was read.
func (c *checker) instr() {
	if c.in.sig == "-" {
		c.special()
		return
	}
	c.immediates()
	split := 0
	for c.in.sig[split] != '>' {
		split++
	}
	for i := split - 1; i >= 0; i-- {
		c.want(letters[c.in.sig[i]])
	}
	for i := split + 1; i < len(c.in.sig); i++ {
		c.push(letters[c.in.sig[i]])
	}
}

// immediates checks what the instructions with a plain signature name.
func (c *checker) immediates() {
	switch c.in.imm {
	case immZero, immZero2:
		c.memory()
	case immMem, immMemLane:
		c.memory()
		if c.in.x > uint32(c.in.arg) {
			c.fail("alignment must not be larger than natural")
		}
		if c.in.imm == immMemLane && c.in.y >= 16>>c.in.arg {
			c.fail("invalid lane index %d", c.in.y)
		}
	case immLane:
		if c.in.y >= uint32(c.in.arg) {
			c.fail("invalid lane index %d", c.in.y)
		}
	case immShuffle:
		for _, lane := range c.m.raw[c.in.args:c.in.end] {
			if lane >= c.in.arg {
				c.fail("invalid lane index %d", lane)
			}
		}
	case immData, immDataMem:
		if c.in.imm == immDataMem {
			c.memory()
		}
		if c.in.x >= c.m.dataCount {
			c.fail("%w", unknown("data segment", c.in.x))
		}
	case immIndex, immTable2, immElemTable:
		c.tables()
	}
}

func (c *checker) memory() {
	if len(c.m.memories) == 0 {
		c.fail("%w", unknown("memory", 0))
	}
}

// tables checks the indices of tables and element segments.
func (c *checker) tables() {
	switch c.in.code {
	case opTableSize:
		c.table(c.in.x)
	case opElemDrop:
		c.segment(c.in.x)
	case opTableInit:
		if t, e := c.table(c.in.y), c.segment(c.in.x); t != e {
			c.fail("type mismatch: a segment of %v for a table of %v", e, t)
		}
	case opTableCopy:
		if to, from := c.table(c.in.x), c.table(c.in.y); to != from {
			c.fail("type mismatch: a table of %v and one of %v", from, to)
		}
	}
}

func (c *checker) table(n uint32) ValueType {
	if int64(n) < int64(len(c.m.tables)) {
		return c.m.tables[n].Elem
	}
	c.fail("%w", unknown("table", n))
	return FuncRef
}

func (c *checker) segment(n uint32) ValueType {
	if int64(n) < int64(len(c.m.elements)) {
		return c.m.elements[n].elem
	}
	c.fail("%w", unknown("element segment", n))
	return FuncRef
}

// special checks the instructions that have a rule of their own.
func (c *checker) special() {
	switch c.in.code {
	case opLocalGet, opLocalSet, opLocalTee:
		c.variable(c.local())
	case opGlobalGet, opGlobalSet:
		c.variable(c.global())
	case opDrop:
		c.pop()
	case opSelect:
		c.choose()
	case opSelectType:
		c.chooseType()
	case opTableGet, opTableSet, opTableGrow, opTableFill:
		c.entry()
	case opRefNull, opRefIsNull, opRefFunc:
		c.reference()
	default:
		c.control()
	}
}

func (c *checker) local() ValueType {
	n := int64(c.in.x)
	if n < int64(len(c.params)) {
		return c.params[n]
	}
	if n -= int64(len(c.params)); n < int64(len(c.locals)) {
		return c.locals[n]
	}
	c.fail("%w", unknown("local", c.in.x))
	return I32
}

func (c *checker) global() ValueType {
	if int64(c.in.x) >= int64(len(c.m.globals)) {
		c.fail("%w", unknown("global", c.in.x))
		return I32
	}
	g := c.m.globals[c.in.x]
	if c.in.code == opGlobalSet && !g.Mutable {
		c.fail("global %d is immutable", c.in.x)
	}
	return g.Value
}

// variable reads or writes a local or global of type t.
func (c *checker) variable(t ValueType) {
	switch c.in.code {
	case opLocalGet, opGlobalGet:
		c.push(t)
	case opLocalSet, opGlobalSet:
		c.want(t)
	case opLocalTee:
		c.want(t)
		c.push(t)
	}
}

func (c *checker) choose() {
	c.want(I32)
	a, b := c.pop(), c.pop()
	switch {
	case a.isRef() || b.isRef():
		c.fail("type mismatch: references need a select with a type")
	case a == anyType:
		a = b
	case b != anyType && a != b:
		c.fail("type mismatch: %v and %v", a, b)
	}
	c.push(a)
}

func (c *checker) chooseType() {
	if c.in.x != 1 {
		c.fail("invalid result arity %d", c.in.x)
	}
	c.want(I32)
	c.want(c.in.kind)
	c.want(c.in.kind)
	c.push(c.in.kind)
}

func (c *checker) entry() {
	t := c.table(c.in.x)
	switch c.in.code {
	case opTableGet:
		c.want(I32)
		c.push(t)
	case opTableSet:
		c.want(t)
		c.want(I32)
	case opTableGrow:
		c.want(I32)
		c.want(t)
		c.push(I32)
	case opTableFill:
		c.want(I32)
		c.want(t)
		c.want(I32)
	}
}

func (c *checker) reference() {
	switch c.in.code {
	case opRefNull:
		c.push(c.in.kind)
	case opRefIsNull:
		if t := c.pop(); !t.isRef() && t != anyType {
			c.fail("type mismatch: %v where a reference is wanted", t)
		}
		c.push(I32)
	case opRefFunc:
		if int64(c.in.x) >= int64(len(c.m.funcs)) {
			c.fail("%w", unknown("function", c.in.x))
		} else if !c.declared[c.in.x] {
			c.fail("undeclared function reference %d", c.in.x)
		}
		c.push(FuncRef)
	}
}
