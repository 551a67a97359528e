// Counting the records of a bucket without reading them.

package store

import (
	"context"

	"go.etcd.io/bbolt"
)

// Counter is an optional ability of a Store, for who bounds how many records a
// bucket has.
type Counter interface {
	// Count says how many records of the bucket have not expired, and how many
	// bytes their values have together. It looks at every key and copies no
	// value: milliseconds for each ten thousand.
	Count(ctx context.Context, bucket string) (records int, bytes int64, err error)
}

var _ Counter = (*Embedded)(nil)

// Count implements Counter.
func (s *Embedded) Count(ctx context.Context, bucket string) (records int, bytes int64, err error) {
	err = s.view(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketName(bucket))
		if b == nil {
			return nil
		}
		now, cursor := s.now().UnixMilli(), b.Cursor()
		for key, stored := cursor.First(); key != nil; key, stored = cursor.Next() {
			item, err := decode(key, stored)
			if err != nil {
				return err
			}
			if !expired(item, now) {
				records++
				bytes += int64(len(item.Value))
			}
		}
		return nil
	})
	return records, bytes, err
}
