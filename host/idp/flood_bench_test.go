package idp

// A flood of sign-ins.

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/people/peopletest"
	"github.com/doorward/doorward/host/store"
)

const flooders = 200

// BenchmarkFlood is so many browsers, each at an address of its own, that sign
// in with names that nobody has as fast as they are answered, for a second each
// turn; one person who signs in with the right password meanwhile and tries
// again when the host is busy; and a client that asks for userinfo.
func BenchmarkFlood(b *testing.B) {
	c := newCrowded(b, 1000, store.Options{InsecureNoSync: true})
	token := c.exchange("keeper", c.codeFor("keeper", everything)).Access
	for _, cores := range []int{1, 2} {
		b.Run(fmt.Sprintf("cores=%d", cores), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			c.t, c.provider.attempts = b, newThrottle(c.clock.Now)
			c.floods(b, token)
		})
	}
}

func (c crowded) floods(b *testing.B, token string) {
	quiet := c.latencies(b.Context(), token, 200)
	ctx, stop := context.WithCancel(b.Context())
	var all sync.WaitGroup
	var tried, busy atomic.Int64
	for i := range flooders {
		all.Go(func() { c.flood(ctx, i, &tried, &busy) })
	}
	var waited, asked []time.Duration
	all.Go(func() {
		for ctx.Err() == nil {
			waited = append(waited, c.signedIn(ctx))
		}
	})
	b.ResetTimer()
	used := cpuTime(b)
	for range b.N {
		second, end := context.WithTimeout(ctx, time.Second)
		asked = append(asked, c.latencies(second, token, 100_000)...)
		end()
	}
	b.StopTimer()
	seconds, cpu := b.Elapsed().Seconds(), (cpuTime(b) - used).Seconds()
	b.ReportMetric(float64(tried.Load())/seconds, "hashed/s")
	b.ReportMetric(float64(busy.Load())/seconds, "busy/s")
	b.ReportMetric(cpu/seconds, "cores")
	stop()
	all.Wait()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(waited, 0.5), "sign-in-p50-ms")
	b.ReportMetric(at(waited, 1), "sign-in-max-ms")
	b.ReportMetric(at(quiet, 0.5), "userinfo-quiet-p50-ms")
	b.ReportMetric(at(asked, 0.5), "userinfo-p50-ms")
	b.ReportMetric(at(asked, 0.99), "userinfo-p99-ms")
}

// flood is the browser number i. It goes on to another address before the tries
// of one are slowed down.
func (c crowded) flood(ctx context.Context, i int, tried, busy *atomic.Int64) {
	var browser *browser
	var page result
	for n := 0; ctx.Err() == nil; n++ {
		if n%20 == 0 {
			browser = c.from(fmt.Sprintf("10.%d.%d.%d", 1+n/20%200, i/256, i%256))
			page = browser.get(pathAuthorize, asking())
		}
		switch browser.submit(page, fmt.Sprint("nobody-", i, "-", n), "wrong").StatusCode {
		case http.StatusForbidden:
			tried.Add(1)
		case http.StatusServiceUnavailable:
			busy.Add(1)
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// signedIn is how long it takes a person to be in, who tries again when the host
// is busy.
func (c crowded) signedIn(ctx context.Context) time.Duration {
	browser, start := c.from("192.0.2.1"), time.Now()
	page := browser.get(pathAuthorize, asking())
	for ctx.Err() == nil && browser.submit(page, peopletest.UserName(1), peopletest.Password).StatusCode != http.StatusSeeOther {
		time.Sleep(100 * time.Millisecond)
	}
	return time.Since(start)
}

// latencies are of userinfo, asked every few milliseconds.
func (c crowded) latencies(ctx context.Context, token string, most int) (list []time.Duration) {
	for len(list) < most && ctx.Err() == nil {
		start := time.Now()
		c.answered(http.StatusOK, http.MethodGet, pathUserInfo, "Bearer "+token, "", nil)
		list = append(list, time.Since(start))
		time.Sleep(2 * time.Millisecond)
	}
	return list
}

func at(list []time.Duration, share float64) float64 {
	slices.Sort(list)
	if len(list) == 0 {
		return 0
	}
	return list[int(share*float64(len(list)-1))].Seconds() * 1000
}
