package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// TestVersionIsWhatGetSays changes a few records in every way, and asks for
// all of them before and after each change.
func TestVersionIsWhatGetSays(t *testing.T) {
	var ms atomic.Int64
	ms.Store(1_000_000)
	now := func() time.Time { return time.UnixMilli(ms.Load()) }
	s, err := Open(filepath.Join(t.TempDir(), "doorward.db"), Options{InsecureNoSync: true, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	var gone, there int
	for step := range 1500 {
		key := func() string { return fmt.Sprint("key ", random.IntN(4)) }
		bucket := func() string { return fmt.Sprint("bucket ", random.IntN(2)) }
		switch version := uint64(random.IntN(4)); random.IntN(6) {
		case 0:
			err = s.Apply(t.Context(), Op{Bucket: bucket(), Key: key(), Delete: true})
		case 1:
			err = s.Apply(t.Context(), Op{Bucket: bucket(), Key: key()}, Op{Bucket: bucket(), Key: key(), Delete: true})
		case 2:
			err = s.Apply(t.Context(), Op{Bucket: bucket(), Key: key(), If: &version}, Op{Bucket: bucket(), Key: key()})
		case 3:
			err = s.Apply(t.Context(), Op{Bucket: bucket(), Key: key(), Expires: now().Add(3 * time.Millisecond)})
		case 4:
			ms.Add(1)
		case 5:
			_, err = s.Sweep(t.Context())
		}
		if err != nil && !errors.Is(err, ErrConflict) {
			t.Fatal(err)
		}
		for _, bucket := range []string{"bucket 0", "bucket 1", "bucket 2"} {
			for i := range 4 {
				key := fmt.Sprint("key ", i)
				item, want := s.Get(t.Context(), bucket, key)
				got, err := s.Version(t.Context(), bucket, key)
				if got != item.Version || !errors.Is(err, want) || (err == nil) != (want == nil) {
					t.Fatalf("seed %d, step %d: %s/%s: version %d, %v; Get: %d, %v", seed, step, bucket, key, got, err, item.Version, want)
				}
				if err == nil {
					there++
				} else {
					gone++
				}
			}
		}
	}
	if there == 0 || gone == 0 || s.heads.size == 0 {
		t.Errorf("%d there, %d gone, %d known: the test shows little", there, gone, s.heads.size)
	}
}

// TestAVersionIsNeverOlderThanAnAcknowledgedWrite has readers fill the table
// while a writer makes it old.
func TestAVersionIsNeverOlderThanAnAcknowledgedWrite(t *testing.T) {
	s := openTest(t)
	var acknowledged atomic.Uint64
	write := func() {
		if err := s.Apply(context.Background(), Op{Bucket: "a", Key: "k"}); err != nil {
			t.Error(err)
		}
		acknowledged.Add(1)
	}
	write()
	quit := make(chan bool)
	var wg sync.WaitGroup
	var reads atomic.Int64
	for range 3 {
		wg.Go(func() {
			for last := uint64(0); ; reads.Add(1) {
				select {
				case <-quit:
					return
				default:
				}
				least := max(last, acknowledged.Load())
				got, err := s.Version(context.Background(), "a", "k")
				if err != nil || got < least {
					t.Errorf("version %d, %v, after %d", got, err, least)
					return
				}
				last = got
			}
		})
	}
	for i := 0; i < 300 || reads.Load() < 300; i++ {
		write()
	}
	close(quit)
	wg.Wait()
}

// TestAHeadReadBeforeACommitIsNotKept is the order that the test above meets
// seldom: read, commit, keep.
func TestAHeadReadBeforeACommitIsNotKept(t *testing.T) {
	at, other := place{"a", "k"}, place{"a", "other"}
	writes := []*change{{ops: []Op{{Bucket: "a", Key: "k"}}}}
	for name, c := range map[string]struct {
		commit     func(*heads, func())
		kept, also bool
	}{
		"no commit":                {func(_ *heads, put func()) { put() }, true, true},
		"a whole commit":           {func(h *heads, put func()) { h.begin(writes); h.end(nil); put() }, false, false},
		"in the middle of one":     {func(h *heads, put func()) { h.begin(writes); put(); h.end(nil) }, false, false},
		"a sweep":                  {func(h *heads, put func()) { h.begin([]*change{{anything: true}}); h.end(nil); put() }, false, false},
		"a commit that came later": {func(h *heads, put func()) { put(); h.begin(writes); h.end(nil) }, false, true},
		"a sweep that came later":  {func(h *heads, put func()) { put(); h.begin([]*change{{anything: true}}); h.end(nil) }, false, false},
		"a commit that failed":     {func(h *heads, put func()) { put(); h.begin(writes); h.end(ErrFull) }, false, false},
	} {
		h := newHeads()
		_, moves, _ := h.get(at)
		c.commit(h, func() { h.put(at, head{version: 1}, moves); h.put(other, head{version: 1}, moves) })
		_, _, kept := h.get(at)
		if _, _, also := h.get(other); kept != c.kept || also != c.also {
			t.Errorf("%s: kept %v, the other one %v; want %v, %v", name, kept, also, c.kept, c.also)
		}
	}
	// Read and kept while the record is being written, or anything is.
	for name, batch := range map[string][]*change{"written": writes, "swept": {{anything: true}}} {
		h := newHeads()
		h.begin(batch)
		_, moves, _ := h.get(at)
		h.put(at, head{version: 1}, moves)
		h.end(nil)
		h.put(at, head{version: 1}, moves)
		if _, _, kept := h.get(at); kept {
			t.Errorf("a record that was being %s when it was read is kept", name)
		}
		_, moves, _ = h.get(at)
		if h.put(at, head{version: 1}, moves); h.size != 1 || len(h.known["a"]) != 1 {
			t.Errorf("nothing is kept after a record was %s", name)
		}
	}
}

func TestHeadsAreBounded(t *testing.T) {
	h := newHeads()
	for i := range maxHeads + 10 {
		h.put(place{"a", fmt.Sprint(i)}, head{version: 1}, 0)
	}
	if h.size != maxHeads || len(h.known["a"]) != maxHeads {
		t.Errorf("%d heads, counted as %d", len(h.known["a"]), h.size)
	}
}

func TestVersionOfAStoreThatFails(t *testing.T) {
	s := openTest(t)
	if err := s.Apply(t.Context(), Op{Bucket: "a", Key: "k"}); err != nil {
		t.Fatal(err)
	}
	known := func() {
		t.Helper()
		if v, err := s.Version(t.Context(), "a", "k"); v != 1 || err != nil {
			t.Fatalf("version %d, %v", v, err)
		}
	}
	known()
	whole := s.update
	s.update = func(func(*bbolt.Tx) error) error { panic("the page is not what it should be") }
	if err := s.Apply(t.Context(), Op{Bucket: "b", Key: "k"}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	if s.heads.size != 0 {
		t.Error("after a failure the file is not asked")
	}
	s.update = whole
	known()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Version(ctx, "a", "k"); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Version(t.Context(), "a", "k"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("after Close: %v", err)
	}
}

func BenchmarkVersion(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "doorward.db"), Options{InsecureNoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.Apply(b.Context(), Op{Bucket: "a", Key: "k", Value: make([]byte, 300), Expires: time.Now().Add(time.Hour)}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Version(b.Context(), "a", "k"); err != nil {
			b.Fatal(err)
		}
	}
}
