package people

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkPassword is one check of a password at the cost of a new hash.
func BenchmarkPassword(b *testing.B) {
	hash, err := HashPassword("correct horse battery")
	must(b, err)
	h := NewHasher(HashesAtOnce, HashesWait)
	for b.Loop() {
		if ok, err := h.Matches(b.Context(), hash, "correct horse battery"); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// BenchmarkCost is a hash at each of the costs that OWASP calls equal, and at
// those that RFC 9106, section 4, recommends, the first one cut to what a stored
// hash may cost. As many as HashesAtOnce are computed at once, one after
// another as in a flood of sign-ins, and once the shortest of a few alone.
func BenchmarkCost(b *testing.B) {
	for _, cost := range []Cost{
		{46 * 1024, 1, 1}, {19 * 1024, 2, 1}, {12 * 1024, 3, 1}, {9 * 1024, 4, 1}, {7 * 1024, 5, 1},
		{64 * 1024, 1, 1}, {64 * 1024, 3, 1}, {64 * 1024, 3, 4}, {256 * 1024, 1, 4},
	} {
		b.Run(fmt.Sprintf("m=%dMiB,t=%d,p=%d", cost.Memory/1024, cost.Time, cost.Threads), func(b *testing.B) {
			before, used := resident(b), cpuTime(b)
			peak := peakMemory(b)
			var all sync.WaitGroup
			turns := make(chan int)
			for range HashesAtOnce {
				all.Go(func() {
					for range turns {
						_, _ = cost.Hash("correct horse battery")
					}
				})
			}
			for i := range b.N {
				turns <- i
			}
			close(turns)
			all.Wait()
			b.StopTimer()
			each := (cpuTime(b) - used).Seconds() / float64(b.N)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(alone(cost).Seconds()*1000, "alone-ms")
			b.ReportMetric(each*1000, "cpu-ms")
			b.ReportMetric(1/each, "/s/core")
			b.ReportMetric(float64(peak()-before)/(1<<20), "peak-MiB")
		})
	}
}

func alone(cost Cost) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range 10 {
		start := time.Now()
		_, _ = cost.Hash("correct horse battery")
		least = min(least, time.Since(start))
	}
	return least
}

func cpuTime(tb testing.TB) time.Duration {
	var used syscall.Rusage
	must(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// resident is this process's memory, in bytes, once it holds on to no more than
// it needs.
func resident(tb testing.TB) int {
	debug.FreeOSMemory()
	return residentNow(tb)
}

func residentNow(tb testing.TB) int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		tb.Fatal(err) // Linux has it
	}
	var size, pages int
	_, err = fmt.Fscan(bytes.NewReader(text), &size, &pages)
	must(tb, err)
	return pages * os.Getpagesize()
}

// peakMemory looks at the memory until peak is called, which is the most there was.
func peakMemory(tb testing.TB) (peak func() int) {
	most, stop, stopped := 0, make(chan bool), make(chan bool)
	go func() {
		for tick := time.NewTicker(time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				close(stopped)
				return
			case <-tick.C:
				most = max(most, residentNow(tb))
			}
		}
	}()
	return func() int {
		close(stop)
		<-stopped
		return most
	}
}
