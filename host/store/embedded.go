// The embedded store: opening and closing its file.

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Options of the embedded store.
type Options struct {
	// Now is time.Now when nil.
	Now func() time.Time
	// LockTimeout is how long to wait for another process to let go of the
	// file; a second when zero.
	LockTimeout time.Duration
	// InsecureNoSync gives up durability for speed: tests only.
	InsecureNoSync bool
}

// Embedded is the Store in one bbolt file. Apply calls that arrive while one
// is being written share the next write, so that many writers cost little
// more than one.
type Embedded struct {
	db     *bbolt.DB
	now    func() time.Time
	update func(func(*bbolt.Tx) error) error // db.Update; a seam for full disks
	heads  *heads
	queue  chan *change
	quit   chan struct{} // closed by Close
	done   chan struct{} // closed when the writer has returned
	once   sync.Once
}

var _ Store = (*Embedded)(nil)

// Open opens the store in the file at path, or creates it with mode 0600, and
// its directory with mode 0700 when it is missing.
//
// Its errors are or wrap ErrLocked, ErrReadOnly, ErrFull, ErrCorrupt,
// ErrLoose and *FormatError; each says what to do. A file that is refused is
// left as it was.
func Open(path string, o Options) (*Embedded, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockTimeout <= 0 {
		o.LockTimeout = time.Second
	}
	created, err := prepare(path)
	if err != nil {
		return nil, err
	}
	s := &Embedded{now: o.Now, heads: newHeads(), queue: make(chan *change, maxBatch), quit: make(chan struct{}), done: make(chan struct{})}
	if err := s.open(path, created, o); err != nil {
		return nil, classify("open the store "+path, err)
	}
	go s.write()
	return s, nil
}

// prepare checks an existing file, or makes room for a new one.
func prepare(path string) (created bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, classify("create the directory of the store "+path, os.MkdirAll(filepath.Dir(path), 0o700))
	case err != nil:
		return false, classify("open the store "+path, err)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("open the store %s: it is no regular file: %w", path, ErrCorrupt)
	case info.Mode().Perm()&0o077 != 0:
		return false, fmt.Errorf("%w (mode %04o): run chmod 600 %s", ErrLoose, info.Mode().Perm(), path)
	}
	return info.Size() == 0, nil
}

func (s *Embedded) open(path string, created bool, o Options) (err error) {
	defer guard(&err)()
	s.db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: o.LockTimeout, NoSync: o.InsecureNoSync, FreelistType: bbolt.FreelistMapType, NoStatistics: true,
	})
	if err != nil {
		return damaged(err)
	}
	s.update = s.db.Update
	defer func() {
		if err != nil {
			s.db.Close()
		}
	}()
	if err = s.inspect(path); err == nil && created {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// damaged tells what bbolt makes of a file's content, for which it has no
// type, from what the system says of the file.
func damaged(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) || errors.Is(err, bolterrors.ErrTimeout) {
		return err
	}
	return fmt.Errorf("%w (%w)", ErrCorrupt, err)
}

func (s *Embedded) inspect(path string) (err error) {
	defer guard(&err)()
	return s.check(path)
}

// guard turns a panic into ErrCorrupt: bbolt panics on pages that are not what
// they should be, and a file cut short faults where it is mapped.
func guard(err *error) func() {
	before := debug.SetPanicOnFault(true)
	return func() {
		debug.SetPanicOnFault(before)
		if p := recover(); p != nil {
			*err = fmt.Errorf("%w (%v)", ErrCorrupt, p)
		}
	}
}

// syncDir makes a new file's name durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Close waits for the writes under way and releases the file. Later calls of
// any method return ErrClosed; a second Close does nothing.
func (s *Embedded) Close() (err error) {
	s.once.Do(func() {
		close(s.quit)
		<-s.done
		err = classify("close the store", s.db.Close())
	})
	return err
}

// Ping writes a record durably and reads it back.
func (s *Embedded) Ping(ctx context.Context) error {
	if err := s.Apply(ctx, Op{Bucket: "ping", Key: "ping", Value: []byte("ping")}); err != nil {
		return err
	}
	_, err := s.Get(ctx, "ping", "ping")
	return err
}
