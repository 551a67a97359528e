package store

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func openTest(t *testing.T) *Embedded {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "doorward.db"), Options{InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestFailuresOfTheSystemHaveNames(t *testing.T) {
	for errno, want := range map[syscall.Errno]error{
		syscall.ENOSPC: ErrFull, syscall.EDQUOT: ErrFull, syscall.EROFS: ErrReadOnly,
		syscall.EACCES: ErrReadOnly, syscall.EPERM: ErrReadOnly, syscall.EIO: ErrUnavailable,
	} {
		s := openTest(t)
		s.update = func(func(*bbolt.Tx) error) error { return &fs.PathError{Op: "write", Path: "x", Err: errno} }
		err := s.Apply(t.Context(), Op{Bucket: "a", Key: "k"})
		if !errors.Is(err, want) || !errors.Is(err, ErrUnavailable) || !errors.Is(err, errno) {
			t.Errorf("%v: %v; want %v", errno, err, want)
		}
	}
}

func TestAPanicOfTheWriterIsAnErrorAndTheWriterGoesOn(t *testing.T) {
	s := openTest(t)
	whole := s.update
	s.update = func(change func(*bbolt.Tx) error) error {
		return whole(func(tx *bbolt.Tx) error {
			if err := change(tx); err != nil {
				return err
			}
			panic("page 7 is not what it should be")
		})
	}
	if err := s.Apply(t.Context(), Op{Bucket: "a", Key: "k"}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("got %v", err)
	}
	s.update = whole
	if _, err := s.Get(t.Context(), "a", "k"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a failed write left something: %v", err)
	}
	if err := s.Apply(t.Context(), Op{Bucket: "a", Key: "k"}); err != nil {
		t.Error(err)
	}
}

// TestACallerMayGiveUp holds the writer, so that one change is under way and
// one is queued when their callers leave.
func TestACallerMayGiveUp(t *testing.T) {
	s := openTest(t)
	begun, free := make(chan bool), make(chan bool)
	whole := s.update
	s.update = func(change func(*bbolt.Tx) error) error {
		begun <- true
		<-free
		return whole(change)
	}
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 2)
	go func() { results <- s.Apply(ctx, Op{Bucket: "a", Key: "under way"}) }()
	<-begun
	go func() { results <- s.Apply(ctx, Op{Bucket: "a", Key: "queued"}) }()
	for len(s.queue) == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	unknown := 0
	for range 2 {
		err := <-results
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if strings.Contains(err.Error(), "outcome is unknown") {
			unknown++
		}
	}
	if unknown != 1 {
		t.Errorf("%d outcomes unknown; want that of the change under way only", unknown)
	}
	go func() {
		for range begun { // later batches pass
		}
	}()
	close(free)
	if err := s.Apply(t.Context(), Op{Bucket: "a", Key: "next"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), "a", "queued"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a change whose caller gave up in time was written: %v", err)
	}
	if _, err := s.Get(t.Context(), "a", "under way"); err != nil {
		t.Error(err)
	}
	s.Close()
	close(begun)
}

func TestT29_AnOlderFormatIsUpgradedInOneStep(t *testing.T) {
	s := openTest(t)
	if err := s.Apply(t.Context(), Op{Bucket: "old", Key: "k", Value: []byte("v")}); err != nil {
		t.Fatal(err)
	}
	rename := func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketName("old")).Put([]byte("l"), encode(1, 0, []byte("new")))
	}
	broken := func(*bbolt.Tx) error { return errors.New("broken") }
	for _, c := range []struct {
		steps map[uint64]func(*bbolt.Tx) error
		want  string
	}{
		{map[uint64]func(*bbolt.Tx) error{1: rename}, "which this build no longer reads"},
		{map[uint64]func(*bbolt.Tx) error{1: rename, 2: broken}, "upgrade the store from format 2: broken"},
		{map[uint64]func(*bbolt.Tx) error{1: rename, 2: func(*bbolt.Tx) error { return nil }}, ""},
	} {
		err := s.db.Update(func(tx *bbolt.Tx) error { return upgrade(tx, 1, 3, c.steps) })
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v; want %q", err, c.want)
			}
			if _, err := s.Get(t.Context(), "old", "l"); !errors.Is(err, ErrNotFound) {
				t.Errorf("a failed upgrade left something behind: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if item, err := s.Get(t.Context(), "old", "l"); err != nil || string(item.Value) != "new" {
		t.Errorf("the upgrade did nothing: %v %v", item, err)
	}
	if err := s.db.View(func(tx *bbolt.Tx) error {
		if found, err := formatOf(tx); found != 3 || err != nil {
			t.Errorf("format %d, %v", found, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestABatchSharesOneCommit holds the writer while sixteen changes gather; the
// one that conflicts takes nothing from the others.
func TestABatchSharesOneCommit(t *testing.T) {
	s := openTest(t)
	begun, free, commits := make(chan bool, 100), make(chan bool), 0
	whole := s.update
	s.update = func(change func(*bbolt.Tx) error) error {
		commits++
		begun <- true
		<-free
		return whole(change)
	}
	results := make(chan error, 17)
	write := func(op Op) { results <- s.Apply(context.Background(), op) }
	go write(Op{Bucket: "a", Key: "first"})
	<-begun
	seven := uint64(7)
	go write(Op{Bucket: "a", Key: "conflict", If: &seven})
	for i := range 15 {
		go write(Op{Bucket: "a", Key: string(rune('a' + i))})
	}
	for len(s.queue) < 16 {
		time.Sleep(time.Millisecond)
	}
	close(free)
	conflicts := 0
	for range 17 {
		if err := <-results; err == ErrConflict {
			conflicts++
		} else if err != nil {
			t.Error(err)
		}
	}
	s.Close()
	if commits != 2 || conflicts != 1 {
		t.Errorf("%d commits, %d conflicts; want 2 and 1", commits, conflicts)
	}
}
