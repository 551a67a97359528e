package session

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// benchHost is Sessions over a store that is durable, unless told otherwise.
func benchHost(b *testing.B, noSync bool) *Sessions {
	b.Helper()
	s, err := store.Open(filepath.Join(b.TempDir(), "doorward.db"), store.Options{InsecureNoSync: noSync})
	if err != nil {
		b.Fatal(err)
	}
	keys, err := keyring.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		b.Fatal(err)
	}
	sessions := New(Config{Store: s, Keys: keys})
	b.Cleanup(func() { sessions.Close(); s.Close() })
	return sessions
}

// benchDocument is a usual login: 1 KiB of claims, 3 KiB of tokens.
func benchDocument(b *testing.B) login.Document {
	b.Helper()
	var doc attrs.Document
	for name, raw := range map[string]string{
		attrs.IDTokenClaims:         `{"iss":"https://idp.example.com","sub":"ann","auth_time":1767225500,"groups":["` + strings.Repeat(`a-group","`, 90) + `x"]}`,
		attrs.TokenEndpointResponse: `{"access_token":"` + strings.Repeat("x", 1500) + `","id_token":"` + strings.Repeat("y", 1500) + `"}`,
		attrs.UserInfo:              `{"sub":"ann","email":"ann@example.com","name":"Ann Other"}`,
	} {
		var err error
		if doc, err = doc.With(name, []byte(raw)); err != nil {
			b.Fatal(err)
		}
	}
	return login.Document{Sources: doc, Person: login.Person{IdP: "corp", Issuer: "i", Subject: "ann"}, ReceivedAt: time.Now()}
}

var serial atomic.Int64

func benchIssue(b *testing.B, s *Sessions, doc login.Document) login.Session {
	req := login.AuthRequest{State: fmt.Sprint(serial.Add(1)), Purpose: login.PurposeLogin, RequestedAt: time.Now().Unix(), Expiry: time.Now().Unix() + 600}
	session, err := s.Issue(context.Background(), req, doc, login.User{ID: "ann"}, login.Decision{Levels: []login.Level{{Path: "Authenticated"}}})
	if err != nil {
		b.Error(err)
	}
	return session
}

