package plugin_test

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/doorward/doorward/host/plugin"
)

// memoryUse is what a process keeps for itself: Go's heap, and pages that no file
// stands behind.
type memoryUse struct{ heap, private int64 }

func memoryNow(t testing.TB) memoryUse {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return memoryUse{heap: int64(stats.HeapAlloc), private: plugin.PrivateBytes(t)}
}

// isBack wants no more memory to be kept than before, but for tolerance bytes:
// what pools keep, and what Go's runtime has not given back yet.
func (before memoryUse) isBack(t testing.TB, tolerance int64) {
	t.Helper()
	var now memoryUse
	for range 20 { // goroutines end a little after what waits for them
		now = memoryNow(t)
		if now.heap-before.heap <= tolerance && now.private-before.private <= 2*tolerance {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("the heap went from %d to %d KiB, private pages from %d to %d KiB", before.heap>>10, now.heap>>10, before.private>>10, now.private>>10)
}
