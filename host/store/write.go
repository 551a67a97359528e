// Apply and Sweep of the embedded store: one writer, many changes to a commit.

package store

import (
	"context"
	"fmt"
	"sync/atomic"

	"go.etcd.io/bbolt"
)

const (
	maxBatch      = 256      // changes a commit
	maxBatchBytes = 16 << 20 // of values a commit, but for one change alone
	maxOps        = 4096     // of one Apply
	sweepLimit    = 1000     // records of one Sweep
)

// change is one Apply, or one sweep, on its way to the writer.
type change struct {
	apply    func(tx *bbolt.Tx, now int64) error // ErrConflict before it wrote anything, or a failure of the store
	ops      []Op                                // what it writes
	anything bool                                // it may remove any record
	size     int
	claimed  atomic.Bool // by the writer, or by a caller that gave up
	err      error
	done     chan struct{}
}

// Apply does all of ops, in order, or none. Preconditions are held against
// the records as they were before the first of ops.
//
// When ctx ends while the write is under way, the error wraps ErrUnavailable
// and the write may or may not have happened.
func (s *Embedded) Apply(ctx context.Context, ops ...Op) error {
	if len(ops) > maxOps {
		return fmt.Errorf("%w: at most %d changes at once", ErrInvalid, maxOps)
	}
	size := 0
	for _, op := range ops {
		if err := op.validate(); err != nil {
			return err
		}
		size += len(op.Value)
	}
	return s.submit(ctx, &change{ops: ops, size: size, apply: func(tx *bbolt.Tx, now int64) error { return applyAll(tx, ops, now) }})
}

// Sweep removes the records that expired first, at most a thousand.
func (s *Embedded) Sweep(ctx context.Context) (swept int, err error) {
	var n int // not swept: the writer may still hold it when ctx ends first
	err = s.submit(ctx, &change{anything: true, apply: func(tx *bbolt.Tx, now int64) (err error) {
		n, err = sweep(tx, now, sweepLimit)
		return err
	}})
	if err != nil {
		return 0, err
	}
	return n, nil
}

func (s *Embedded) submit(ctx context.Context, c *change) error {
	c.done = make(chan struct{})
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("write the store: %w (%w)", ErrUnavailable, err)
	}
	select {
	case <-s.quit:
		return ErrClosed
	default:
	}
	select {
	case s.queue <- c:
	case <-s.quit:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("write the store: %w (%w)", ErrUnavailable, ctx.Err())
	}
	return s.await(ctx, c)
}

func (s *Embedded) await(ctx context.Context, c *change) error {
	select {
	case <-c.done:
	case <-s.done: // the writer has gone; it may have finished c first
		select {
		case <-c.done:
		default:
			return ErrClosed
		}
	case <-ctx.Done():
		select {
		case <-c.done:
			return c.err
		default:
		}
		if c.claimed.CompareAndSwap(false, true) {
			return fmt.Errorf("write the store: %w (%w)", ErrUnavailable, ctx.Err())
		}
		return fmt.Errorf("write the store: the outcome is unknown: %w (%w)", ErrUnavailable, ctx.Err())
	}
	return c.err
}

// write commits what is queued, batch after batch: while one batch is being
// made durable, the next one gathers.
func (s *Embedded) write() {
	defer close(s.done)
	for {
		select {
		case c := <-s.queue:
			s.commit(s.gather(c))
		case <-s.quit:
			return
		}
	}
}

func (s *Embedded) gather(first *change) (batch []*change) {
	size := 0
	for c := first; ; {
		if c.claimed.CompareAndSwap(false, true) {
			batch = append(batch, c)
			size += c.size
		}
		if len(batch) >= maxBatch || size >= maxBatchBytes {
			return batch
		}
		select {
		case c = <-s.queue:
		default:
			return batch
		}
	}
}

// commit makes one transaction of a batch. A conflict is the business of its
// change alone; any other failure undoes the whole batch.
func (s *Embedded) commit(batch []*change) {
	outcomes := make([]error, len(batch))
	s.heads.begin(batch)
	err := s.transact(func(tx *bbolt.Tx) error {
		now := s.now().UnixMilli()
		for i, c := range batch {
			outcomes[i] = c.apply(tx, now)
			if outcomes[i] != nil && outcomes[i] != ErrConflict {
				return outcomes[i]
			}
		}
		return nil
	})
	s.heads.end(err)
	for i, c := range batch {
		if c.err = outcomes[i]; err != nil {
			c.err = classify("write the store", err)
		}
		close(c.done)
	}
}

func (s *Embedded) transact(change func(*bbolt.Tx) error) (err error) {
	defer guard(&err)()
	return s.update(change)
}
