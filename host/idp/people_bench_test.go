package idp

// What the provider does in a second of one core, while 10, 10,000 and
// DOORWARD_BENCH_PEOPLE people are in the store, which is filled once for all of
// it. All is asked in process: no socket; and the store is not synced to the
// disk, but for durable.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/factors"
	"github.com/doorward/doorward/host/idp/people"
	"github.com/doorward/doorward/host/idp/people/peopletest"
	"github.com/doorward/doorward/host/store"
)

// work is one thing to measure: it readies so many turns, is given the number
// of each, and tidies up behind them. Neither is counted.
type work func(turns int) (turn func(int), tidy func())

// crowded is a bench with n people in its store.
type crowded struct {
	*bench
	n int
}

// BenchmarkPeople runs every measure with every number of people.
func BenchmarkPeople(b *testing.B) {
	for _, n := range peopletest.Sizes(b) {
		b.Run(fmt.Sprintf("people=%d", n), func(b *testing.B) {
			c := newCrowded(b, n, store.Options{InsecureNoSync: true})
			for _, m := range c.measures() {
				b.Run(m.name, func(b *testing.B) { c.t = b; count(b, m.work) })
			}
		})
	}
}

// BenchmarkDurable is what writes, with a store that waits for the disk, for 16
// clients at once.
func BenchmarkDurable(b *testing.B) {
	c := newCrowded(b, 1000, store.Options{})
	for _, m := range c.measures() {
		if m.writes {
			b.Run(m.name, func(b *testing.B) { c.t = b; atOnce(b, m.work, 16) })
		}
	}
}

func newCrowded(b *testing.B, n int, o store.Options) crowded {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what the protocol library logs
	b.Cleanup(func() { slog.SetDefault(before) })
	path := filepath.Join(b.TempDir(), "people.db")
	fill(b, path, n)
	st, err := store.Open(path, o)
	must(b, err)
	b.Cleanup(func() { _ = st.Close() })
	c := crowded{newBench(b, measured, func(cfg *Config) { cfg.Store, cfg.Log = st, nil }), n}
	c.store, c.people.Store = st, st
	return c
}

// fill makes a store of n people, and leaves it in the system's memory.
func fill(b *testing.B, path string, n int) {
	st, err := store.Open(path, store.Options{InsecureNoSync: true})
	must(b, err)
	took := peopletest.Fill(b, people.Directory{Store: st, Keys: newRing(b, 1)}, n)
	must(b, st.Close())
	debug.FreeOSMemory()
	file, err := os.Open(path)
	must(b, err)
	defer file.Close()
	size, err := io.Copy(io.Discard, file)
	must(b, errors.Join(err, file.Sync()))
	b.Logf("%d people: imported in %s, a file of %d MiB", n, took.Round(time.Millisecond), size>>20)
}

// measured are the clients and ways to sign in of these benchmarks.
func measured(c *Config) {
	machines(c)
	closed(c)
	c.ClientIP = func(r *http.Request) string { return r.UserAgent() }
	c.Methods = []factors.Method{factors.Password, factors.Badge}
	add := func(id string, change func(*clients.Client)) {
		client := clients.Client{ID: id, Secret: appSecret, RedirectURIs: []string{callback}, GrantTypes: []string{clients.GrantCode, clients.GrantRefresh}}
		change(&client)
		c.Clients = append(c.Clients, client)
	}
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		add(alg, func(c *clients.Client) { c.IDTokenAlg, c.UserInfoAlg = alg, alg })
	}
	for alg, size := range map[string]int{"HS256": 32, "HS384": 48, "HS512": 64} {
		add(alg, func(c *clients.Client) { c.UserInfoAlg, c.UserInfoKey = alg, clients.Secret(strings.Repeat("k", size)) })
	}
}

// count does b.N turns, one after another, and counts them by the processor's
// time that they take, which what else the machine does does not change much.
func count(b *testing.B, do work) {
	used, _ := inBatches(b, do, func(turns int, turn func(int)) {
		for i := range turns {
			turn(i)
		}
	})
	b.ReportMetric(float64(b.N)/used.Seconds(), "/s/core")
	b.ReportMetric(0, "ns/op") // others' work is in it
}

// atOnce does b.N turns, so many of them at once.
func atOnce(b *testing.B, do work, clients int) {
	used, took := inBatches(b, do, func(turns int, turn func(int)) {
		var all sync.WaitGroup
		var next atomic.Int64
		for range clients {
			all.Go(func() {
				for i := int(next.Add(1)) - 1; i < turns; i = int(next.Add(1)) - 1 {
					turn(i)
				}
			})
		}
		all.Wait()
	})
	b.ReportMetric(float64(b.N)/took.Seconds(), "/s")
	b.ReportMetric(float64(b.N)/used.Seconds(), "/s/core")
	b.ReportMetric(0, "ns/op")
}

// inBatches does b.N turns on one core, some at a time, and says what they took
// of the processor's time, and of time.
func inBatches(b *testing.B, do work, run func(int, func(int))) (used, took time.Duration) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const some = 256
	for left := b.N; left > 0; left -= some {
		b.StopTimer()
		turns := min(left, some)
		turn, tidy := do(turns)
		before := cpuTime(b)
		b.StartTimer()
		run(turns, turn)
		b.StopTimer()
		used += cpuTime(b) - before
		tidy()
	}
	return used, b.Elapsed()
}

func cpuTime(tb testing.TB) time.Duration {
	var used syscall.Rusage
	must(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// anybody is one of the people.
func (c crowded) anybody() int { return rand.IntN(c.n) }

func (c crowded) somebody() people.Person {
	person, err := c.people.Person(c.t.Context(), peopletest.UserName(c.anybody()))
	must(c.t, err)
	return person
}

// answered is what a machine is told in process, which must be of that status.
func (c crowded) answered(status int, method, path, authorization, mediaType string, body []byte) []byte {
	r, err := http.NewRequest(method, c.issuer+path, bytes.NewReader(body))
	must(c.t, err)
	r.Header.Set("Authorization", authorization)
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	w := &answer{header: http.Header{}}
	c.provider.ServeHTTP(w, r)
	if w.status != status {
		c.t.Fatal(w.status, w.body.String())
	}
	return w.body.Bytes()
}

func (c crowded) asClient(client, path string, form url.Values) []byte {
	r := http.Request{Header: http.Header{}}
	r.SetBasicAuth(client, appSecret)
	return c.answered(http.StatusOK, http.MethodPost, path, r.Header.Get("Authorization"), "application/x-www-form-urlencoded", []byte(form.Encode()))
}
