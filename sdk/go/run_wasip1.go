// The guest's side of the boundary.

package doorward

import "unsafe"

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

// imports is the host behind the imports.
type imports struct{ scratch []byte }

func (h *imports) get(pointer string) (Value, bool) {
	for {
		n := hostGet(unsafe.Pointer(unsafe.StringData(pointer)), uint32(len(pointer)),
			unsafe.Pointer(unsafe.SliceData(h.scratch)), uint32(len(h.scratch)))
		if n < 0 {
			return nil, false
		}
		if int(n) <= len(h.scratch) {
			return append(Value(nil), h.scratch[:n]...), true
		}
		h.scratch = make([]byte, n)
	}
}

func (h *imports) log(level Level, message string) {
	hostLog(int32(level), unsafe.Pointer(unsafe.StringData(message)), uint32(len(message)))
}

// Run maps one login: it gives mapper the host's input, and the host mapper's
// result. It returns what the exported function map must return: zero, or 1
// when mapper failed, whose error is then the reason in the trace.
func Run(mapper func(*Input) (Result, error)) int32 {
	result, err := mapper(&Input{host: &imports{scratch: make([]byte, 4096)}})
	if err != nil {
		reason := err.Error()
		hostFail(unsafe.Pointer(unsafe.StringData(reason)), uint32(len(reason)))
		return 1
	}
	out := result.JSON()
	hostOutputWrite(unsafe.Pointer(unsafe.SliceData(out)), uint32(len(out)))
	return 0
}
