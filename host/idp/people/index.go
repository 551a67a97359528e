package people

// The indexes of a store that an older version wrote.

import (
	"context"
	"errors"
	"fmt"

	"github.com/doorward/doorward/host/store"
)

const (
	stateIndexed = "indexed"
	indexVersion = "1"
)

// Index writes the records that find people, once for each store: a store of an
// older version has none. It can be broken off and begun again. Later calls read
// one record. Errors wrap store.ErrUnavailable, or say that a record is damaged.
func (d Directory) Index(ctx context.Context) error {
	item, err := d.Store.Get(ctx, bucketState, stateIndexed)
	if err == nil && string(item.Value) == indexVersion {
		return nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("index the people: %w", err)
	}
	for after := ""; ; {
		items, err := d.Store.Scan(ctx, Bucket, "", after, scanBatch)
		if err != nil {
			return fmt.Errorf("index the people: %w", err)
		}
		if err := d.index(ctx, items); err != nil {
			return fmt.Errorf("index the people: %w", err)
		}
		if len(items) < scanBatch {
			return d.Store.Apply(ctx, store.Op{Bucket: bucketState, Key: stateIndexed, Value: []byte(indexVersion)})
		}
		after = items[len(items)-1].Key
	}
}

// index writes what finds people.
func (d Directory) index(ctx context.Context, items []store.Item) error {
	var ops []store.Op
	for i, item := range items {
		person, err := decode(item.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", item.Key, err)
		}
		theirs, err := recordsOf(person)
		if err != nil {
			return fmt.Errorf("%s: %w", item.Key, err)
		}
		delete(theirs, place{Bucket, item.Key})
		if ops = append(ops, changes(nil, theirs)...); len(ops) < writeBatch/2 && i < len(items)-1 {
			continue
		}
		if err := d.Store.Apply(ctx, ops...); err != nil {
			return err
		}
		ops = nil
	}
	return nil
}
