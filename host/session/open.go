// Opening a session by its handle.

package session

import (
	"context"
	"errors"

	"github.com/doorward/doorward/host/login"
)

// Open returns the session that handle opens for app; app is "" for the
// host's own origin. It counts as a use.
//
// Any handle that opens nothing now is ErrNone, whatever its bytes; a store
// that fails is a *login.Fault that wraps store.ErrUnavailable. A session that
// was ended before Open was called is never returned.
func (s *Sessions) Open(ctx context.Context, handle, app string) (*Record, error) {
	o, err := s.open(ctx, handle, app)
	if err != nil {
		return nil, err
	}
	record := *o.record
	record.LastUsed = s.now()
	s.use(ctx, o, record.LastUsed)
	return &record, nil
}

// Before describes the session that handle opens on the host's own origin, or
// is nil. It counts as no use.
func (s *Sessions) Before(ctx context.Context, handle string) (*login.Before, error) {
	o, err := s.open(ctx, handle, "")
	switch {
	case errors.Is(err, ErrNone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	r := o.record
	return &login.Before{Person: r.Document.Person, AuthTime: r.Document.Login.Evidence.AuthTime, CreatedAt: r.CreatedAt.Unix()}, nil
}

func (s *Sessions) open(ctx context.Context, text, app string) (*opened, error) {
	h, ok := parseHandle(text)
	if !ok {
		return nil, ErrNone
	}
	lookup := h.lookup()
	o := s.cache.get(lookup)
	if o == nil {
		var err error
		if o, err = s.unlock(ctx, h, lookup, app); err != nil {
			return nil, err
		}
	}
	if o.app != app {
		return nil, ErrNone
	}
	if err := s.confirm(ctx, o); err != nil {
		if errors.Is(err, ErrNone) {
			s.cache.drop(lookup)
		}
		return nil, err
	}
	return o, nil
}

// unlock reads and decrypts the record. It says nothing about whether the
// session still lives: confirm does, afterwards.
func (s *Sessions) unlock(ctx context.Context, h handle, lookup, app string) (*opened, error) {
	const doing = "open the session"
	wrapped, err := s.get(ctx, doing, handleBucket, lookup)
	if err != nil {
		return nil, err
	}
	id, key, err := h.unwrap(app, wrapped.Value)
	if err != nil {
		return nil, s.none(err)
	}
	item, err := s.get(ctx, doing, recordBucket, id)
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
	record.key, record.Version, record.memo = key, item.Version, &memo{}
	return &opened{lookup: lookup, app: app, record: record, size: 1<<10 + 4*len(text)}, nil
}

// confirm reads the index entry, in which every revocation shows, and caches
// what it confirmed.
func (s *Sessions) confirm(ctx context.Context, o *opened) error {
	item, err := s.get(ctx, "open the session", indexBucket, o.record.ID)
	if err != nil {
		return err
	}
	known := o.index.Load()
	f := known
	if known == nil || known.version != item.Version || s.keys.Stale(item.Value) {
		if f, err = s.openIndex(item); err != nil {
			return ErrNone
		}
		o.index.Store(f)
	}
	if !s.alive(f, max(f.Used, o.used.Load())) {
		return ErrNone
	}
	if known == nil {
		s.cache.put(o)
	}
	return nil
}

// none is ErrNone, once a newer format has been logged.
func (s *Sessions) none(err error) error {
	var newer *newerError
	if errors.As(err, &newer) {
		s.sayNewer(newer.part, newer.format)
	}
	return ErrNone
}

func recordBinding(id string) string { return "record/" + id }
