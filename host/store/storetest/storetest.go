// Package storetest is the conformance suite of store.Store: whoever writes
// another store runs it. It imports testing and belongs in tests only.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/store"
)

// Clock is a clock that stands still until it is moved. It is safe for
// concurrent use.
type Clock struct{ ms atomic.Int64 }

// NewClock stands at a fixed time in 2026.
func NewClock() *Clock {
	c := &Clock{}
	c.ms.Store(time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC).UnixMilli())
	return c
}

// Now is the clock's time.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.ms.Load()).UTC() }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// Run holds a store against the contract of store.Store. open returns a new,
// empty store that reads the time from now; it closes the store in t.Cleanup.
func Run(t *testing.T, open func(t *testing.T, now func() time.Time) store.Store) {
	for name, test := range map[string]func(*testing.T, store.Store, *Clock){
		"Get":               testGet,
		"Versions":          testVersions,
		"Preconditions":     testPreconditions,
		"AllOrNone":         testAllOrNone,
		"Expiry":            testExpiry,
		"Scan":              testScan,
		"Sweep":             testSweep,
		"Bounds":            testBounds,
		"Copies":            testCopies,
		"CompareAndSet":     testCompareAndSet,
		"OneWinnerOfAbsent": testOneWinner,
		"Context":           testContext,
		"Ping":              testPing,
		"Close":             testClose,
	} {
		t.Run(name, func(t *testing.T) {
			clock := NewClock()
			test(t, open(t, clock.Now), clock)
		})
	}
}

func put(bucket, key, value string) store.Op {
	return store.Op{Bucket: bucket, Key: key, Value: []byte(value)}
}

func del(bucket, key string) store.Op { return store.Op{Bucket: bucket, Key: key, Delete: true} }

func when(op store.Op, version uint64) store.Op {
	op.If = &version
	return op
}

func until(op store.Op, end time.Time) store.Op {
	op.Expires = end
	return op
}

func apply(t *testing.T, s store.Store, ops ...store.Op) {
	t.Helper()
	if err := s.Apply(t.Context(), ops...); err != nil {
		t.Fatalf("Apply: %v", err)
	}
}

func want(t *testing.T, s store.Store, bucket, key, value string, version uint64) {
	t.Helper()
	item, err := s.Get(t.Context(), bucket, key)
	if err != nil || item.Key != key || string(item.Value) != value || item.Version != version {
		t.Fatalf("Get(%q, %q) = %q, version %d, %v; want %q, version %d", bucket, key, item.Value, item.Version, err, value, version)
	}
}

func wantNone(t *testing.T, s store.Store, bucket, key string) {
	t.Helper()
	if _, err := s.Get(t.Context(), bucket, key); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("Get(%q, %q): %v; want ErrNotFound", bucket, key, err)
	}
}

func wantErr(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got %v; want %v", err, target)
	}
}

func testGet(t *testing.T, s store.Store, clock *Clock) {
	wantNone(t, s, "a", "k")
	end := clock.Now().Add(time.Hour)
	apply(t, s, put("a", "k", "1"), put("b", "k", "2"), until(put("a", "e", ""), end))
	want(t, s, "a", "k", "1", 1)
	want(t, s, "b", "k", "2", 1)
	want(t, s, "a", "e", "", 1)
	wantNone(t, s, "c", "k")
	wantNone(t, s, "a", "")
	if item, _ := s.Get(t.Context(), "a", "k"); !item.Expires.IsZero() {
		t.Errorf("a record without an end has Expires %v", item.Expires)
	}
	if item, _ := s.Get(t.Context(), "a", "e"); !item.Expires.Equal(end) {
		t.Errorf("Expires %v; want %v", item.Expires, end)
	}
	apply(t, s, del("a", "k"), del("a", "never"), del("nowhere", "k"))
	wantNone(t, s, "a", "k")
	want(t, s, "b", "k", "2", 1)
}

func testVersions(t *testing.T, s store.Store, _ *Clock) {
	for version := uint64(1); version <= 3; version++ {
		apply(t, s, put("a", "k", fmt.Sprint(version)))
		want(t, s, "a", "k", fmt.Sprint(version), version)
	}
	apply(t, s, put("a", "twice", "x"), put("a", "twice", "y"))
	want(t, s, "a", "twice", "y", 2)
	apply(t, s, put("a", "k", "x"), del("a", "k"))
	wantNone(t, s, "a", "k")
}

