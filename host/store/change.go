// What one change does inside the writer's transaction.

package store

import "go.etcd.io/bbolt"

func applyAll(tx *bbolt.Tx, ops []Op, now int64) error {
	for _, op := range ops {
		if op.If == nil {
			continue
		}
		item, err := live(tx, op.Bucket, op.Key, now)
		if err != nil && err != ErrNotFound {
			return err
		}
		if item.Version != *op.If { // 0 when not found
			return ErrConflict
		}
	}
	for _, op := range ops {
		if err := applyOne(tx, op); err != nil {
			return err
		}
	}
	return nil
}

func applyOne(tx *bbolt.Tx, op Op) error {
	b := tx.Bucket(bucketName(op.Bucket))
	if b == nil && op.Delete {
		return nil
	}
	if b == nil {
		var err error
		if b, err = tx.CreateBucket(bucketName(op.Bucket)); err != nil {
			return err
		}
	}
	var version uint64
	if stored := b.Get([]byte(op.Key)); stored != nil {
		old, err := decode([]byte(op.Key), stored)
		if err != nil {
			return err
		}
		version = old.Version
		if err := forget(tx, op.Bucket, old); err != nil {
			return err
		}
	}
	if op.Delete {
		return b.Delete([]byte(op.Key))
	}
	expires := milliseconds(op.Expires)
	if expires != 0 {
		if err := tx.Bucket(expiryBucket).Put(expiryKey(expires, op.Bucket, op.Key), []byte{}); err != nil {
			return err
		}
	}
	return b.Put([]byte(op.Key), encode(version+1, expires, op.Value))
}

// forget takes a record out of the expiry index.
func forget(tx *bbolt.Tx, bucket string, old Item) error {
	if old.Expires.IsZero() {
		return nil
	}
	return tx.Bucket(expiryBucket).Delete(expiryKey(old.Expires.UnixMilli(), bucket, old.Key))
}

func sweep(tx *bbolt.Tx, now int64, limit int) (swept int, err error) {
	due := tx.Bucket(expiryBucket)
	var keys [][]byte
	cursor := due.Cursor()
	for k, _ := cursor.First(); k != nil && len(keys) < limit; k, _ = cursor.Next() {
		ms, _, _, err := parseExpiryKey(k)
		if err != nil {
			return 0, err
		}
		if ms > now {
			break
		}
		keys = append(keys, append([]byte(nil), k...))
	}
	for _, k := range keys {
		_, bucket, key, _ := parseExpiryKey(k)
		if b := tx.Bucket(bucketName(bucket)); b != nil {
			if err := b.Delete([]byte(key)); err != nil {
				return 0, err
			}
		}
		if err := due.Delete(k); err != nil {
			return 0, err
		}
	}
	return len(keys), nil
}
