// Opening a session by its handle.

package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/doorward/doorward/host/login"
)

// Open returns the session that handle opens for app; app is "" for the
// host's own origin. It counts as a use.
//
// Any handle that opens nothing now is ErrNone, whatever its bytes; a store
// that fails is a *login.Fault that wraps store.ErrUnavailable. A session that
// was ended before Open was called is never returned, nor a document that was
// replaced before.
func (s *Sessions) Open(ctx context.Context, handle, app string) (*Record, error) {
	now := s.now()
	o, st, err := s.open(ctx, handle, app, now)
	if err != nil {
		return nil, err
	}
	s.use(ctx, o.session, st, now)
	return st.record, nil
}

// Peek is Open that counts as no use: a session that is only peeked at ends by
// its idle time.
func (s *Sessions) Peek(ctx context.Context, handle, app string) (*Record, error) {
	_, st, err := s.open(ctx, handle, app, s.now())
	if err != nil {
		return nil, err
	}
	return st.record, nil
}

// Before describes the session that handle opens on the host's own origin, or
// is nil. It counts as no use.
func (s *Sessions) Before(ctx context.Context, handle string) (*login.Before, error) {
	_, st, err := s.open(ctx, handle, "", s.now())
	switch {
	case errors.Is(err, ErrNone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	r := st.record
	return &login.Before{Person: r.Document.Person, AuthTime: r.Document.Login.Evidence.AuthTime, CreatedAt: r.CreatedAt.Unix()}, nil
}

func (s *Sessions) open(ctx context.Context, text, app string, now time.Time) (*opened, *state, error) {
	if len(text) != handleText {
		return nil, nil, ErrNone
	}
	d := digestOf(text)
	o := s.cache.get(d)
	cached := o != nil
	if !cached {
		var err error
		if o, err = s.unlock(ctx, text, d, app); err != nil {
			return nil, nil, err
		}
	}
	if o.app != app {
		return nil, nil, ErrNone
	}
	st, err := s.confirm(ctx, o, now)
	switch {
	case err == nil && !cached:
		s.cache.put(o)
	case cached && errors.Is(err, ErrNone):
		s.cache.dropHandles(o.session.id, o.lookup)
	}
	return o, st, err
}

// confirm holds what is in memory against the index entry, in which every end
// and every continuation shows.
func (s *Sessions) confirm(ctx context.Context, o *opened, now time.Time) (*state, error) {
	k := o.session
	st := k.state.Load()
	same, err := s.unchanged(ctx, &st.filed)
	if err != nil {
		return nil, err
	}
	if !same {
		if st, err = s.load(ctx, k.id, st.record.key, st); err != nil {
			return nil, err
		}
		k.state.Store(st)
	}
	if o.confirmed.Load() != st {
		if !slices.Contains(st.Handles, o.lookup) {
			return nil, ErrNone
		}
		o.confirmed.Store(st)
	}
	if end, ends := st.Ends[o.lookup]; ends && now.UnixMilli() >= end {
		return nil, ErrNone
	}
	if !s.alive(&st.filed, max(st.Used, k.used.Load()), now) {
		return nil, ErrNone
	}
	return st, nil
}

// unchanged asks the store whether the entry is still the one that was read.
// One that a key made which is no longer current is read again, for as long as
// that key is accepted.
func (s *Sessions) unchanged(ctx context.Context, f *filed) (bool, error) {
	if s.versions == nil || s.keys.Stale(f.sealed[:]) {
		return false, nil
	}
	version, err := s.versions.Version(ctx, indexBucket, f.id)
	if err != nil {
		return false, failed("open the session", err)
	}
	return version == f.version, nil
}
