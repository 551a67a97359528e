// Validation: everything but code.

package wasmbin

import (
	"errors"
	"fmt"
)

var errConstant = errors.New("constant expression required")

// Validate checks the module as the specification wants it: indices, types,
// limits, the operands of every instruction. It works once; later calls give
// the first result.
//
// It fails with a ValidationError, which wraps ErrInvalid, and ErrBound
// besides when the module's types make the check more than linear work.
//
// See the WebAssembly Core Specification 2.0, section 3 and appendix
// "Validation Algorithm".
func (m *Module) Validate() error {
	m.once.Do(func() { m.invalid = m.validate() })
	return m.invalid
}

func (m *Module) validate() error {
	for _, check := range []func() error{
		m.checkFunctions, m.checkTables, m.checkMemories, m.checkGlobals,
		m.checkExports, m.checkStart, m.checkElements, m.checkData, m.checkCode,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// invalidAt is an error outside code.
func invalidAt(offset int, format string, args ...any) error {
	return &ValidationError{Offset: offset, Func: -1, Err: fmt.Errorf(format, args...)}
}

// place is where a section's content begins; imported entities stand elsewhere,
// near enough for a message.
func (m *Module) place(id byte) int {
	if s := m.section(id); s != nil {
		return s.body
	}
	return len(header)
}

func unknown[N int | uint32](what string, n N) error { return fmt.Errorf("unknown %s %d", what, n) }

func (m *Module) checkFunctions() error {
	for i, t := range m.funcs {
		if int(t) >= len(m.types) {
			return invalidAt(m.place(idFunction), "unknown type %d of function %d", t, i)
		}
	}
	return nil
}

func (m *Module) checkTables() error {
	for i, t := range m.tables {
		if t.Bounded && t.Max < t.Min {
			return invalidAt(m.place(idTable), "size minimum of table %d must not be greater than maximum", i)
		}
	}
	return nil
}

func (m *Module) checkMemories() error {
	if len(m.memories) > 1 {
		return invalidAt(m.place(idMemory), "multiple memories: %w", unsupported(manyMemory))
	}
	for _, l := range m.memories {
		if l.Min > maxPages || l.Bounded && l.Max > maxPages {
			return invalidAt(m.place(idMemory), "memory size must be at most %d pages (4 GiB)", maxPages)
		}
		if l.Bounded && l.Max < l.Min {
			return invalidAt(m.place(idMemory), "size minimum of the memory must not be greater than maximum")
		}
	}
	return nil
}

func (m *Module) checkGlobals() error {
	for _, g := range m.globals[m.imported(Global):] {
		if err := m.checkConstant(g.init, g.Value); err != nil {
			return err
		}
	}
	return nil
}

// checkConstant checks that an expression is one constant of the type.
func (m *Module) checkConstant(s span, want ValueType) error {
	r := reader{b: m.raw[:s.to], at: s.from}
	var in instr
	r.instr(&in)
	if in.code == opEnd {
		return invalidAt(in.at, "type mismatch: an empty expression where %v is wanted", want)
	}
	got, err := m.constantType(&in)
	switch {
	case err != nil:
		return invalidAt(in.at, "%w", err)
	case got != want:
		return invalidAt(in.at, "type mismatch: %s gives %v where %v is wanted", in.name, got, want)
	}
	switch r.instr(&in); {
	case in.code == opEnd:
		return nil
	case in.sig != "-" || in.code == opRefFunc || in.code == opGlobalGet || in.code == opRefNull:
		return invalidAt(in.at, "type mismatch or %w: a second instruction, %s", errConstant, in.name)
	}
	return invalidAt(in.at, "%w", errConstant)
}

func (m *Module) constantType(in *instr) (ValueType, error) {
	switch in.code {
	case opI32Const, opI64Const, opF32Const, opF64Const, opV128Const:
		return letters[in.sig[1]], nil
	case opRefNull:
		return in.kind, nil
	case opRefFunc:
		if int(in.x) >= len(m.funcs) {
			return 0, unknown("function", in.x)
		}
		return FuncRef, nil
	case opGlobalGet:
		if int(in.x) >= m.imported(Global) {
			return 0, unknown("global", in.x)
		}
		if g := m.globals[in.x]; !g.Mutable {
			return g.Value, nil
		}
	}
	return 0, fmt.Errorf("%w, not %s", errConstant, in.name)
}

func (m *Module) checkExports() error {
	sizes := [...]int{Func: len(m.funcs), Table: len(m.tables), Memory: len(m.memories), Global: len(m.globals)}
	seen := make(map[string]struct{}, len(m.exports))
	for _, e := range m.exports {
		if int64(e.n) >= int64(sizes[e.kind]) {
			return invalidAt(e.at, "%w, exported as %q", unknown(e.kind.String(), e.n), e.name)
		}
		if _, twice := seen[e.name]; twice {
			return invalidAt(e.at, "duplicate export name %q", e.name)
		}
		seen[e.name] = struct{}{}
	}
	return nil
}

func (m *Module) checkStart() error {
	if m.start == nil {
		return nil
	}
	if int(m.start.n) >= len(m.funcs) {
		return invalidAt(m.start.at, "%w", unknown("function", m.start.n))
	}
	if t := m.signature(m.start.n); len(t.Params)+len(t.Results) > 0 {
		return invalidAt(m.start.at, "the start function has parameters or results")
	}
	return nil
}

func (m *Module) checkElements() error {
	for _, e := range m.elements {
		if e.mode == active {
			if int(e.table) >= len(m.tables) {
				return invalidAt(e.at, "%w", unknown("table", e.table))
			}
			if t := m.tables[e.table].Elem; t != e.elem {
				return invalidAt(e.at, "type mismatch: %v in a table of %v", e.elem, t)
			}
			if err := m.checkConstant(e.offset, I32); err != nil {
				return err
			}
		}
		for _, f := range e.funcs {
			if int(f.n) >= len(m.funcs) {
				return invalidAt(f.at, "%w", unknown("function", f.n))
			}
		}
		for _, x := range e.exprs {
			if err := m.checkConstant(x, e.elem); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Module) checkData() error {
	for _, s := range m.data {
		if s.mode != active {
			continue
		}
		if int(s.memory) >= len(m.memories) {
			return invalidAt(s.at, "%w", unknown("memory", s.memory))
		}
		if err := m.checkConstant(s.offset, I32); err != nil {
			return err
		}
	}
	return nil
}
