// What is wrong with a module.

package wasmbin

import (
	"errors"
	"fmt"
)

var (
	// ErrNotModule is wrapped by every error about bytes that are no core Wasm
	// module of version 1, or one that this package does not read.
	ErrNotModule = errors.New("not a core Wasm module")
	// ErrUnsupported is wrapped when a module needs a feature beyond
	// WebAssembly 2.0; the message names it.
	ErrUnsupported = errors.New("is not supported; build for WebAssembly 2.0 without it")
	// ErrBound is wrapped when a module is larger than this package takes; the
	// message names what is too large, and the bound.
	ErrBound = errors.New("is too large")
	// ErrInvalid is wrapped by every error of Validate.
	ErrInvalid = errors.New("not a valid Wasm module")
	// ErrReserved is wrapped when a module uses a name that is the host's.
	ErrReserved = errors.New("is a name of the host; choose another")
)

// SyntaxError is bytes that are no module. It wraps ErrNotModule.
type SyntaxError struct {
	Offset int // in the module's bytes
	Err    error
}

// Error says what is wrong and where.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%v: at byte %d: %v", ErrNotModule, e.Offset, e.Err)
}

// Unwrap gives ErrNotModule and the cause.
func (e *SyntaxError) Unwrap() []error { return []error{ErrNotModule, e.Err} }

// ValidationError is a module that breaks a rule of the specification. It
// wraps ErrInvalid.
type ValidationError struct {
	Offset int    // in the original module's bytes
	Func   int    // index of the function, imports counted; -1 outside code
	Name   string // of the function, when the module has one for it
	Err    error
}

// Error says what is wrong and where.
func (e *ValidationError) Error() string {
	where := ""
	if e.Func >= 0 {
		where = fmt.Sprintf(" in function %d", e.Func)
		if e.Name != "" {
			where += fmt.Sprintf(" (%s)", e.Name)
		}
	}
	return fmt.Sprintf("%v: at byte %d%s: %v", ErrInvalid, e.Offset, where, e.Err)
}

// Unwrap gives ErrInvalid and the cause.
func (e *ValidationError) Unwrap() []error { return []error{ErrInvalid, e.Err} }

// ReservedError is a name of the host's that a guest took. It wraps
// ErrReserved.
type ReservedError struct {
	Name   string
	Import bool // it is the module of an import; otherwise it is an export
}

// Error names the name.
func (e *ReservedError) Error() string {
	if e.Import {
		return fmt.Sprintf("import from module %q: it %v", e.Name, ErrReserved)
	}
	return fmt.Sprintf("export %q: it %v", e.Name, ErrReserved)
}

// Unwrap gives ErrReserved.
func (e *ReservedError) Unwrap() error { return ErrReserved }

func unsupported(feature string) error {
	return fmt.Errorf("it uses %s, which %w", feature, ErrUnsupported)
}

func tooLarge(what string, most int) error {
	return fmt.Errorf("%s %w: the most is %d", what, ErrBound, most)
}
