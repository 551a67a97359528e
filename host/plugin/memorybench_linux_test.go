package plugin

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// BenchmarkMemory is what one more instance costs that waits in the pool, after
// it has served logins of 4 KB, in KB: its own pages of the guest's memory, Go's
// heap, and all that is this process's alone. The image is there once for all of
// them: its size as the guest sees it, and the pages of it that are kept.
func BenchmarkMemory(b *testing.B) {
	for _, guest := range benchGuests(b) {
		if guest.name == "wat" {
			continue
		}
		p := openIn(b, "", guest.module, guest.config)
		input := benchInput(b, guest.config)
		b.Run(guest.name, func(b *testing.B) {
			const few, more = 8, 64
			for range b.N {
				serveAtOnce(b, p, few, input)
				before := memoryTaken(b)
				all := serveAtOnce(b, p, few+more, input)
				after := memoryTaken(b)
				b.ReportMetric(float64(PrivateBytes(b, spansOf(b, all)...))/float64(len(all))/1024, "guest-KB")
				b.ReportMetric(float64(after.heap-before.heap)/more/1024, "heap-KB")
				b.ReportMetric(float64(after.private-before.private)/more/1024, "private-KB")
				p.engine.pool.close()
			}
			image := p.engine.image.memory.(*mappedImage)
			b.ReportMetric(float64(image.size)/1024, "image-KB")
			b.ReportMetric(float64(kept(b, image.file))/1024, "kept-KB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// serveAtOnce has n instances busy at once, each with two logins, one after the
// other, and puts them into the pool.
func serveAtOnce(b *testing.B, p *Plugin, n int, input []byte) (all []*instance) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range n {
		var i *instance
		for range 2 {
			c := p.newCall(input, "x", imageTime)
			if i == nil {
				var err error
				if i, err = p.engine.instance(context.Background(), c); err != nil {
					b.Fatal(err)
				}
			}
			i.memory.space.begin()
			c.begin(context.Background(), time.Minute)
			if err := p.engine.perform(i, c); err != nil || !p.engine.reusable(i) || i.restore(p.engine.image) != nil {
				b.Fatal("the instance cannot be used again: ", err)
			}
		}
		all = append(all, i)
	}
	for _, i := range all {
		p.engine.pool.put(i)
	}
	return all
}

func spansOf(b *testing.B, all []*instance) (spans []span) {
	for _, i := range all {
		s, ok := i.memory.space.(*mappedSpace)
		if !ok {
			b.Fatalf("a memory is a %T", i.memory.space)
		}
		from := uint64(uintptr(unsafe.Pointer(s.base)))
		spans = append(spans, span{from, from + uint64(s.reserved)})
	}
	return spans
}

type taken struct{ heap, private int64 }

func memoryTaken(b *testing.B) taken {
	runtime.GC()
	debug.FreeOSMemory()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return taken{int64(stats.HeapAlloc), PrivateBytes(b)}
}

// kept is the bytes of a file that take room.
func kept(b *testing.B, file *os.File) int64 {
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	return info.Sys().(*syscall.Stat_t).Blocks * 512
}
