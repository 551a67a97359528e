package wasmbin_test

import (
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/api"
)

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
