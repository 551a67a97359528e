package store

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

func TestCount_IsWhatScanFinds(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	s, err := Open(filepath.Join(t.TempDir(), "doorward.db"), Options{InsecureNoSync: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if n, bytes, err := s.Count(t.Context(), "none"); n != 0 || bytes != 0 || err != nil {
		t.Errorf("%d, %d, %v", n, bytes, err)
	}
	want, size := 0, 0
	for i := range 300 {
		op := Op{Bucket: "a", Key: fmt.Sprint(i), Value: make([]byte, i*50)}
		if i%3 == 0 {
			op.Expires = now.Add(time.Second)
		} else {
			want++
			size += len(op.Value)
		}
		if err := s.Apply(t.Context(), op, Op{Bucket: "b", Key: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if n, _, err := s.Count(t.Context(), "a"); n != 300 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	now = now.Add(time.Second) // some have expired, and are there until they are swept
	if n, bytes, err := s.Count(t.Context(), "a"); n != want || bytes != int64(size) || err != nil {
		t.Errorf("%d records of %d bytes, %v; want %d of %d", n, bytes, err, want, size)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Count(t.Context(), "a"); err == nil {
		t.Error("a closed store counts")
	}
}
