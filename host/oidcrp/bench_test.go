package oidcrp

import (
	"context"
	"testing"
	"time"

	"github.com/doorward/doorward/host/hosttest"
	"github.com/doorward/doorward/host/login"
)

// BenchmarkIDToken is the whole verify step with cached keys.
func BenchmarkIDToken(b *testing.B) {
	for _, alg := range []string{"RS256", "ES256"} {
		w := newWorld(b, func(k *hosttest.Knobs) { k.Alg = alg }, nil)
		req, cb := w.begin(b)
		answer, err := w.rp.accept(context.Background(), req, cb)
		if err != nil {
			b.Fatal(err)
		}
		reply, err := w.rp.exchange(context.Background(), req, answer)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.rp.verify(context.Background(), answer.meta, reply, nonce(req)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkComplete is a whole login with the provider in process, split by
// step as its trace has it: exchange and userinfo hold a call over TLS and the
// provider's own work.
func BenchmarkComplete(b *testing.B) {
	w := newWorld(b, func(k *hosttest.Knobs) { k.Alg = "ES256" }, nil)
	steps := map[string]time.Duration{}
	for b.Loop() {
		b.StopTimer()
		req, cb := w.begin(b)
		trace := &login.Trace{}
		b.StartTimer()
		if _, err := w.rp.Complete(login.WithTrace(context.Background(), trace), req, cb); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		for _, e := range trace.Entries() {
			steps[e.Step] += e.Took
		}
		b.StartTimer()
	}
	for step, took := range steps {
		b.ReportMetric(float64(took.Microseconds())/float64(b.N), step+"-µs/op")
	}
}
