package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// A copy that is made while others write holds every change whole or not at
// all, and everything that was acknowledged before it began.
func TestBackupIsOneMoment(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(filepath.Join(dir, "live.db"), Options{InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	pair := func(n int) []Op {
		value := []byte(fmt.Sprint(n))
		return []Op{{Bucket: "left", Key: "k", Value: value}, {Bucket: "right", Key: "k", Value: value}}
	}
	if err := s.Apply(t.Context(), append(pair(0), Op{Bucket: "before", Key: "k", Value: make([]byte, 1<<20)})...); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 1; ctx.Err() == nil; n++ {
			if err := s.Apply(context.Background(), pair(n)...); err != nil {
				t.Error(err)
			}
		}
	})
	for i := range 5 {
		path := filepath.Join(dir, fmt.Sprint(i, ".db"))
		out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		written, err := s.Backup(t.Context(), out)
		if err := errors.Join(err, out.Close()); err != nil || written < 1<<20 {
			t.Fatalf("backup: %d bytes, %v", written, err)
		}
		copied, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		left, err := copied.Get(t.Context(), "left", "k")
		if err != nil {
			t.Fatal(err)
		}
		right, err := copied.Get(t.Context(), "right", "k")
		if err != nil || string(left.Value) != string(right.Value) {
			t.Errorf("one change came apart: %s and %s, %v", left.Value, right.Value, err)
		}
		if before, err := copied.Get(t.Context(), "before", "k"); err != nil || len(before.Value) != 1<<20 {
			t.Errorf("what was there before is missing: %v", err)
		}
		if err := copied.Close(); err != nil {
			t.Error(err)
		}
	}
	stop()
	wg.Wait()
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no room")

func TestBackupSaysWhyItBrokeOff(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "live.db"), Options{InsecureNoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Backup(t.Context(), full{}); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, &os.File{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled backup: %v", err)
	}
}
