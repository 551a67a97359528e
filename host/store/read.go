// Get and Scan of the embedded store.

package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// Bounds of a Store.
const (
	MaxBucket = 64  // bytes of a bucket's name
	MaxKey    = 512 // bytes
	MaxValue  = 8 << 20
)

// Get returns a copy of the record.
func (s *Embedded) Get(ctx context.Context, bucket, key string) (item Item, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		item, err = live(tx, bucket, key, s.now().UnixMilli())
		item.Value = slices.Clone(item.Value)
		return err
	})
	if err != nil {
		return Item{}, err
	}
	return item, nil
}

// Scan returns copies of at most limit records.
func (s *Embedded) Scan(ctx context.Context, bucket, prefix, after string, limit int) (items []Item, err error) {
	if limit < 1 {
		return nil, fmt.Errorf("%w: a scan's limit is at least 1", ErrInvalid)
	}
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		items, err = scan(tx, bucket, prefix, after, limit, s.now().UnixMilli())
		return err
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

func scan(tx *bbolt.Tx, bucket, prefix, after string, limit int, now int64) (items []Item, err error) {
	b := tx.Bucket(bucketName(bucket))
	if b == nil {
		return nil, nil
	}
	cursor := b.Cursor()
	key, stored := cursor.Seek([]byte(max(prefix, after)))
	for ; key != nil && bytes.HasPrefix(key, []byte(prefix)) && len(items) < limit; key, stored = cursor.Next() {
		if string(key) <= after {
			continue
		}
		item, err := decode(key, stored)
		if err != nil {
			return nil, err
		}
		if expired(item, now) {
			continue
		}
		item.Value = slices.Clone(item.Value)
		items = append(items, item)
	}
	return items, nil
}

// view runs read in a read transaction. Values belong to the file: whoever
// keeps one copies it inside.
func (s *Embedded) view(ctx context.Context, read func(*bbolt.Tx) error) (err error) {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read the store: %w (%w)", ErrUnavailable, err)
	}
	defer guard(&err)()
	err = s.db.View(read)
	if err == nil || err == ErrNotFound {
		return err
	}
	return classify("read the store", err)
}

// live is the record unless it is absent or expired; its Value belongs to tx.
func live(tx *bbolt.Tx, bucket, key string, now int64) (Item, error) {
	b := tx.Bucket(bucketName(bucket))
	if b == nil {
		return Item{}, ErrNotFound
	}
	stored := b.Get([]byte(key))
	if stored == nil {
		return Item{}, ErrNotFound
	}
	item, err := decode([]byte(key), stored)
	if err != nil {
		return Item{}, err
	}
	if expired(item, now) {
		return Item{}, ErrNotFound
	}
	return item, nil
}

func expired(item Item, now int64) bool {
	return !item.Expires.IsZero() && item.Expires.UnixMilli() <= now
}

func (op Op) validate() error {
	switch {
	case op.Bucket == "" || len(op.Bucket) > MaxBucket || strings.ContainsRune(op.Bucket, 0):
		return fmt.Errorf("%w: a bucket's name has 1 to %d bytes", ErrInvalid, MaxBucket)
	case op.Key == "" || len(op.Key) > MaxKey:
		return fmt.Errorf("%w: a key has 1 to %d bytes", ErrInvalid, MaxKey)
	case len(op.Value) > MaxValue:
		return fmt.Errorf("%w: a value has at most %d bytes", ErrInvalid, MaxValue)
	}
	return nil
}
