// The failures that opening the embedded store can meet. All but FormatError
// and ErrLoose wrap ErrUnavailable.

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrLocked says that another process holds the file.
	ErrLocked = unavailable("another doorward process has the store open: stop it, or use the commands while it serves")
	// ErrReadOnly says that the file or its directory cannot be written.
	ErrReadOnly = unavailable("the store cannot be written: make its directory writable for this user")
	// ErrFull says that the disk, or the file size limit, is full.
	ErrFull = unavailable("the disk of the store is full: free some space")
	// ErrCorrupt says that the file is damaged or is no store.
	ErrCorrupt = unavailable("the store file is damaged or no doorward store: restore it from a backup, or move it away to start anew")
	// ErrClosed is returned after Close.
	ErrClosed = unavailable("the store is closed")
	// ErrLoose says that others may read the file.
	ErrLoose = errors.New("the store file is open to others")
	// ErrInvalid is returned for a bucket, key, value or limit that breaks a
	// bound of Store.
	ErrInvalid = errors.New("invalid store argument")
)

// unavailable is a sentence that wraps ErrUnavailable.
func unavailable(sentence string) error { return &failure{sentence} }

type failure struct{ sentence string }

func (f *failure) Error() string { return f.sentence }
func (f *failure) Unwrap() error { return ErrUnavailable }

// FormatError says that the file was written in a format this build cannot
// read. The file is left as it was.
type FormatError struct{ Found, Known uint64 }

func (e *FormatError) Error() string {
	if e.Found > e.Known {
		return fmt.Sprintf("the store has format %d and this build reads formats up to %d: use a newer doorward", e.Found, e.Known)
	}
	return fmt.Sprintf("the store has format %d, which this build no longer reads (it reads %d): let an older doorward upgrade it first", e.Found, e.Known)
}

// classify gives an error of bbolt or the system its place in the list above,
// and keeps it in the chain.
func classify(doing string, err error) error {
	kind := ErrUnavailable
	var known *failure
	var format *FormatError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &format):
		return fmt.Errorf("%s: %w", doing, err)
	case errors.Is(err, bolterrors.ErrTimeout):
		kind = ErrLocked
	case is(err, syscall.ENOSPC), is(err, syscall.EDQUOT), is(err, syscall.EFBIG):
		kind = ErrFull
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		kind = ErrReadOnly
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		kind = ErrClosed
	}
	return fmt.Errorf("%s: %w (%w)", doing, kind, err)
}

// is reports whether err is errno, or ends with its text: bbolt flattens what
// it meets when the file grows.
func is(err error, errno syscall.Errno) bool {
	return errors.Is(err, errno) || strings.HasSuffix(err.Error(), errno.Error())
}
