// The writer: many records in one step.

package record

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/host/store"
)

// write runs until Close.
func (r *Recorder) write() {
	defer close(r.done)
	r.recount()
	for {
		select {
		case e := <-r.queue:
			r.writeBatch(e)
		case <-r.quit:
			for {
				select {
				case e := <-r.queue:
					r.writeBatch(e)
				default:
					return
				}
			}
		}
	}
}

// recount counts what an earlier run left.
func (r *Recorder) recount() {
	if r.config.Keep <= 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	if kept, bytes, err := r.config.Store.Count(ctx, bucket); err == nil {
		r.stats.counted(kept, bytes)
	}
}

// writeBatch writes first and what comes soon after it.
func (r *Recorder) writeBatch(first entry) {
	var ops []store.Op
	var flushed []chan struct{}
	size := 0
	late := time.NewTimer(linger)
	defer late.Stop()
	for e, more := first, true; more; {
		if e.flushed != nil {
			flushed = append(flushed, e.flushed)
			break
		}
		if op, ok := r.op(e); ok {
			ops = append(ops, op)
			size += len(op.Value)
		}
		if len(ops) >= batch || size >= batchBytes {
			break
		}
		select {
		case e = <-r.queue:
		case <-late.C:
			more = false
		case <-r.quit:
			select {
			case e = <-r.queue:
			default:
				more = false
			}
		}
	}
	r.apply(ops, size)
	for _, f := range flushed {
		close(f)
	}
}

// op makes the sealed record of a walk.
func (r *Recorder) op(e entry) (store.Op, bool) {
	r.bytes.Add(-e.size)
	made, ok := Of(e.walked)
	if !ok {
		return store.Op{}, false
	}
	if e.add != nil {
		e.add(&made)
	}
	op, err := r.seal(made)
	switch {
	case errors.Is(err, errTooLarge):
		r.stats.drop(droppedLarge, 1)
	case err != nil:
		r.stats.drop(droppedFailed, 1)
	}
	return op, err == nil
}

var errTooLarge = errors.New("the record is too large")

func (r *Recorder) seal(made Record) (store.Op, error) {
	text, err := made.encode()
	if err != nil {
		return store.Op{}, err
	}
	if len(text) > MaxRecord {
		return store.Op{}, errTooLarge
	}
	key := keyOf(made.Time(), made.ID)
	return store.Op{Bucket: bucket, Key: key, Value: r.config.Keys.Seal(purpose, text, []byte(key)), Expires: made.Time().Add(r.config.Keep)}, nil
}

// apply writes a batch. A store that fails costs the records, and no login.
func (r *Recorder) apply(ops []store.Op, size int) {
	if len(ops) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeWithin)
	defer cancel()
	if err := r.config.Store.Apply(ctx, ops...); err != nil {
		r.stats.drop(droppedStore, len(ops))
		if !r.failing {
			r.config.Log.Error("logins cannot be recorded for replay; people sign in all the same", "error", err)
		}
		r.failing = true
		return
	}
	r.failing = false
	r.stats.wrote(len(ops), size)
	if kept, _ := r.stats.keeps(); r.config.Max > 0 && kept > r.config.Max {
		if err := r.trim(ctx); err != nil {
			r.config.Log.Error("old recorded logins could not be removed", "error", err)
		}
	}
}
