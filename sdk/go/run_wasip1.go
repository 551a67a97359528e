// The guest's side of the boundary.

package doorward

import "unsafe"

//go:wasmimport doorward input_len
func hostInputLen() uint32

//go:wasmimport doorward get
//go:noescape
func hostGet(path unsafe.Pointer, pathLen uint32, buf unsafe.Pointer, bufCap uint32) int32

//go:wasmimport doorward output_write
//go:noescape
func hostOutputWrite(ptr unsafe.Pointer, length uint32)

//go:wasmimport doorward log
//go:noescape
func hostLog(level int32, ptr unsafe.Pointer, length uint32)

//go:wasmimport doorward fail
//go:noescape
func hostFail(ptr unsafe.Pointer, length uint32)

// guest is the host behind the imports, and input what reads from it: one each,
// made when the guest starts, so that a call makes less.
var (
	guest = imports{free: make([]byte, block), out: make([]byte, 0, resultRoom)}
	input = Input{host: &guest}
)

// In bytes, each more than a usual login needs.
const (
	block      = 14 << 10 // memory for values, taken at once
	resultRoom = 2 << 10  // memory for the result
	longInput  = 32 << 10
)

// imports lays values one behind the other into blocks of memory: the fewer
// places a call writes to, the less the host has to put back. No byte is given
// out twice, so whatever a mapper keeps stays as it was.
type imports struct {
	free []byte // the unused end of the present block
	out  []byte // for results
	warm bool   // a call has ended
}

// get asks again with room for the whole value when it did not fit.
func (h *imports) get(pointer string) (Value, bool) {
	for {
		n := hostGet(unsafe.Pointer(unsafe.StringData(pointer)), uint32(len(pointer)),
			unsafe.Pointer(unsafe.SliceData(h.free)), uint32(len(h.free)))
		if n < 0 {
			return nil, false
		}
		if int(n) <= len(h.free) {
			return h.take(int(n)), true
		}
		h.free = make([]byte, int(n)+block)
	}
}

// take gives out the next size bytes.
func (h *imports) take(size int) []byte {
	taken := h.free[:size:size]
	h.free = h.free[size:]
	return taken
}

// room is an empty slice with room for size bytes.
func room(size int) []byte {
	if size > len(guest.free) {
		guest.free = make([]byte, size+block)
	}
	return guest.take(size)[:0]
}

func (h *imports) log(level Level, message string) {
	hostLog(int32(level), unsafe.Pointer(unsafe.StringData(message)), uint32(len(message)))
}

// end is the end of a call. Calls begin with the memory that the first one, the
// warm-up, leaves: room for the result and a whole block behind it. Where the
// warm-up trapped, every call is a first one; so that not every one of them
// settles, only such as have an input as long as the warm-up's do.
func (h *imports) end() {
	if h.warm {
		return
	}
	memory := make([]byte, resultRoom+block)
	h.warm, h.out, h.free = true, memory[:0:resultRoom], memory[resultRoom:]
	if hostInputLen() > longInput {
		settle()
	}
}

// Run maps one login: it gives mapper the host's input, and the host mapper's
// result. It returns what the exported function map must return: zero, or 1
// when mapper failed, whose error is then the reason in the trace.
func Run(mapper func(*Input) (Result, error)) int32 {
	defer guest.end()
	result, err := mapper(&input)
	if err != nil {
		reason := err.Error()
		hostFail(unsafe.Pointer(unsafe.StringData(reason)), uint32(len(reason)))
		return 1
	}
	out := result.appendJSON(guest.out[:0])
	hostOutputWrite(unsafe.Pointer(unsafe.SliceData(out)), uint32(len(out)))
	return 0
}
