package host_test

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/doorward/doorward/host"
)

// BenchmarkReplay replays DOORWARD_REPLAY_LOGINS recorded logins (2000 when it
// is not set) of three providers, most of them with plugins, under five rules.
func BenchmarkReplay(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("DOORWARD_REPLAY_LOGINS"))
	if err != nil {
		n = 2000
	}
	r := newRig(b, rigConfig, rigPolicy)
	rnd := rand.New(rand.NewPCG(1, 2))
	for range n {
		_, _ = r.walk(r.anybody(rnd))
		r.pass(time.Millisecond)
		if r.answers%500 == 0 {
			r.flush()
		}
	}
	r.flush()
	cores, before := runtime.GOMAXPROCS(0), cpu(b)
	for b.Loop() {
		report, err := r.ReplayOn(context.Background(), host.ReplayRequest{}, cores)
		if err != nil || report.Replayed != n || report.Different != 0 {
			b.Fatalf("%v\n%s", err, text(report))
		}
	}
	// Of one core's time, which others on the machine do not take away.
	took := (cpu(b) - before).Seconds() / float64(b.N)
	b.ReportMetric(float64(n)/took, "logins/s/core")
	b.ReportMetric(took*1e6/float64(n), "cpu-µs/login")
}

// cpu is the processors' time that this process has had.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
