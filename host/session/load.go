// Reading a session from the store: its handle, its index entry, its record.

package session

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
)

// unlock finds what the handle opens, in the store or, when another handle has
// opened it, in memory. It says nothing about whether the session still lives:
// confirm does, afterwards.
func (s *Sessions) unlock(ctx context.Context, text string, d digest, app string) (*opened, error) {
	h, ok := parseHandle(text)
	if !ok {
		return nil, ErrNone
	}
	lookup := h.lookup()
	wrapped, err := s.get(ctx, "open the session", handleBucket, lookup)
	if err != nil {
		return nil, err
	}
	id, key, err := h.unwrap(lookup, app, wrapped.Value)
	if err != nil {
		return nil, s.none(err)
	}
	k := s.cache.session(id)
	if k == nil || subtle.ConstantTimeCompare(k.state.Load().record.key, key) != 1 {
		st, err := s.load(ctx, id, key, nil)
		if err != nil {
			return nil, err
		}
		k = &kept{id: id, size: st.record.size}
		k.state.Store(st)
	}
	return &opened{digest: d, lookup: lookup, app: app, session: k}, nil
}

// load reads the index entry, and the record that it names, as far as either
// is not the known one; known may be nil.
func (s *Sessions) load(ctx context.Context, id string, key []byte, known *state) (*state, error) {
	var record *Record
	if known != nil {
		record = known.record
	}
	for range attempts {
		item, err := s.get(ctx, "open the session", indexBucket, id)
		if err != nil {
			return nil, err
		}
		if known != nil && known.version == item.Version && !s.keys.Stale(item.Value) {
			return known, nil
		}
		f, err := s.openIndex(item)
		if err != nil {
			return nil, ErrNone
		}
		if record == nil || record.Version != f.Record {
			if record, err = s.readRecord(ctx, id, key); err != nil {
				return nil, err
			}
		}
		if record.Version == f.Record {
			return &state{*f, record}, nil
		}
		// The session was continued between the two readings.
	}
	return nil, ErrNone // the record is not the session's own: an older one was put in its place
}

func (s *Sessions) readRecord(ctx context.Context, id string, key []byte) (*Record, error) {
	item, err := s.get(ctx, "open the session", recordBucket, id)
	if err != nil {
		return nil, err
	}
	text, err := decrypt(key, item.Value, recordBinding(id))
	if err != nil {
		return nil, s.none(err)
	}
	record, err := decodeRecord(text)
	if err != nil {
		return nil, s.none(err)
	}
	if record.ID != id {
		return nil, ErrNone
	}
	record.key, record.size, record.memo = key, sizeOf(text), &memo{}
	return record, nil
}

// sizeOf estimates what a record takes in memory: its text, and a place for
// each value in it.
func sizeOf(text []byte) int { return 2<<10 + 2*len(text) + 64*bytes.Count(text, []byte{','}) }

// none is ErrNone, once a newer format has been logged.
func (s *Sessions) none(err error) error {
	var newer *newerError
	if errors.As(err, &newer) {
		s.sayNewer(newer.part, newer.format)
	}
	return ErrNone
}

func recordBinding(id string) string { return "record/" + id }