func BenchmarkIssue(b *testing.B) {
	for _, c := range []struct {
		name    string
		noSync  bool
		writers int
	}{{"durable/writers=1", false, 1}, {"durable/writers=64", false, 64}, {"memory", true, 1}} {
		b.Run(c.name, func(b *testing.B) {
			s, doc := benchHost(b, c.noSync), benchDocument(b)
			work := make(chan bool)
			var wg sync.WaitGroup
			for range c.writers {
				wg.Go(func() {
					for range work {
						benchIssue(b, s, doc)
					}
				})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				work <- true
			}
			close(work)
			wg.Wait()
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for name, cold := range map[string]bool{"cached": false, "cold": true} {
		b.Run(name, func(b *testing.B) {
			s := benchHost(b, true)
			session := benchIssue(b, s, benchDocument(b))
			b.ReportAllocs()
			for b.Loop() {
				if cold {
					s.cache = newCache(0, 0)
				}
				if _, err := s.Open(b.Context(), session.Handle, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpenAmong opens one session again and again, and any of them, while
// 1 and 10 000 are in the store, and as many as DOORWARD_BENCH_SESSIONS says:
// 1000000 take half a minute and 5 GB of disk to fill.
func BenchmarkOpenAmong(b *testing.B) {
	sizes := []int{1, 10_000}
	if n, err := strconv.Atoi(os.Getenv("DOORWARD_BENCH_SESSIONS")); err == nil {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("sessions=%d", n), func(b *testing.B) {
			s := benchHost(b, true)
			s.idle = s.absolute // no use is written down
			handles := fill(b, s, n)
			for name, among := range map[string]int{"one": 1, "any": n} {
				b.Run(name, func(b *testing.B) {
					for i := range min(among, 10_000) { // as many as there is room for are in memory
						if _, err := s.Open(b.Context(), handles[i], ""); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportAllocs()
					for b.Loop() {
						if _, err := s.Open(b.Context(), handles[mathrand.IntN(among)], ""); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// fill makes n sessions and writes them as Issue would, but in the order of
// their keys and many at a time. It returns their handles.
func fill(b *testing.B, s *Sessions, n int) []string {
	b.Helper()
	doc := benchDocument(b)
	var err error
	if doc.Sources, err = doc.Sources.With(attrs.TokenEndpointResponse, []byte(`{"access_token":"`+strings.Repeat("x", 500)+`"}`)); err != nil {
		b.Fatal(err)
	}
	handles, now := make([]string, n), time.Now().Truncate(time.Millisecond)
	later := make([]store.Op, 0, 2*n) // what is not in the order of the ids
	for start := 0; start < n; start += 1000 {
		group := make([][]store.Op, min(1000, n-start))
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := w; i < len(group); i += 4 {
					doc := doc
					doc.Person.Subject = fmt.Sprint("subject-", start+i)
					id := fmt.Sprintf("%032x", start+i)
					d := &draft{record: &Record{ID: id, Document: doc, CreatedAt: now, Version: 1, key: make([]byte, keySize)}, handle: newHandle()}
					rand.Read(d.record.key)
					d.entry.id, d.entry.Used = id, now.UnixMilli()
					d.entry.People, d.entry.Subjects = s.people(doc, id)
					group[i], _ = s.finish(d)
					handles[start+i] = d.handle.text()
				}
			})
		}
		wg.Wait()
		records, entries := []store.Op{}, []store.Op{}
		for _, ops := range group {
			for _, op := range ops {
				switch op.Bucket {
				case recordBucket:
					records = append(records, op)
				case indexBucket:
					entries = append(entries, op)
				default:
					later = append(later, op)
				}
			}
		}
		write(b, s, append(records, entries...))
	}
	slices.SortFunc(later, func(a, b store.Op) int {
		return cmp.Or(strings.Compare(a.Bucket, b.Bucket), strings.Compare(a.Key, b.Key))
	})
	for group := range slices.Chunk(later, 4000) {
		write(b, s, group)
	}
	return handles
}

func write(b *testing.B, s *Sessions, ops []store.Op) {
	if err := s.store.Apply(b.Context(), ops...); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMemory reports what a usual session takes: in memory while it is
// used, and in the store's file.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		const n = 2000
		dir := b.TempDir()
		st, err := store.Open(filepath.Join(dir, "doorward.db"), store.Options{InsecureNoSync: true})
		if err != nil {
			b.Fatal(err)
		}
		keys, err := keyring.New(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			b.Fatal(err)
		}
		s := New(Config{Store: st, Keys: keys})
		handles := make([]string, n)
		doc := benchDocument(b)
		for i := range handles {
			doc.Person.Subject = fmt.Sprint("subject-", i)
			handles[i] = benchIssue(b, s, doc).Handle
		}
		before := heap()
		for _, h := range handles {
			if _, err := s.Open(b.Context(), h, ""); err != nil {
				b.Fatal(err)
			}
		}
		used := heap() - before
		info, err := os.Stat(filepath.Join(dir, "doorward.db"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(used)/n, "memory-B/session")
		b.ReportMetric(float64(s.cache.size)/n, "estimated-B/session")
		b.ReportMetric(float64(info.Size())/n, "file-B/session")
		s.Close()
		st.Close()
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkList10000(b *testing.B) {
	s, doc := benchHost(b, true), benchDocument(b)
	for i := range 10_000 {
		doc.Person.Subject = fmt.Sprint("subject-", i)
		benchIssue(b, s, doc)
	}
	for name, filter := range map[string]Filter{"all": {}, "person": {Person: &login.Person{Issuer: "i", Subject: "subject-7"}}, "newest 200": {Newest: 200}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if list, err := s.List(b.Context(), filter); err != nil || len(list) == 0 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
