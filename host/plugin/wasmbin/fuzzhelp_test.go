package wasmbin_test

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

// plain is a module without its custom sections. The engine makes room for as
// many names as a name section says that it has, be they hundreds of millions;
// it never sees a guest's own, because a rewritten module has another.
func plain(module []byte) []byte {
	const header = 8
	out := append([]byte(nil), module[:header]...)
	for rest := module[header:]; len(rest) > 0; {
		size, n := binary.Uvarint(rest[1:])
		whole := 1 + n + int(size)
		if rest[0] != 0 {
			out = append(out, rest[:whole]...)
		}
		rest = rest[whole:]
	}
	return out
}

// cause is an error without the trace, whose names of functions differ.
func cause(err error) string {
	if err == nil {
		return ""
	}
	text, _, _ := strings.Cut(err.Error(), "\nwasm stack trace")
	if _, after, found := strings.Cut(text, "] failed: "); found {
		return after
	}
	return text
}

func show(results []uint64) string { return fmt.Sprintf("%x", results) }

// stackSize is how many words a function's parameters take.
func stackSize(f api.Function) int {
	size := 0
	for _, t := range f.Definition().ParamTypes() {
		size++
		if t == 0x7b { // v128
			size++
		}
	}
	return size
}
