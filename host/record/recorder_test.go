package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// shelf is a recorder on a real store.
type shelf struct {
	*Recorder
	t     testing.TB
	path  string
	keys  *keyring.Keyring
	now   time.Time
	store *store.Embedded
	log   bytes.Buffer
}

func newShelf(t testing.TB, change func(*Config)) *shelf {
	t.Helper()
	s := &shelf{t: t, path: filepath.Join(t.TempDir(), "doorward.db"), now: time.Unix(noon, 0)}
	var err error
	if s.store, err = store.Open(s.path, store.Options{Now: func() time.Time { return s.now }}); err != nil {
		t.Fatal(err)
	}
	if s.keys, err = keyring.New(bytes.Repeat([]byte{7}, 32)); err != nil {
		t.Fatal(err)
	}
	c := Config{Store: s.store, Keys: s.keys, Keep: time.Hour, Now: func() time.Time { return s.now }, Log: slog.New(slog.NewTextHandler(&s.log, nil))}
	if change != nil {
		change(&c)
	}
	s.Recorder = Open(c)
	t.Cleanup(func() {
		_ = s.Close(context.Background())
		_ = s.store.Close()
	})
	return s
}

// add records n logins of sub, a second apart.
func (s *shelf) add(n int, sub string) {
	s.t.Helper()
	for range n {
		s.now = s.now.Add(time.Second)
		s.Add(walked(s.t, fmt.Sprintf("%x", s.now.Unix()), sub, s.now))
	}
	if err := s.Flush(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) reads(r *Recorder) (list []Read) {
	s.t.Helper()
	err := r.Each(s.t.Context(), time.Time{}, func(page []Sealed) error {
		for _, sealed := range page {
			list = append(list, sealed.Open())
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// The file as it is in the middle of a run, which is what a kill leaves, has
// every record that was acknowledged, sealed.
func TestRecorder_WhatIsWrittenSurvivesAKillAndIsSealed(t *testing.T) {
	s := newShelf(t, nil)
	s.add(3, "canary-subject")
	content, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"canary", "staff", "plant", "Authenticated", "doorward.login"} {
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("the store's file shows %s", secret)
		}
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	other, err := store.Open(path, store.Options{Now: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	after := Open(Config{Store: other, Keys: s.keys, Keep: time.Hour})
	defer after.Close(context.Background())
	list := s.reads(after)
	if len(list) != 3 || list[0].Err != nil || list[0].Record.Person.Subject != "canary-subject" || list[2].Record.At <= list[0].Record.At {
		t.Errorf("%d records, %+v", len(list), list)
	}
	if err := after.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := after.Stats(); st.Kept != 3 || st.Bytes == 0 {
		t.Errorf("an earlier run's records are not counted: %+v", st)
	}
	if st := s.Stats(); st.Recorded != 3 || st.Kept != 3 || st.Written == 0 || st.Dropped[droppedStore]+st.Dropped[droppedQueue] != 0 {
		t.Errorf("%+v", st)
	}
}

func TestRecorder_OffRecordsNothing(t *testing.T) {
	s := newShelf(t, func(c *Config) { c.Keep = 0 })
	s.add(2, "ada")
	if list := s.reads(s.Recorder); len(list) != 0 || s.Stats().Recorded != 0 {
		t.Errorf("%d records", len(list))
	}
}

func TestRecorder_RecordsEndByAgeAndByCount(t *testing.T) {
	s := newShelf(t, func(c *Config) { c.Max = 20 })
	s.add(30, "ada")
	if n := len(s.reads(s.Recorder)); n > 20 || n < 19 {
		t.Errorf("%d records of at most 20", n)
	}
	if last := s.reads(s.Recorder); last[len(last)-1].Record.At != s.now.UnixNano() {
		t.Error("the newest went")
	}
	s.now = s.now.Add(time.Hour - 5*time.Second)
	if n := len(s.reads(s.Recorder)); n != 5 {
		t.Errorf("%d records are younger than an hour, want 5", n)
	}
	if err := s.Sweep(t.Context()); err != nil || s.Stats().Kept != 5 {
		t.Errorf("%v %+v", err, s.Stats())
	}
	// A shorter time counts for what was written under a longer one.
	shorter := Open(Config{Store: s.store, Keys: s.keys, Keep: time.Hour - 3*time.Second, Max: 100, Now: func() time.Time { return s.now }})
	defer shorter.Close(context.Background())
	if err := shorter.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(s.reads(s.Recorder)); n != 3 {
		t.Errorf("%d records, want 3", n)
	}
}

func TestRecorder_ForgetsAPerson(t *testing.T) {
	s := newShelf(t, nil)
	s.add(150, "ada")
	s.add(2, "bob")
	s.add(3, "ada")
	ada := login.Person{Issuer: "i", Subject: "ada"}
	for _, p := range []login.Person{{}, {Subject: "ada"}, {Issuer: "i"}} {
		if _, err := s.Forget(t.Context(), p); err == nil {
			t.Errorf("%+v is somebody", p)
		}
	}
	if f, err := s.Forget(t.Context(), login.Person{IdP: "other", Issuer: "i", Subject: "ada"}); err != nil || f.Records != 0 {
		t.Errorf("of another provider: %+v %v", f, err)
	}
	s.Add(walked(t, "still-queued", "ada", s.now.Add(time.Second)))
	f, err := s.Forget(t.Context(), ada)
	if err != nil || f != (Forgotten{Records: 154}) {
		t.Errorf("%+v %v", f, err)
	}
	list := s.reads(s.Recorder)
	if len(list) != 2 || list[0].Record.Person.Subject != "bob" || s.Stats().Kept != 2 {
		t.Errorf("%d records are left: %+v", len(list), s.Stats())
	}
	// What no key opens may be anybody's.
	strange, err := keyring.New(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	other := Open(Config{Store: s.store, Keys: strange, Now: func() time.Time { return s.now }})
	defer other.Close(context.Background())
	if list := s.reads(other); len(list) != 2 || !errors.Is(list[0].Err, keyring.ErrUnsealed) || list[0].Record.ID == "" {
		t.Errorf("%+v", list)
	}
	if f, err := other.Forget(t.Context(), ada); err != nil || f != (Forgotten{Unreadable: 2}) {
		t.Errorf("%+v %v", f, err)
	}
}

// A record that is moved to another time does not open.
func TestRecorder_ARecordIsBoundToItsPlace(t *testing.T) {
	s := newShelf(t, nil)
	s.add(2, "ada")
	items, err := s.store.Scan(t.Context(), bucket, "", "", 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.Apply(t.Context(), store.Op{Bucket: bucket, Key: items[0].Key, Value: items[1].Value, Expires: items[1].Expires}); err != nil {
		t.Fatal(err)
	}
	if list := s.reads(s.Recorder); !errors.Is(list[0].Err, keyring.ErrUnsealed) || list[1].Err != nil {
		t.Errorf("%v, %v", list[0].Err, list[1].Err)
	}
}

// stuck is a store whose writes wait, or fail.
type stuck struct {
	Store
	mu   sync.Mutex
	gate chan struct{}
	err  error
}

func (s *stuck) Apply(ctx context.Context, ops ...store.Op) error {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	return s.Store.Apply(ctx, ops...)
}

// A store that does not keep up costs records, which are counted, and no login
// a moment.
func TestRecorder_AFullQueueDropsAndCounts(t *testing.T) {
	gate := make(chan struct{})
	s := newShelf(t, func(c *Config) { c.Store = &stuck{Store: c.Store, gate: gate} })
	w := walked(t, "1", "ada", s.now)
	const n = queued + 3*batch
	began := time.Now()
	for i := range n {
		w.Request.ID = fmt.Sprint("login-", i)
		s.Add(w)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("adding waited: %s", took)
	}
	dropped := s.Stats().Dropped[droppedQueue]
	if dropped == 0 {
		t.Errorf("nothing was dropped: %+v", s.Stats())
	}
	close(gate)
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Recorded+st.Dropped[droppedQueue] != n || st.Kept != int(st.Recorded) {
		t.Errorf("%+v", st)
	}
}

func TestRecorder_TheQueueIsBoundedInBytes(t *testing.T) {
	gate := make(chan struct{})
	s := newShelf(t, func(c *Config) { c.Store = &stuck{Store: c.Store, gate: gate} })
	defer close(gate)
	w := walked(t, "1", "ada", s.now)
	w.Yield.Document.Sources = sources(t, `{"idTokenClaims":{"sub":"ada","a":"`+strings.Repeat("x", 900<<10)+`"}}`)
	for range 2 * queuedBytes / (900 << 10) {
		s.Add(w)
	}
	if s.Stats().Dropped[droppedQueue] == 0 || s.bytes.Load() > queuedBytes {
		t.Errorf("%+v, %d bytes wait", s.Stats(), s.bytes.Load())
	}
}

// A disk that is full, or a store that is gone, is told once and counted.
func TestRecorder_AFailingStoreCostsTheRecordsAlone(t *testing.T) {
	broken := &stuck{err: fmt.Errorf("write: %w", store.ErrFull)}
	s := newShelf(t, func(c *Config) { broken.Store = c.Store; c.Store = broken })
	s.add(2, "ada")
	s.add(2, "ada")
	if st := s.Stats(); st.Dropped[droppedStore] != 4 || st.Recorded != 0 {
		t.Errorf("%+v", st)
	}
	if n := strings.Count(s.log.String(), "cannot be recorded"); n != 1 || strings.Contains(s.log.String(), "ada") {
		t.Errorf("logged %d times: %s", n, s.log.String())
	}
	broken.mu.Lock()
	broken.err = nil
	broken.mu.Unlock()
	s.add(1, "ada")
	if st := s.Stats(); st.Recorded != 1 {
		t.Errorf("it did not recover: %+v", st)
	}
}

func TestRecorder_TooLargeIsDropped(t *testing.T) {
	s := newShelf(t, nil)
	w := walked(t, "1", "ada", s.now)
	for _, name := range []string{"idTokenClaims", "userInfo"} {
		var err error
		if w.Yield.Document.Sources, err = w.Yield.Document.Sources.With(name, []byte(`{"a":"`+strings.Repeat("x", 700<<10)+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	s.Add(w)
	s.add(1, "bob")
	if st := s.Stats(); st.Dropped[droppedLarge] != 1 || st.Recorded != 1 {
		t.Errorf("%+v", st)
	}
}

// What was added before Close is written; what comes after is counted.
func TestRecorder_CloseWritesWhatIsQueued(t *testing.T) {
	s := newShelf(t, nil)
	for i := range 300 {
		s.Add(walked(t, fmt.Sprint(i), "ada", s.now.Add(time.Duration(i)*time.Second)))
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Add(walked(t, "late", "ada", s.now))
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Recorded != 300 || st.Dropped[droppedClosed] != 1 {
		t.Errorf("%+v", st)
	}
}