func testPreconditions(t *testing.T, s store.Store, clock *Clock) {
	wantErr(t, s.Apply(t.Context(), when(put("a", "k", "1"), 1)), store.ErrConflict)
	apply(t, s, when(put("a", "k", "1"), 0))
	wantErr(t, s.Apply(t.Context(), when(put("a", "k", "2"), 0)), store.ErrConflict)
	wantErr(t, s.Apply(t.Context(), when(del("a", "k"), 2)), store.ErrConflict)
	want(t, s, "a", "k", "1", 1)
	apply(t, s, when(put("a", "k", "2"), 1))
	apply(t, s, when(del("a", "k"), 2))
	wantNone(t, s, "a", "k")
	apply(t, s, when(del("a", "k"), 0)) // an absent record may be held absent
	apply(t, s, until(put("a", "k", "3"), clock.Now().Add(time.Second)))
	clock.Advance(time.Second)
	apply(t, s, when(put("a", "k", "4"), 0)) // expired is absent
	if item, err := s.Get(t.Context(), "a", "k"); err != nil || string(item.Value) != "4" || !item.Expires.IsZero() {
		t.Fatalf("after a put over an expired record: %q %v %v", item.Value, item.Expires, err)
	}
}

func testAllOrNone(t *testing.T, s store.Store, _ *Clock) {
	apply(t, s, put("a", "k", "1"))
	err := s.Apply(t.Context(), put("a", "new", "x"), del("a", "k"), when(put("b", "k", "x"), 7), put("c", "k", "x"))
	wantErr(t, err, store.ErrConflict)
	wantNone(t, s, "a", "new")
	want(t, s, "a", "k", "1", 1)
	wantNone(t, s, "b", "k")
	wantNone(t, s, "c", "k")
	// Preconditions look at what was there before the first change.
	apply(t, s, put("a", "k", "2"), when(put("a", "k", "3"), 1))
	want(t, s, "a", "k", "3", 3)
	apply(t, s)
}

func testExpiry(t *testing.T, s store.Store, clock *Clock) {
	apply(t, s, until(put("a", "k", "1"), clock.Now().Add(time.Second)), put("a", "stays", "1"))
	clock.Advance(999 * time.Millisecond)
	want(t, s, "a", "k", "1", 1)
	clock.Advance(time.Millisecond)
	wantNone(t, s, "a", "k")
	if items, err := s.Scan(t.Context(), "a", "", "", 10); err != nil || len(items) != 1 || items[0].Key != "stays" {
		t.Fatalf("Scan shows an expired record: %v %v", items, err)
	}
	apply(t, s, until(put("a", "past", "1"), clock.Now().Add(-time.Hour)), until(put("a", "ancient", "1"), time.Unix(-5, 0)))
	wantNone(t, s, "a", "past")
	wantNone(t, s, "a", "ancient")
}

func testScan(t *testing.T, s store.Store, _ *Clock) {
	for _, key := range []string{"p.3", "p.1", "p", "o", "q", "p.2", "p.20", "pa"} {
		apply(t, s, put("a", key, "v"+key))
	}
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          string
	}{
		{"", "", 100, "o p p.1 p.2 p.20 p.3 pa q"},
		{"p.", "", 100, "p.1 p.2 p.20 p.3"},
		{"p.", "", 2, "p.1 p.2"},
		{"p.", "p.2", 100, "p.20 p.3"},
		{"p.", "p.15", 1, "p.2"},
		{"p.", "a", 1, "p.1"},
		{"p.", "z", 10, ""},
		{"x", "", 10, ""},
		{"", "p.20", 2, "p.3 pa"},
	} {
		items, err := s.Scan(t.Context(), "a", c.prefix, c.after, c.limit)
		var keys []string
		for _, item := range items {
			keys = append(keys, item.Key)
			if string(item.Value) != "v"+item.Key || item.Version != 1 {
				t.Errorf("%s: value %q, version %d", item.Key, item.Value, item.Version)
			}
		}
		if err != nil || strings.Join(keys, " ") != c.want {
			t.Errorf("Scan(%q after %q, %d) = %v, %v; want %s", c.prefix, c.after, c.limit, keys, err, c.want)
		}
	}
	if items, err := s.Scan(t.Context(), "nowhere", "", "", 1); err != nil || len(items) != 0 {
		t.Errorf("Scan of no bucket: %v %v", items, err)
	}
	_, err := s.Scan(t.Context(), "a", "", "", 0)
	wantErr(t, err, store.ErrInvalid)
}

