// Letting records go: too old, too many, or a person's who asks for it.

package record

import (
	"context"
	"errors"
	"time"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

const page = 128 // records of one read

// Sweep removes records beyond what Keep and Max allow now, which may be less
// than when they were written. The store removes those whose time is past by
// itself.
func (r *Recorder) Sweep(ctx context.Context) error {
	if r.config.Keep <= 0 {
		return nil
	}
	if err := r.trimOld(ctx); err != nil {
		return err
	}
	return r.trim(ctx)
}

// trimOld removes what was written when records were kept for longer.
func (r *Recorder) trimOld(ctx context.Context) error {
	limit := keyTime(r.config.Now().Add(-r.config.Keep))
	for {
		items, err := r.config.Store.Scan(ctx, bucket, "", "", page)
		if err != nil {
			return err
		}
		n := 0
		for n < len(items) && items[n].Key < limit {
			n++
		}
		if err := r.remove(ctx, items[:n]); err != nil || n < page {
			return err
		}
	}
}

// trim counts the records, and removes the oldest of too many.
func (r *Recorder) trim(ctx context.Context) error {
	kept, bytes, err := r.config.Store.Count(ctx, bucket)
	if err != nil {
		return err
	}
	over := 0
	if r.config.Max > 0 && kept > r.config.Max {
		over = kept - r.config.Max + r.config.Max/100 // so that not every login trims
	}
	for over > 0 {
		items, err := r.config.Store.Scan(ctx, bucket, "", "", min(page, over))
		if err != nil {
			return err
		}
		if len(items) == 0 {
			break
		}
		if err := r.remove(ctx, items); err != nil {
			return err
		}
		over -= len(items)
		kept -= len(items)
		for _, item := range items {
			bytes -= int64(len(item.Value))
		}
	}
	r.stats.counted(kept, bytes)
	return nil
}

func (r *Recorder) remove(ctx context.Context, items []store.Item) error {
	if len(items) == 0 {
		return nil
	}
	ops := make([]store.Op, len(items))
	for i, item := range items {
		ops[i] = store.Op{Bucket: bucket, Key: item.Key, Delete: true}
	}
	return r.config.Store.Apply(ctx, ops...)
}

// Forgotten is what Forget removed.
type Forgotten struct {
	Records    int `json:"records"`    // of that person
	Unreadable int `json:"unreadable"` // that nobody can read any more, so nobody can tell whose they are
}

// Forget removes every record of a person: of one provider, or, when p.IdP is
// empty, of every provider with that issuer. Records that no longer open go
// with them.
func (r *Recorder) Forget(ctx context.Context, p login.Person) (f Forgotten, err error) {
	if p.Issuer == "" || p.Subject == "" {
		return f, errors.New("a person is iss and sub together, and idp when one provider is meant")
	}
	if err := r.Flush(ctx); err != nil {
		return f, err
	}
	var gone []store.Item
	err = r.scan(ctx, time.Time{}, func(items []store.Item) error {
		gone = gone[:0]
		for _, item := range items {
			text, err := r.open(item)
			if err != nil {
				f.Unreadable++
				gone = append(gone, item)
				continue
			}
			if who, ok := personOf(text); !ok || who.Issuer == p.Issuer && who.Subject == p.Subject && (p.IdP == "" || p.IdP == who.IdP) {
				if ok {
					f.Records++
				} else {
					f.Unreadable++
				}
				gone = append(gone, item)
			}
		}
		return r.remove(ctx, gone)
	})
	if err != nil {
		return f, err
	}
	kept, bytes, err := r.config.Store.Count(ctx, bucket)
	if err == nil {
		r.stats.counted(kept, bytes)
	}
	return f, err
}
