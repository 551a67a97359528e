// The layout of the file, and the check of it when it is opened.
//
//	meta      "format" → the format's number
//	expiry    time, bucket, key → nothing; what expires, in that order
//	b:BUCKET  key → version, time, value
//
// Numbers are 8 bytes, big-endian; times are milliseconds since 1970, 0 for
// never.

package store

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"go.etcd.io/bbolt"
)

// Format is the number of the file format that this build writes.
const Format = 1

const (
	headerSize   = 16
	bucketPrefix = "b:"
)

var (
	metaBucket   = []byte("meta")
	expiryBucket = []byte("expiry")
	formatKey    = []byte("format")
)

// upgrades turn the format that is the key into the next one.
var upgrades = map[uint64]func(*bbolt.Tx) error{}

// check refuses a file that is cut short, damaged, no store of ours or of a
// newer format, and brings an older one up to Format in one step.
func (s *Embedded) check(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var found uint64
	err = s.db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("the file is cut short: %w", ErrCorrupt)
		}
		if found, err = formatOf(tx); err != nil || found > Format {
			return err
		}
		return walk(tx)
	})
	switch {
	case err != nil:
		return err
	case found > Format:
		return &FormatError{Found: found, Known: Format}
	case found == Format:
		return nil
	}
	return s.db.Update(func(tx *bbolt.Tx) error { return upgrade(tx, found, Format, upgrades) })
}

// formatOf is the file's format, or 0 for a file without any bucket.
func formatOf(tx *bbolt.Tx) (uint64, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		if first, _ := tx.Cursor().First(); first != nil {
			return 0, fmt.Errorf("it holds no format: %w", ErrCorrupt)
		}
		return 0, nil
	}
	value := meta.Get(formatKey)
	if len(value) != 8 || binary.BigEndian.Uint64(value) == 0 {
		return 0, fmt.Errorf("its format is unreadable: %w", ErrCorrupt)
	}
	return binary.BigEndian.Uint64(value), nil
}

// walk looks at every key once, so that damage shows when the host starts.
func walk(tx *bbolt.Tx) error {
	return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		return b.ForEach(func(key, value []byte) error {
			if string(name[:min(len(name), len(bucketPrefix))]) == bucketPrefix && len(value) < headerSize {
				return fmt.Errorf("a record is cut short: %w", ErrCorrupt)
			}
			return nil
		})
	})
}

// upgrade brings a file from one format to another; from 0, an empty file, it
// only lays the foundation.
func upgrade(tx *bbolt.Tx, from, to uint64, steps map[uint64]func(*bbolt.Tx) error) error {
	for f := from; 0 < f && f < to; f++ {
		step, ok := steps[f]
		if !ok {
			return &FormatError{Found: from, Known: to}
		}
		if err := step(tx); err != nil {
			return fmt.Errorf("upgrade the store from format %d: %w", f, err)
		}
	}
	if _, err := tx.CreateBucketIfNotExists(expiryBucket); err != nil {
		return err
	}
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	return meta.Put(formatKey, binary.BigEndian.AppendUint64(nil, to))
}

func bucketName(bucket string) []byte { return []byte(bucketPrefix + bucket) }

// encode puts the header before a copy of value.
func encode(version uint64, expires int64, value []byte) []byte {
	out := make([]byte, headerSize, headerSize+len(value))
	binary.BigEndian.PutUint64(out, version)
	binary.BigEndian.PutUint64(out[8:], uint64(expires))
	return append(out, value...)
}

// decode splits a stored value; the item's Value aliases it.
func decode(key, stored []byte) (Item, error) {
	if len(stored) < headerSize {
		return Item{}, fmt.Errorf("a record is cut short: %w", ErrCorrupt)
	}
	item := Item{Key: string(key), Version: binary.BigEndian.Uint64(stored), Value: stored[headerSize:]}
	if ms := int64(binary.BigEndian.Uint64(stored[8:])); ms != 0 {
		item.Expires = time.UnixMilli(ms)
	}
	return item, nil
}

// milliseconds of an expiry; times before 1970 are long past, not never.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(1, t.UnixMilli())
}

func expiryKey(ms int64, bucket, key string) []byte {
	out := binary.BigEndian.AppendUint64(make([]byte, 0, 9+len(bucket)+len(key)), uint64(ms))
	out = append(out, byte(len(bucket)))
	return append(append(out, bucket...), key...)
}

// parseExpiryKey undoes expiryKey.
func parseExpiryKey(k []byte) (ms int64, bucket, key string, err error) {
	if len(k) < 9 || len(k) < 9+int(k[8]) {
		return 0, "", "", fmt.Errorf("an expiry is cut short: %w", ErrCorrupt)
	}
	n := 9 + int(k[8])
	return int64(binary.BigEndian.Uint64(k)), string(k[9:n]), string(k[n:]), nil
}
