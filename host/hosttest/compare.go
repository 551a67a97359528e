// Compare: several servers under the same load, in turn.

package hosttest

import (
	"slices"
	"testing"
	"time"
)

// Figures of one server: medians over the rounds of a comparison.
type Figures struct {
	PerSecond float64
	Beside    float64 // PerSecond by that of the first server, round by round
	CPU       float64 // µs of this process for a request; nothing of the client's
	CPUBeside float64 // what the first server takes of CPU, by what this one takes
	ClientCPU float64 // µs for a request
}

const rounds = 20

// Compare sends b.N requests of each job, in rounds of equal parts, so that
// whatever else the machine does meanwhile meets all of them alike. The
// benchmark's timer runs during those of the last one. Count is ignored.
func (l *Load) Compare(b *testing.B, jobs ...Job) []Figures {
	b.Helper()
	for _, job := range jobs { // connections, caches
		job.Count = 2 * job.Connections
		l.Run(job)
	}
	all := make([][5][]float64, len(jobs))
	b.ReportAllocs()
	b.ResetTimer()
	b.StopTimer()
	for round := range rounds {
		count := b.N*(round+1)/rounds - b.N*round/rounds
		if count == 0 {
			continue
		}
		var one [5]float64
		for i, job := range jobs {
			job.Count = count
			if i == len(jobs)-1 {
				b.StartTimer()
			}
			cpu := CPU()
			done := l.Run(job)
			cpu = CPU() - cpu
			b.StopTimer()
			rate := [5]float64{float64(count) / done.Took.Seconds(), 0, micros(cpu, count), 0, micros(done.CPU, count)}
			if i == 0 {
				one = rate
			}
			rate[1], rate[3] = rate[0]/one[0], one[2]/rate[2]
			for k, v := range rate {
				all[i][k] = append(all[i][k], v)
			}
		}
	}
	figures := make([]Figures, len(jobs))
	for i, f := range all {
		figures[i] = Figures{median(f[0]), median(f[1]), median(f[2]), median(f[3]), median(f[4])}
	}
	return figures
}

func micros(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1e3 / float64(n) }

func median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
