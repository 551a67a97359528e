// Further handles of a session, and the one way to change an index entry that
// stays.

package session

import (
	"context"
	"errors"
	"slices"

	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// grow adds a handle that opens the session of r for app alone, together with
// what edit changes. At most 32 handles open one session; a further one takes
// the place of the oldest, but never of the first, which Issue made.
func (s *Sessions) grow(ctx context.Context, doing string, r *Record, app string, edit func(*filed) ([]store.Op, error)) (string, error) {
	h, dropped := newHandle(), []string(nil)
	lookup := h.lookup()
	err := s.change(ctx, doing, r, func(f *filed) ([]store.Op, error) {
		ops, err := edit(f)
		if err != nil {
			return nil, err
		}
		f.Handles = append(slices.Clone(f.Handles), lookup)
		surplus := max(0, len(f.Handles)-maxHandles)
		dropped = slices.Clone(f.Handles[1 : 1+surplus])
		f.Handles = slices.Delete(f.Handles, 1, 1+surplus)
		for _, key := range dropped {
			ops = append(ops, store.Op{Bucket: handleBucket, Key: key, Delete: true})
		}
		return append(ops, store.Op{Bucket: handleBucket, Key: lookup, Value: h.wrap(lookup, app, r.ID, r.key), Expires: s.end(f.entry)}), nil
	})
	if err != nil {
		return "", err
	}
	s.cache.dropHandles(r.ID, dropped...)
	return h.text(), nil
}

// change writes what edit makes of a copy of r's index entry, with the changes
// that edit returns, if the entry is still the one that was read; else it asks
// edit again. It is ErrNone when the session has ended.
func (s *Sessions) change(ctx context.Context, doing string, r *Record, edit func(*filed) ([]store.Op, error)) error {
	if len(r.key) != keySize {
		return errNoKeyInRecord
	}
	done, err := s.turn(ctx, doing, r.ID)
	if err != nil {
		return err
	}
	defer done()
	for range attempts {
		f, err := s.readIndex(ctx, doing, r.ID)
		if err != nil {
			return err
		}
		ops, err := edit(f)
		if err != nil {
			return err
		}
		err = s.store.Apply(ctx, append(ops, s.putIndex(f))...)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return unavailable(doing, err)
		}
	}
	return login.NewFault(login.CodeStoreUnavailable, "%s: %w", doing, store.ErrConflict)
}
