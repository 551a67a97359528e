//go:build !tinygo

// Room in Go's allocator for the calls that come after the warm-up.

package doorward

import (
	"runtime"
	"unsafe"
)

// sizes are the sizes of objects that the allocator knows, as far as mappers
// ask for many. With others, as a later version of Go may have, calls are
// slower and nothing else.
var sizes = [...]uintptr{
	8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480, 512,
	576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048,
}

// A span is where the allocator lays objects of one size; its end says where
// they hold pointers. The host puts memory back by pages.
const (
	spanSize = 8 << 10
	pageSize = 4 << 10
	headed   = 512 // objects that are larger begin with a word instead
)

// reserve is how much memory lies ready: the host drops an instance whose
// memory grew in a call, and another one takes milliseconds.
const reserve = 1 << 20

// What settle took last: what is assigned here is taken from the allocator.
var (
	bytesTaken    []byte
	pointersTaken []*byte
)

// settle leaves a reserve, what the warm-up threw away, and a span with room for
// each size. All calls begin with the same spans, and one that is full would be
// replaced in each of them. The room begins in the page of the span's end, so
// that an object costs a call one page and not two.
func settle() {
	bytesTaken = make([]byte, reserve)
	bytesTaken = nil
	runtime.GC()
	for _, size := range sizes {
		words := size / 8
		if size > headed {
			words--
		}
		fill(size, func() uintptr {
			pointersTaken = make([]*byte, words)
			return uintptr(unsafe.Pointer(unsafe.SliceData(pointersTaken)))
		})
		fill(size, func() uintptr {
			bytesTaken = make([]byte, size)
			return uintptr(unsafe.Pointer(unsafe.SliceData(bytesTaken)))
		})
	}
	pointersTaken, bytesTaken = nil, nil
}

// fill takes objects until one lies in the second page of a span, and the one
// before it did not.
func fill(size uintptr, take func() uintptr) {
	before := take() % spanSize
	for range 3 * spanSize / size {
		at := take() % spanSize
		if before < pageSize && at >= pageSize {
			return
		}
		before = at
	}
}
