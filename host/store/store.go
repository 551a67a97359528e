// Package store keeps records by bucket and key: one narrow interface, one
// conformance suite (host/store/storetest), and the embedded store, a single
// bbolt file.
package store

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrNotFound is returned by Get for a key that is absent or expired.
	ErrNotFound = errors.New("no such record")
	// ErrConflict is returned by Apply when a precondition does not hold;
	// nothing was written.
	ErrConflict = errors.New("the record changed meanwhile")
	// ErrUnavailable wraps every failure of the store itself: a full disk, a
	// lock, a closed store.
	ErrUnavailable = errors.New("the store is unavailable")
)

// Item is one record. Version starts at 1 and grows by one with each Put to
// the key; a record that is put again after a Delete may start anew. A zero
// Expires never expires.
type Item struct {
	Key     string
	Value   []byte
	Version uint64
	Expires time.Time
}

// Op is one change of an Apply: a Put of Value, or a Delete.
type Op struct {
	Bucket  string
	Key     string
	Value   []byte
	Expires time.Time // zero: never
	Delete  bool
	// If is the version the record must have for the whole Apply to happen:
	// nil for any, 0 for absent (or expired).
	If *uint64
}

// Store is safe for concurrent use. Keys are at most 512 bytes, values at
// most 8 MiB; buckets come into being at their first Put. Expired records are
// never returned, whether or not they were swept.
type Store interface {
	// Get returns the record, or ErrNotFound. The Value is the caller's.
	Get(ctx context.Context, bucket, key string) (Item, error)
	// Apply does all of ops or none, and returns when they are durable: they
	// survive a kill -9 that comes after it returned.
	Apply(ctx context.Context, ops ...Op) error
	// Scan returns at most limit records whose keys start with prefix and sort
	// after the key after ("" to begin), in key order.
	Scan(ctx context.Context, bucket, prefix, after string, limit int) ([]Item, error)
	// Sweep removes expired records, a bounded number for each call, and says
	// how many.
	Sweep(ctx context.Context) (int, error)
	// Ping does a real read and write.
	Ping(ctx context.Context) error
	Close() error
}
