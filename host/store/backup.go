// A copy of the file while the store is in use.

package store

import (
	"context"
	"io"

	"go.etcd.io/bbolt"
)

// Backup writes the file as it is at one moment to w, and says how many bytes
// those were. Reads and writes go on meanwhile. What was written is a store
// that Open takes. Errors of w come as they are; others wrap ErrUnavailable.
func (s *Embedded) Backup(ctx context.Context, w io.Writer) (written int64, err error) {
	out := &until{Writer: w, ctx: ctx}
	err = s.db.View(func(tx *bbolt.Tx) error {
		written, err = tx.WriteTo(out)
		return err
	})
	if out.err != nil {
		return written, out.err // bbolt wraps no error of its writer
	}
	return written, classify("copy the store", err)
}

// until is a Writer that ends with its context, and keeps its error.
type until struct {
	io.Writer
	ctx context.Context
	err error
}

func (u *until) Write(p []byte) (n int, err error) {
	if u.err = u.ctx.Err(); u.err == nil {
		n, u.err = u.Writer.Write(p)
	}
	return n, u.err
}
