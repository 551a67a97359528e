package store_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/doorward/doorward/host/store"
	"github.com/doorward/doorward/host/store/storetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("DOORWARD_TEST_FULL_DISK"); path != "" {
		fillDisk(path)
	}
	os.Exit(m.Run())
}

func open(t testing.TB, path string) *store.Embedded {
	t.Helper()
	s, err := store.Open(path, store.Options{LockTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func op(key, value string) store.Op {
	return store.Op{Bucket: "bucket", Key: key, Value: []byte(value)}
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T, now func() time.Time) store.Store {
		s, err := store.Open(filepath.Join(t.TempDir(), "doorward.db"), store.Options{Now: now, InsecureNoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	})
}

func TestRecordsOutliveTheProcessThatWroteThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "doorward.db")
	s := open(t, path)
	end := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	o := op("k", "v")
	o.Expires = end
	for range 2 {
		if err := s.Apply(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v (%v); want %v", name, info.Mode(), err, want)
		}
	}
	item, err := open(t, path).Get(t.Context(), "bucket", "k")
	if err != nil || string(item.Value) != "v" || item.Version != 2 || !item.Expires.Equal(end) {
		t.Errorf("read %+v, %v", item, err)
	}
}

func TestASecondProcessIsToldWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorward.db")
	first := open(t, path)
	_, err := store.Open(path, store.Options{LockTimeout: 20 * time.Millisecond})
	if !errors.Is(err, store.ErrLocked) || !errors.Is(err, store.ErrUnavailable) ||
		!strings.Contains(err.Error(), "another doorward process has the store open: stop it") {
		t.Fatalf("got %v", err)
	}
	if err := first.Ping(t.Context()); err != nil {
		t.Errorf("the first one suffers: %v", err)
	}
	first.Close()
	open(t, path)
}

func TestAFileThatOthersCanReadIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorward.db")
	open(t, path).Close()
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrLoose) || !strings.Contains(err.Error(), "chmod 600 "+path) {
		t.Errorf("got %v", err)
	}
}

func TestADirectoryInTheWayIsRefused(t *testing.T) {
	dir := t.TempDir()
	if _, err := store.Open(dir, store.Options{}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("a directory as the file: %v", err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(filepath.Join(file, "doorward.db"), store.Options{}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a file as the directory: %v", err)
	}
}

// filled is the text of a store with a few hundred records.
func filled(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "doorward.db")
	s := open(t, path)
	var ops []store.Op
	for i := range 300 {
		o := op(fmt.Sprintf("%04d", i), strings.Repeat("v", 100))
		o.Expires = time.Now().Add(time.Hour)
		ops = append(ops, o)
	}
	if err := s.Apply(t.Context(), ops...); err != nil {
		t.Fatal(err)
	}
	s.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestADamagedFileIsAnErrorAtStart(t *testing.T) {
	whole := filled(t)
	page := os.Getpagesize()
	damaged := map[string][]byte{
		"text":               []byte(strings.Repeat("this is no store\n", 2000)),
		"a few bytes":        []byte("garbage"),
		"cut in the middle":  whole[:len(whole)/2/page*page],
		"cut after the head": whole[:2*page],
	}
	for name, raw := range damaged {
		path := filepath.Join(t.TempDir(), "doorward.db")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(path, store.Options{LockTimeout: 50 * time.Millisecond})
		if !errors.Is(err, store.ErrCorrupt) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v; want ErrCorrupt", name, err)
		}
		if s != nil {
			s.Close()
		}
		if after, _ := os.ReadFile(path); string(after) != string(raw) {
			t.Errorf("%s: the refused file was changed", name)
		}
	}
}

// TestNoDamagePanics overwrites one page at a time: opening, reading and
// writing may fail, but only with an error.
func TestNoDamagePanics(t *testing.T) {
	whole := filled(t)
	page := os.Getpagesize()
	refused := 0
	for at := 0; at < len(whole); at += page {
		raw := append([]byte(nil), whole...)
		for i := range page {
			raw[at+i] = 0xff
		}
		path := filepath.Join(t.TempDir(), "doorward.db")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(path, store.Options{LockTimeout: 50 * time.Millisecond, InsecureNoSync: true})
		if err != nil {
			refused++
			continue
		}
		for i := range 300 {
			_, err := s.Get(t.Context(), "bucket", fmt.Sprintf("%04d", i))
			if at < 2*page && errors.Is(err, store.ErrNotFound) { // one of the two heads: the other one holds the commit before
				continue
			}
			if err != nil && !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("page %d, record %d: %v", at/page, i, err)
			}
		}
		s.Close()
	}
	if refused == 0 {
		t.Error("no damage was noticed at all")
	}
}

func setFormat(t *testing.T, path string, value []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), value) }); err != nil {
		t.Fatal(err)
	}
}

func TestT29_AStoreOfANewerFormatIsRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorward.db")
	s := open(t, path)
	if err := s.Apply(t.Context(), op("k", "v")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	setFormat(t, path, binary.BigEndian.AppendUint64(nil, store.Format+1))
	before, _ := os.ReadFile(path)
	_, err := store.Open(path, store.Options{})
	var format *store.FormatError
	if !errors.As(err, &format) || format.Found != store.Format+1 || !strings.Contains(err.Error(), "format 2 and this build reads formats up to 1") {
		t.Fatalf("got %v", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the refused file was changed")
	}
	setFormat(t, path, binary.BigEndian.AppendUint64(nil, store.Format)) // the newer build goes back
	if _, err := open(t, path).Get(t.Context(), "bucket", "k"); err != nil {
		t.Errorf("what was in it is lost: %v", err)
	}
}

func TestT29_AStoreWithoutAFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorward.db")
	open(t, path).Close()
	setFormat(t, path, []byte("one"))
	if _, err := store.Open(path, store.Options{}); !errors.Is(err, store.ErrCorrupt) {
		t.Errorf("got %v", err)
	}
}

// TestAFullDiskIsAnErrorAndLosesNothing runs this binary again under a limit
// of the size of files.
func TestAFullDiskIsAnErrorAndLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorward.db")
	s := open(t, path)
	if err := s.Apply(t.Context(), op("first", "v")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "DOORWARD_TEST_FULL_DISK="+path)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s = open(t, path)
	kept := strings.Fields(string(out))
	if len(kept) < 2 {
		t.Fatalf("nothing was written before the disk was full: %s", out)
	}
	for _, key := range kept {
		for _, bucket := range []string{"bucket", "second"} {
			if _, err := s.Get(t.Context(), bucket, key); err != nil {
				t.Errorf("%s of %s was acknowledged and is gone: %v", key, bucket, err)
			}
		}
	}
	for _, bucket := range []string{"bucket", "second"} {
		if items, err := s.Scan(t.Context(), bucket, "k", "", 10_000); err != nil || len(items) != len(kept) {
			t.Errorf("%d records in %s, %d were acknowledged (%v): a half-written change", len(items), bucket, len(kept), err)
		}
	}
}

// fillDisk writes until the file may not grow, and prints the keys that were
// acknowledged.
func fillDisk(path string) {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := store.Open(path, store.Options{})
	if err != nil {
		fail(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		fail(err)
	}
	for i := range 1000 {
		a := op(fmt.Sprintf("k%04d", i), strings.Repeat("v", 60_000))
		b := a
		b.Bucket = "second"
		switch err := s.Apply(context.Background(), a, b); {
		case err == nil:
			fmt.Println(a.Key)
		case !errors.Is(err, store.ErrFull) || !errors.Is(err, store.ErrUnavailable):
			fail(fmt.Errorf("want ErrFull, got %w", err))
		default:
			if _, err := s.Get(context.Background(), "bucket", "first"); err != nil {
				fail(fmt.Errorf("reads fail too: %w", err))
			}
			s.Close()
			os.Exit(0)
		}
	}
	fail(errors.New("the limit never struck"))
}

func fail(err error) {
	fmt.Println(err)
	os.Exit(1)
}

func TestCloseLosesNoAcknowledgedWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doorward.db")
	s := open(t, path)
	var mu sync.Mutex
	var kept []string
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				key := fmt.Sprintf("%d.%d", w, i)
				err := s.Apply(context.Background(), op(key, "v"))
				if err != nil {
					if !errors.Is(err, store.ErrUnavailable) {
						t.Errorf("got %v", err)
					}
					return
				}
				mu.Lock()
				kept = append(kept, key)
				mu.Unlock()
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	s = open(t, path)
	for _, key := range kept {
		if _, err := s.Get(t.Context(), "bucket", key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

// TestAReadIsWholeWhileTheFileIsRewrittenUnderIt has readers copy a record
// while writers replace it, reuse its pages and make the file grow.
func TestAReadIsWholeWhileTheFileIsRewrittenUnderIt(t *testing.T) {
	s, err := store.Open(filepath.Join(t.TempDir(), "doorward.db"), store.Options{InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	letter := func(i int) string { return strings.Repeat(string(rune('a'+i%26)), 100_000) }
	if err := s.Apply(t.Context(), op("k", letter(0))); err != nil {
		t.Fatal(err)
	}
	quit := make(chan bool)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-quit:
					return
				default:
				}
				item, err := s.Get(context.Background(), "bucket", "k")
				items, scanErr := s.Scan(context.Background(), "bucket", "k", "", 1)
				if err != nil || scanErr != nil || len(items) != 1 {
					t.Errorf("got %v, %v", err, scanErr)
					return
				}
				for _, value := range [][]byte{item.Value, items[0].Value} {
					if len(value) != 100_000 || strings.Trim(string(value), string(value[:1])) != "" {
						t.Error("a record was read in pieces")
						return
					}
				}
			}
		})
	}
	for i := range 80 {
		if err := s.Apply(t.Context(), op("k", letter(i)), op(fmt.Sprint("grow", i), letter(i))); err != nil {
			t.Fatal(err)
		}
	}
	close(quit)
	wg.Wait()
}

func BenchmarkApply(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			s := open(b, filepath.Join(b.TempDir(), "doorward.db"))
			value := strings.Repeat("v", 4096)
			work := make(chan int)
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for i := range work {
						o := op(fmt.Sprintf("%016d", i), value)
						o.Expires = time.Now().Add(time.Hour)
						if err := s.Apply(context.Background(), o); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for i := range b.N {
				work <- i
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "durable/s")
		})
	}
}

func BenchmarkGet(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "doorward.db"))
	if err := s.Apply(b.Context(), op("k", strings.Repeat("v", 300))); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Get(b.Context(), "bucket", "k"); err != nil {
			b.Fatal(err)
		}
	}
}
