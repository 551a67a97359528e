package wasmbin_test

// Valid modules made from random bytes: blocks, loops, branches of all kinds,
// calls, memory.

const (
	genLocals    = 6 // of each function, its two parameters included
	genFunctions = 4
	genDepth     = 6
)

// generator writes the code of one function. Each byte of data decides one
// thing; when there is no more, everything ends soon.
type generator struct {
	data   []byte
	out    []byte
	labels []bool // of open blocks, the function first: a branch carries a value
	count  bool   // count each instruction that costs something, in global 1
}

// generate makes a module that exports f0, f1 and so on, of two numbers to
// one. With count, global "count" says how many instructions ran.
func generate(data []byte, count bool) []byte {
	g := &generator{data: data, count: count}
	var bodies string
	for range genFunctions {
		g.out = []byte{1, genLocals - 2, 0x7f}
		g.labels = append(g.labels[:0], true)
		g.statements()
		g.expression(0)
		g.out = append(g.out, 0x0b)
		bodies += vector(len(g.out), string(g.out))
	}
	var functions, exports, table string
	for i := range genFunctions {
		functions += "\x00"
		exports += "\x02f" + string(rune('0'+i)) + "\x00" + string(rune(i))
		table += string(rune(i))
	}
	exports += "\x05count\x03\x01\x06memory\x02\x00"
	zero := "\x7f\x01\x41\x00\x0b"
	return []byte(header +
		big(1, "\x02\x60\x02\x7f\x7f\x01\x7f"+"\x60\x01\x7f\x01\x7f") + big(3, vector(genFunctions, functions)) +
		big(4, "\x01\x70\x00\x08") + big(5, "\x01\x00\x01") + big(6, "\x02"+zero+zero) +
		big(7, vector(genFunctions+2, exports)) + big(9, "\x01\x00\x41\x00\x0b"+vector(genFunctions, table)) +
		big(10, vector(genFunctions, bodies)))
}

// pick gives a number below n; 0 at the end.
func (g *generator) pick(n int) byte {
	if len(g.data) == 0 {
		return 0
	}
	b := g.data[0]
	g.data = g.data[1:]
	return b % byte(n)
}

// op writes an instruction that costs one.
func (g *generator) op(code ...byte) {
	if g.count {
		g.out = append(g.out, 0x23, 1, 0x41, 1, 0x6a, 0x24, 1)
	}
	g.out = append(g.out, code...)
}

func (g *generator) free(code ...byte) { g.out = append(g.out, code...) }

func (g *generator) expression(depth int) {
	kind := g.pick(12)
	if depth > 3 {
		kind %= 3
	}
	switch kind {
	case 0, 1:
		g.op(0x20, g.pick(genLocals))
	case 2:
		g.op(0x41, g.pick(64))
	case 3, 4, 5, 6:
		g.expression(depth + 1)
		g.expression(depth + 1)
		g.op([]byte{0x6a, 0x6b, 0x73, 0x6c, 0x70, 0x49}[g.pick(6)])
	case 7:
		g.expression(depth + 1)
		g.op(0x45)
	case 8:
		g.address(depth)
		g.op(0x2d, 0, 4)
	case 9:
		g.op(0x23, 0)
	case 10:
		g.expression(depth + 1)
		g.expression(depth + 1)
		g.op(0x10, g.pick(genFunctions))
	case 11:
		g.expression(depth + 1)
		g.expression(depth + 1)
		g.op(0x41, g.pick(genFunctions+1))
		g.op(0x11, 0, 0)
	}
}

// address pushes a place in the first few bytes.
func (g *generator) address(depth int) {
	g.expression(depth + 1)
	g.op(0x41, 63)
	g.op(0x71)
}

func (g *generator) statements() {
	for n := g.pick(5); len(g.data) > 0; n-- {
		g.statement()
		if n == 0 {
			return
		}
	}
}

func (g *generator) statement() {
	kind := g.pick(14)
	if len(g.labels) > genDepth {
		kind %= 6
	}
	switch kind {
	case 0, 1:
		g.set()
	case 2:
		g.expression(0)
		g.op(0x24, 0)
	case 3:
		g.address(0)
		g.expression(0)
		g.op(0x3a, 0, 2)
	case 4:
		g.move()
	case 5, 6:
		g.branch()
	case 7, 8:
		g.loop()
	case 9:
		g.block(0x02, 0x40, false)
	case 10:
		g.expression(0)
		g.op(0x04, 0x40)
		g.arms()
	case 11: // a block with a result
		g.free(0x02, 0x7f)
		g.inside(true, func() { g.statements(); g.expression(0) })
		g.op(0x21, g.pick(genLocals))
	case 12: // a loop with a parameter
		g.expression(0)
		g.free(0x03, 1)
		g.inside(true, func() {
			g.op(0x21, g.pick(genLocals))
			g.statements()
			g.expression(0)
			g.op(0x20, g.pick(genLocals))
			g.op(0x0d, 0)
		})
		g.op(0x21, g.pick(genLocals))
	case 13:
		g.block(0x03, 0x40, false)
	}
}

func (g *generator) inside(carries bool, body func()) {
	g.labels = append(g.labels, carries)
	body()
	g.labels = g.labels[:len(g.labels)-1]
	g.free(0x0b)
}

func (g *generator) block(code, kind byte, carries bool) {
	g.free(code, kind)
	g.inside(carries, g.statements)
}

func (g *generator) arms() {
	g.inside(false, func() {
		g.statements()
		if g.pick(2) == 1 {
			g.free(0x05)
			g.statements()
		}
	})
}

// loop counts a local down.
func (g *generator) loop() {
	local := g.pick(genLocals)
	g.op(0x41, g.pick(12))
	g.op(0x21, local)
	g.free(0x03, 0x40)
	g.inside(false, func() {
		g.statements()
		g.op(0x20, local)
		g.op(0x41, 1)
		g.op(0x6b)
		g.op(0x22, local)
		g.op(0x41, 0)
		g.op(0x4a)
		g.op(0x0d, 0)
	})
}

func (g *generator) set() {
	g.expression(0)
	g.op(0x21, g.pick(genLocals))
}

func (g *generator) move() {
	g.address(0)
	g.address(0)
	g.address(0)
	if g.pick(2) == 0 {
		g.op(0xfc, 11, 0)
	} else {
		g.op(0xfc, 10, 0, 0)
	}
}

// branch leaves for a label: always, under a condition, or by a table.
func (g *generator) branch() {
	label := g.pick(len(g.labels))
	carries := g.labels[len(g.labels)-1-int(label)]
	if carries {
		g.expression(0)
	}
	switch g.pick(4) {
	case 0:
		g.op(0x0c, label)
	case 1:
		g.expression(0)
		g.table(label, carries)
	default:
		g.expression(0)
		g.op(0x0d, label)
		if carries {
			g.op(0x1a)
		}
	}
}

// table writes a br_table of labels that carry the same.
func (g *generator) table(label byte, carries bool) {
	targets := []byte{label}
	for range g.pick(4) {
		if other := g.pick(len(g.labels)); g.labels[len(g.labels)-1-int(other)] == carries {
			targets = append(targets, other)
		}
	}
	g.op(append([]byte{0x0e, byte(len(targets) - 1)}, targets...)...)
}