// testSweep also shows that a renewed record is not swept by its old end.
func testSweep(t *testing.T, s store.Store, clock *Clock) {
	const n = 2500
	var ops []store.Op
	for i := range n {
		ops = append(ops, until(put("a", fmt.Sprintf("%05d", i), "v"), clock.Now().Add(time.Minute)))
	}
	apply(t, s, ops...)
	apply(t, s, put("a", "forever", "v"), until(put("a", "renewed", "v"), clock.Now().Add(time.Minute)))
	apply(t, s, until(put("a", "renewed", "v"), clock.Now().Add(time.Hour)))
	apply(t, s, until(put("a", "kept", "v"), clock.Now().Add(time.Minute)))
	apply(t, s, put("a", "kept", "v"))
	if swept, err := s.Sweep(t.Context()); err != nil || swept != 0 {
		t.Fatalf("swept %d too early: %v", swept, err)
	}
	clock.Advance(time.Minute)
	total := 0
	for calls := 1; ; calls++ {
		swept, err := s.Sweep(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if total += swept; swept == 0 {
			break
		}
		if swept > 1000 || calls > n {
			t.Fatalf("a sweep of %d in call %d: it is not bounded, or does not get on", swept, calls)
		}
	}
	if total != n {
		t.Errorf("swept %d; want %d", total, n)
	}
	want(t, s, "a", "forever", "v", 1)
	want(t, s, "a", "renewed", "v", 2)
	want(t, s, "a", "kept", "v", 2)
}

func testBounds(t *testing.T, s store.Store, _ *Clock) {
	long := strings.Repeat("k", 512)
	apply(t, s, put("a", long, "v"), store.Op{Bucket: "a", Key: "big", Value: make([]byte, 8<<20)})
	want(t, s, "a", long, "v", 1)
	if item, err := s.Get(t.Context(), "a", "big"); err != nil || len(item.Value) != 8<<20 {
		t.Errorf("a value of 8 MiB: %d bytes, %v", len(item.Value), err)
	}
	for name, op := range map[string]store.Op{
		"no key":         put("a", "", "v"),
		"long key":       put("a", long+"k", "v"),
		"no bucket":      put("", "k", "v"),
		"too large":      {Bucket: "a", Key: "k", Value: make([]byte, 8<<20+1)},
		"delete no key":  del("a", ""),
		"delete too big": del("a", long+"k"),
	} {
		if err := s.Apply(t.Context(), put("a", "beside", "v"), op); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("%s: %v; want ErrInvalid", name, err)
		}
		wantNone(t, s, "a", "beside")
	}
}

// testCopies changes what went in and what came out.
func testCopies(t *testing.T, s store.Store, _ *Clock) {
	value := []byte("value")
	apply(t, s, store.Op{Bucket: "a", Key: "k", Value: value})
	value[0] = 'X'
	item, err := s.Get(t.Context(), "a", "k")
	if err != nil {
		t.Fatal(err)
	}
	item.Value[1] = 'X'
	items, err := s.Scan(t.Context(), "a", "", "", 1)
	if err != nil || len(items) != 1 {
		t.Fatal(items, err)
	}
	items[0].Value[2] = 'X'
	want(t, s, "a", "k", "value", 1)
}

// testCompareAndSet counts with many writers: no increment is lost.
func testCompareAndSet(t *testing.T, s store.Store, _ *Clock) {
	const writers, each = 8, 10
	apply(t, s, put("a", "n", ""))
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				item, err := s.Get(context.Background(), "a", "n")
				if err != nil {
					t.Error(err)
					return
				}
				op := when(put("a", "n", string(item.Value)+"x"), item.Version)
				switch err := s.Apply(context.Background(), op); {
				case err == nil:
					done++
				case !errors.Is(err, store.ErrConflict):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	want(t, s, "a", "n", strings.Repeat("x", writers*each), writers*each+1)
}

func testOneWinner(t *testing.T, s store.Store, _ *Clock) {
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			switch err := s.Apply(context.Background(), when(put("a", "k", "v"), 0), put("a", fmt.Sprint("w", i), "v")); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, store.ErrConflict):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	items, err := s.Scan(t.Context(), "a", "w", "", 100)
	if won.Load() != 1 || err != nil || len(items) != 1 {
		t.Errorf("%d writers won, %d left their mark (%v); want one", won.Load(), len(items), err)
	}
}

func testContext(t *testing.T, s store.Store, _ *Clock) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Apply(ctx, put("a", "k", "v"))
	wantErr(t, err, store.ErrUnavailable)
	wantErr(t, err, context.Canceled)
	_, err = s.Get(ctx, "a", "k")
	wantErr(t, err, context.Canceled)
	wantNone(t, s, "a", "k")
}

func testPing(t *testing.T, s store.Store, _ *Clock) {
	for range 2 {
		if err := s.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func testClose(t *testing.T, s store.Store, _ *Clock) {
	apply(t, s, put("a", "k", "v"))
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	_, get := s.Get(t.Context(), "a", "k")
	_, scan := s.Scan(t.Context(), "a", "", "", 1)
	_, sweep := s.Sweep(t.Context())
	for i, err := range []error{get, scan, sweep, s.Apply(t.Context(), put("a", "k", "v")), s.Ping(t.Context())} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("call %d after Close: %v; want ErrUnavailable", i, err)
		}
	}
}
