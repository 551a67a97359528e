// An Input for tests.

package doorward

import "github.com/doorward/doorward/sdk/abi"

// text is a host that answers from an input's JSON.
type text struct {
	document abi.Raw
	lines    []string
}

// NewInput is an Input that reads from document, the JSON of an input as the
// host would send it, so that a mapper can be tested without a host. It fails
// with an *abi.SyntaxError when document is not strict JSON.
func NewInput(document []byte) (*Input, error) {
	if err := abi.Raw(document).Check(); err != nil {
		return nil, err
	}
	return &Input{host: &text{document: document}}, nil
}

// Logged is what was logged through an Input of NewInput: "warn: …". It is nil
// in a guest.
func (in *Input) Logged() []string {
	if t, ok := in.host.(*text); ok {
		return t.lines
	}
	return nil
}

func (t *text) get(pointer string) (Value, bool) {
	tokens, err := abi.ParsePointer(pointer)
	if err != nil {
		return nil, false
	}
	return abi.Find(t.document, tokens)
}

func (t *text) log(level Level, message string) {
	t.lines = append(t.lines, level.String()+": "+message)
}
