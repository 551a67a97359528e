// The functions that a call ended in, by the names that their author knows.

package author

import (
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/doorward/doorward/host/plugin"
	"github.com/doorward/doorward/host/plugin/wasmbin"
)

// meter begins the names of the host's own functions, which are no part of the
// author's program.
const meter = "doorward.meter."

// stackOf names the functions of a report, the innermost first. One that the
// module has no name for is called as it is exported, or else $ and its index.
func (m *Module) stackOf(r plugin.Report) []string {
	var names []string
	for _, name := range r.Stack {
		if strings.HasPrefix(name, meter) {
			continue
		}
		if digits, nameless := strings.CutPrefix(name, "$"); nameless {
			if n, err := strconv.ParseUint(digits, 10, 32); err == nil {
				name = or(exportOf(m.bytes, n), name)
			}
		}
		names = append(names, demangled(name))
	}
	return names
}

// exportOf is the first name that a function is exported by; empty when it is
// not.
func exportOf(module []byte, function uint64) string {
	sections, err := wasmbin.Sections(module)
	if err != nil {
		return ""
	}
	for _, s := range sections {
		if s.Kind() == "export" {
			return exportIn(s.Payload, function)
		}
	}
	return ""
}

// exportIn looks through the entries of an export section: a name, one byte
// for the kind, and an index.
func exportIn(section []byte, function uint64) string {
	number := func() uint64 {
		n, digits := binary.Uvarint(section)
		section = section[max(digits, 0):]
		return n
	}
	for count := number(); count > 0; count-- {
		size := number()
		if size >= uint64(len(section)) {
			return ""
		}
		name, kind := section[:size], section[size]
		section = section[size+1:]
		if index := number(); kind == 0 && index == function {
			return string(name)
		}
	}
	return ""
}

func stackLines(stack []string) []string {
	lines := make([]string, 0, len(stack))
	for i, function := range stack {
		head := "stack   "
		if i > 0 {
			head = "        "
		}
		lines = append(lines, head+function)
	}
	return lines
}
